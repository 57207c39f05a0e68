//! The URL of a request.
//!
//! The platform has parsed it before and hands over its normal form, so that its parts are found
//! without parsing it again: a parser brings the tables of every script's domain names with it, a
//! tenth of what the Worker may weigh.

use worker::Request;
use worker::url::form_urlencoded;

/// The URL of a request, in its normal form.
#[derive(Clone, Debug)]
pub struct RequestUrl(String);

impl RequestUrl {
    /// That of `request`.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self(request.inner().url())
    }

    /// Scheme, host and port, as `Origin` headers name them.
    #[must_use]
    pub fn origin(&self) -> &str {
        let scheme_end = self.0.find("://").map_or(0, |at| at.saturating_add(3));
        let host = self.0.get(scheme_end..).unwrap_or_default();
        let host_bytes = host.find(['/', '?', '#']).unwrap_or(host.len());
        self.0.get(..scheme_end.saturating_add(host_bytes)).unwrap_or_default()
    }

    /// What follows the first question mark, as it was sent.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let without_fragment = self.0.split('#').next().unwrap_or_default();
        without_fragment.split_once('?').map(|(_, query)| query)
    }

    /// The first parameter of this name in the query, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use worker::Url;

    use super::*;

    #[test]
    fn the_parts_are_those_that_a_parser_finds() {
        let urls = [
            "https://maru.example/",
            "https://maru.example",
            "http://127.0.0.1:8787/api/v1/rooms/x/log?before=7&limit=2",
            "http://[::1]:8787/a?q=a%26b+%EB%A7%90&q=second&empty=&bare",
            "https://maru.example/a?x=1?2&y=/#?x=3",
            "https://maru.example/a#b?x=1",
            "https://maru.example/?",
        ];
        for text in urls {
            let truth = Url::parse(text).unwrap();
            let url = RequestUrl(truth.as_str().to_owned());
            assert_eq!(url.origin(), truth.origin().ascii_serialization(), "{text}");
            assert_eq!(url.query(), truth.query(), "{text}");
            for name in ["q", "x", "y", "empty", "bare", "before", "nothing"] {
                let value = truth.query_pairs().find(|(key, _)| key == name);
                assert_eq!(url.parameter(name), value.map(|(_, value)| value.into()), "{text}");
            }
        }
    }
}
