//! Whether a request comes from one of our own pages.

use crate::problem::Problem;

/// What a browser says about the page that makes a request, and what we accept.
#[derive(Clone, Debug)]
pub(crate) struct Initiator {
    /// The origin that the request was sent to.
    pub(crate) own: String,
    /// Other origins whose pages are ours, from `MARU_ORIGINS`.
    pub(crate) also: Vec<String>,
    /// The `Origin` header.
    pub(crate) origin: Option<String>,
    /// The `Sec-Fetch-Site` header, which scripts cannot forge.
    pub(crate) fetch_site: Option<String>,
}

impl Initiator {
    /// For routes that act on a cookie: something must prove that the page is ours.
    ///
    /// # Errors
    /// [`Problem::ForeignOrigin`] for a foreign page and for a caller that says nothing.
    pub(crate) fn prove(&self) -> Result<(), Problem> {
        match (self.fetch_site.as_deref(), &self.origin) {
            (Some("same-origin"), _) => Ok(()),
            (_, Some(origin)) if self.is_ours(origin) => Ok(()),
            _ => Err(Problem::ForeignOrigin),
        }
    }

    /// For the socket, which brings its own token: a page must be ours, a program need not say.
    ///
    /// # Errors
    /// [`Problem::ForeignOrigin`] for a foreign page.
    pub(crate) fn not_foreign(&self) -> Result<(), Problem> {
        match &self.origin {
            Some(origin) if !self.is_ours(origin) => Err(Problem::ForeignOrigin),
            Some(_) | None => Ok(()),
        }
    }

    fn is_ours(&self, origin: &str) -> bool {
        origin == self.own || self.also.iter().any(|also| also == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn initiator(origin: Option<&str>, fetch_site: Option<&str>) -> Initiator {
        Initiator {
            own: "https://maru.example".to_owned(),
            also: Vec::new(),
            origin: origin.map(str::to_owned),
            fetch_site: fetch_site.map(str::to_owned),
        }
    }

    #[test]
    fn tr2_a_socket_is_refused_only_to_a_foreign_page() {
        assert!(initiator(None, None).not_foreign().is_ok());
        assert!(initiator(Some("https://maru.example"), None).not_foreign().is_ok());
        for foreign in [
            "https://evil.example",
            "http://maru.example",
            "https://maru.example:8443",
            "https://maru.example.evil.example",
            "null",
            "",
        ] {
            assert!(initiator(Some(foreign), None).not_foreign().is_err(), "{foreign}");
        }
    }

    #[test]
    fn a_cookie_route_wants_proof() {
        assert!(initiator(None, None).prove().is_err());
        assert!(initiator(None, Some("same-origin")).prove().is_ok());
        assert!(initiator(None, Some("same-site")).prove().is_err());
        assert!(initiator(None, Some("none")).prove().is_err());
        assert!(initiator(Some("https://maru.example"), None).prove().is_ok());
        assert!(initiator(Some("https://evil.example"), Some("cross-site")).prove().is_err());
    }

    #[test]
    fn listed_origins_are_ours_too() {
        let page = Initiator {
            also: vec!["http://localhost:5173".to_owned()],
            ..initiator(Some("http://localhost:5173"), None)
        };
        assert!(page.prove().is_ok());
        assert!(page.not_foreign().is_ok());
    }
}
