//! Links in letters: what they hold, and what is kept of them.

use base64ct::{Base64UrlUnpadded, Encoding};
use object_api::url::RequestUrl;
use sha2::{Digest, Sha256};
use worker::Request;

/// Random bytes of a token: nobody guesses it, so guesses are not counted.
pub(super) const TOKEN_BYTES: usize = 32;

/// What opens something once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LinkToken(String);

impl LinkToken {
    /// The token of these bytes.
    pub(super) fn new(bytes: &[u8; TOKEN_BYTES]) -> Self {
        Self(Base64UrlUnpadded::encode_string(bytes))
    }

    /// The token as it came back, whatever it is.
    pub(super) fn returned(text: String) -> Self {
        Self(text)
    }

    /// What is stored of it: whoever reads the database opens nothing.
    pub(super) fn hash(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(&self.0))
    }

    /// The link to a page of ours. The token is behind the `#`, which no browser sends: it is in no
    /// log of a server, and in no `Referer`.
    pub(super) fn to(&self, page: Page, origin: &str) -> String {
        let page = match page {
            Page::Reset => "reset",
            Page::Verify => "verify",
        };
        format!("{origin}/{page}#token={}", self.0)
    }
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    /// Where a new password is chosen.
    Reset,
    /// Where an address is confirmed.
    Verify,
}

/// The origin of the pages. The edge lets through only hosts that are ours, so that no `Host` of
/// somebody's choice gets into a letter.
pub(super) fn origin(request: &Request) -> String {
    RequestUrl::of(request).origin().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw4_a_token_is_in_the_fragment_and_its_hash_in_the_database() {
        let token = LinkToken::new(&[7; TOKEN_BYTES]);
        let link = token.to(Page::Reset, "https://maru.example");
        let (page, text) = link.split_once("#token=").unwrap();
        assert_eq!(page, "https://maru.example/reset");
        assert_eq!(LinkToken::returned(text.to_owned()), token);
        assert_ne!(token.hash(), text);
        assert_ne!(token.hash(), LinkToken::new(&[8; TOKEN_BYTES]).hash());
    }
}
