//! The keys of a provider, and which of them a token may be signed with.

use serde_json::{Map, Value};

use super::json::{object, text};

/// Characters of the modulus of an RSA key, at least: 2048 bits.
const MODULUS_CHARS_MIN: usize = 342;

/// The keys that a provider shows.
pub(crate) struct KeySet(Vec<Value>);

/// What a public key of our algorithms is made of (RFC 7518).
const MEMBERS: [&str; 6] = ["kty", "crv", "x", "y", "n", "e"];

/// The algorithms that are accepted: signatures with a public key, and nothing else. A token that
/// names `none`, or one whose key would be a secret, has no key here.
const KINDS: [(&str, &str, Option<&str>); 3] =
    [("RS256", "RSA", None), ("ES256", "EC", Some("P-256")), ("EdDSA", "OKP", Some("Ed25519"))];

impl KeySet {
    /// Reads what a provider shows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match object(text)?.get_mut("keys")?.take() {
            Value::Array(keys) => Some(Self(keys)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => None,
        }
    }

    /// The key for a token: the one that it names, or the only one that fits if it names none.
    /// It has nothing but its own members, as the platform takes it.
    pub(super) fn find(&self, algorithm: &str, kid: Option<&str>) -> Option<Value> {
        let named = |key: &&Value| kid.is_none() || text(key, "kid") == kid;
        let mut fitting = self.0.iter().filter(|key| fits(key, algorithm)).filter(named);
        let key = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        let mut own = Map::new();
        for name in MEMBERS {
            if let Some(text) = text(key, name) {
                own.insert(name.to_owned(), text.into());
            }
        }
        Some(own.into())
    }
}

/// Whether a key is made for signatures with this algorithm.
fn fits(key: &Value, algorithm: &str) -> bool {
    let may_be = |member, wanted: &str| text(key, member).is_none_or(|member| member == wanted);
    KINDS.iter().any(|(name, kty, crv)| {
        *name == algorithm
            && text(key, "kty") == Some(kty)
            && (crv.is_none() || text(key, "crv") == *crv)
            && may_be("use", "sig")
            && may_be("alg", algorithm)
            && text(key, "n").is_none_or(|modulus| modulus.len() >= MODULUS_CHARS_MIN)
    })
}

/// Whether tokens may be signed in this way at all.
pub(super) fn is_accepted(algorithm: &str) -> bool {
    KINDS.iter().any(|(name, ..)| *name == algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet {
        let modulus = "A".repeat(MODULUS_CHARS_MIN);
        KeySet::parse(&format!(
            r#"{{"keys":[
                {{"kty":"RSA","kid":"rsa","n":"{modulus}","e":"AQAB","x5c":["…"],"key_ops":[]}},
                {{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQAB"}},
                {{"kty":"RSA","kid":"ps","alg":"PS256","n":"{modulus}","e":"AQAB"}},
                {{"kty":"RSA","kid":"enc","use":"enc","n":"{modulus}","e":"AQAB"}},
                {{"kty":"EC","kid":"ec","use":"sig","crv":"P-256","x":"a","y":"b"}},
                {{"kty":"EC","kid":"ec384","crv":"P-384","x":"a","y":"b"}},
                {{"kty":"OKP","kid":"ed","alg":"EdDSA","crv":"Ed25519","x":"a"}},
                {{"kty":"OKP","kid":"x","crv":"X25519","x":"a"}},
                {{"kty":"oct","kid":"secret","k":"a"}}
            ]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn si5_a_key_fits_its_own_algorithm_only() {
        let keys = keys();
        let fitting = [("RS256", "rsa"), ("ES256", "ec"), ("EdDSA", "ed")];
        let kids = ["rsa", "weak", "ps", "enc", "ec", "ec384", "ed", "x", "secret", "unknown"];
        for algorithm in ["RS256", "ES256", "EdDSA", "HS256", "PS256", "ES384", "none", ""] {
            for kid in kids {
                let is_found = keys.find(algorithm, Some(kid)).is_some();
                assert_eq!(is_found, fitting.contains(&(algorithm, kid)), "{algorithm} {kid}");
            }
        }
    }

    #[test]
    fn si5_a_token_without_a_name_needs_the_only_key() {
        assert!(keys().find("ES256", None).is_some());
        let mut twice = keys();
        twice.0.extend(keys().0);
        assert!(twice.find("ES256", None).is_none());
    }

    #[test]
    fn what_leaves_for_the_platform_is_the_key_alone() {
        let key = keys().find("EdDSA", None).unwrap();
        assert_eq!(key, serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": "a" }));
    }
}
