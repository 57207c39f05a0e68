//! Personal access tokens: opaque, shown once, stored as hashes (rule TK3).

use base64ct::{Base64UrlUnpadded, Encoding};
use protocol::SignInId;
use protocol::grant::{SIGN_IN_ID_BYTES, SIGN_IN_ID_CHARS};
use sha2::{Digest, Sha256};

/// What every token begins with, so that scanners for leaked secrets find it.
const PREFIX: &str = "maru_pat_";

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// A token as its owner holds it. It has no `Debug`, because it is a secret.
pub(crate) struct PersonalToken {
    id: SignInId,
    secret: [u8; SECRET_BYTES],
}

impl PersonalToken {
    /// A new token.
    pub(crate) fn new(id: [u8; SIGN_IN_ID_BYTES], secret: [u8; SECRET_BYTES]) -> Self {
        Self { id: SignInId::from_bytes(id), secret }
    }

    /// Reads a token; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_at_checked(SIGN_IN_ID_CHARS)?;
        let mut bytes = [0; SECRET_BYTES];
        let decoded = Base64UrlUnpadded::decode(secret.strip_prefix('_')?, &mut bytes).ok()?.len();
        (decoded == SECRET_BYTES).then_some(Self { id: id.parse().ok()?, secret: bytes })
    }

    /// The text for its owner.
    pub(crate) fn to_text(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, Base64UrlUnpadded::encode_string(&self.secret))
    }

    /// Its name, which is not secret.
    pub(crate) fn id(&self) -> SignInId {
        self.id
    }

    /// What the database holds instead of the secret.
    pub(crate) fn hash(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(self.secret))
    }

    /// Whether this is the hash of it; the time that takes says nothing about where they differ.
    pub(crate) fn has_hash(&self, stored: &str) -> bool {
        let own = self.hash();
        let differ = own.bytes().zip(stored.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
        own.len() == stored.len() && differ == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tk3_a_token_survives_its_text_and_is_known_by_its_hash() {
        let token = PersonalToken::new([1; 15], [2; 32]);
        let text = token.to_text();
        let again = PersonalToken::parse(&text).unwrap();
        assert_eq!(again.id(), token.id());
        assert!(again.has_hash(&token.hash()));
        assert!(!PersonalToken::new([1; 15], [3; 32]).has_hash(&token.hash()));
        assert!(!token.has_hash("") && !token.has_hash(&token.hash()[1..]));
        assert!(!token.hash().contains(&text[31..]), "no secret is stored");
    }

    #[test]
    fn tk3_anything_else_is_no_token() {
        let text = PersonalToken::new([1; 15], [2; 32]).to_text();
        let wrong = [
            String::new(),
            "maru_pat_".to_owned(),
            text[1..].to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            text.replacen("maru_pat_A", "maru_pat_.", 1),
            text.replace("maru_pat", "MARU_PAT"),
        ];
        for text in wrong {
            assert!(PersonalToken::parse(&text).is_none(), "{text}");
        }
    }
}
