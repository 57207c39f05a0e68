//! Where somebody goes after signing in: a page of ours, and nowhere else.

/// Bytes of a path, at most: a cookie holds it.
const BYTES_MAX: usize = 512;

/// A path of one of our pages, with what it asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// The path, unless a browser could read it as an address elsewhere, or it leads to the API.
    ///
    /// Pages have plain names, so nothing else is let through: no second slash, no backslash, no
    /// dots and nothing encoded before the question mark.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (path, rest) = text.find(['?', '#']).map_or((text, ""), |at| text.split_at(at));
        let plain =
            |b: u8| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'/');
        let is_ours = path.starts_with('/')
            && path.bytes().all(plain)
            && !path.contains("//")
            && path != "/api"
            && !path.starts_with("/api/");
        let is_safe = rest.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        (is_ours && is_safe && text.len() <= BYTES_MAX).then(|| Self(text.to_owned()))
    }

    /// The path as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn si3_pages_of_ours_are_paths() {
        for text in ["/", "/rooms/0123456789abcdefghjk", "/search?q=%2F%2Fevil&x=//y", "/browse#a"]
        {
            assert_eq!(LocalPath::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn si3_other_places_are_not() {
        let long = format!("/{}", "a".repeat(BYTES_MAX));
        for text in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%2Fevil.example",
            "/%2f/evil.example",
            "/%5Cevil.example",
            "%2F%2Fevil.example",
            "/\t/evil.example",
            "/\r\nset-cookie: a=b",
            "/?a\r\nset-cookie: a=b",
            "/?\\evil",
            "/./\\evil",
            "/../evil",
            "/a//evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/@evil.example",
            "/evil:80",
            "/마루",
            "/api",
            "/api/v1/session/oidc/other",
            &long,
        ] {
            assert_eq!(LocalPath::parse(text), None, "{text:?}");
        }
    }
}
