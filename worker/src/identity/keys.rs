//! The keys that sign and verify access tokens, from `MARU_SIGNING_KEYS`.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use jwt_compact::alg::Ed25519;
use jwt_compact::{Algorithm, AlgorithmExt, Claims, Header, UntrustedToken};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::seen::Seen;
use crate::problem::Problem;

/// The type of our keys, as JWKs name it.
const KTY: &str = "OKP";
const CRV: &str = "Ed25519";

/// What an operator is told when the keys cannot be used.
const HOW: &str = "MARU_SIGNING_KEYS must hold a JSON array of Ed25519 JWKs with `kid`, `x` and `d`, \
                   the signing key first: `cargo xtask setup` writes it to .dev.vars, and \
                   `wrangler secret put MARU_SIGNING_KEYS` sets it for a deployment";

type SigningKey = <Ed25519 as Algorithm>::SigningKey;
type VerifyingKey = <Ed25519 as Algorithm>::VerifyingKey;

/// The keys of this deployment: the first signs, all of them verify. To rotate, add the new key at
/// the end, deploy, move it to the front, deploy, and remove the old one when its tokens expired.
pub(crate) struct SigningKeys {
    signing_kid: String,
    signing: SigningKey,
    verifying: Vec<(String, VerifyingKey)>,
    seen: Seen,
}

/// The public parts, as `/.well-known/jwks.json` shows them.
#[derive(Debug, Serialize)]
pub(crate) struct KeySet<'a> {
    keys: Vec<PublicKey<'a>>,
}

#[derive(Debug, Serialize)]
struct PublicKey<'a> {
    kid: &'a str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kty: &'static str,
    crv: &'static str,
    x: String,
}

/// A key as the operator writes it: RFC 8037. It is read here, and not by `JsonWebKey`, which also
/// reads every other type of key, by two dozen kilobytes of code.
#[derive(Deserialize)]
struct StoredKey {
    kid: String,
    kty: String,
    crv: String,
    x: String,
    d: String,
}

impl StoredKey {
    /// The pair, unless it is of another type or its halves do not match.
    fn pair(&self) -> Option<SigningKey> {
        let (mut secret, mut public) = ([0; 32], [0; 32]);
        let secret_bytes = Base64UrlUnpadded::decode(&self.d, &mut secret).ok()?.len();
        let public_bytes = Base64UrlUnpadded::decode(&self.x, &mut public).ok()?.len();
        let key = SigningKey::from_bytes(&secret);
        let is_whole = (secret_bytes, public_bytes) == (secret.len(), public.len());
        let is_pair = is_whole && key.verifying_key().as_bytes() == &public;
        (self.kty == KTY && self.crv == CRV && is_pair).then_some(key)
    }
}

impl SigningKeys {
    /// Reads the keys from the text of the secret.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`], whose cause says what to do and holds no key material.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(unusable("it is not set"));
        }
        // serde's messages may quote the input, so they stay out of the log.
        let stored: Vec<StoredKey> =
            serde_json::from_str(text).map_err(|_| unusable("it holds something else"))?;
        let mut signing = None;
        let mut verifying: Vec<(String, VerifyingKey)> = Vec::new();
        for key in stored {
            let secret = key.pair().ok_or_else(|| unusable("a key is not an Ed25519 pair"))?;
            let kid = key.kid;
            if verifying.iter().any(|(known, _)| *known == kid) {
                return Err(unusable("two keys have the same `kid`"));
            }
            verifying.push((kid.clone(), secret.verifying_key()));
            signing.get_or_insert((kid, secret));
        }
        let (signing_kid, signing) = signing.ok_or_else(|| unusable("it holds no key"))?;
        Ok(Self { signing_kid, signing, verifying, seen: Seen::default() })
    }

    /// Signs claims into a compact token of type `typ`.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) fn sign(
        &self,
        typ: &str,
        claims: &Claims<impl Serialize>,
    ) -> Result<String, Problem> {
        let header = Header::empty().with_key_id(&self.signing_kid).with_token_type(typ);
        Ed25519
            .token(&header, claims, &self.signing)
            .map_err(|error| Problem::internal("access token", &error))
    }

    /// The claims of a token, whose text is `text`, that one of the keys has signed; nothing is
    /// said about the claims. The key is chosen by `kid`; the algorithm is `EdDSA` whatever the
    /// header says.
    pub(crate) fn verify<T: DeserializeOwned>(
        &self,
        text: &str,
        token: &UntrustedToken,
    ) -> Option<Claims<T>> {
        let is_signed = || {
            let kid = token.header().key_id.as_deref()?;
            let (_, key) = self.verifying.iter().find(|(known, _)| known == kid)?;
            Ed25519.validator::<IgnoredAny>(key).validate(token).ok()
        };
        let is_good = self.seen.is_good(text, || is_signed().is_some());
        is_good.then(|| token.deserialize_claims_unchecked().ok()).flatten()
    }

    /// A key of our own for another purpose, which says nothing about the signing key. It changes
    /// with the signing key.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = Key::<Hmac<Sha256>>::default();
        for (to, from) in key.iter_mut().zip(self.signing.as_bytes()) {
            *to = *from;
        }
        let mut mac = Hmac::<Sha256>::new(&key);
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The public parts of all keys.
    pub(crate) fn public(&self) -> KeySet<'_> {
        let keys = self.verifying.iter().map(|(kid, key)| PublicKey {
            kid,
            usage: "sig",
            alg: "EdDSA",
            kty: KTY,
            crv: CRV,
            x: Base64UrlUnpadded::encode_string(key.as_bytes()),
        });
        KeySet { keys: keys.collect() }
    }
}

fn unusable(why: &str) -> Problem {
    Problem::misconfigured(format!("{why}: {HOW}"))
}

/// Keys that are used in tests alone.
#[cfg(test)]
pub(crate) mod fixture {
    use jwt_compact::jwk::JsonWebKey;

    use super::*;

    /// A deployment with these keys, the first of which signs.
    pub(crate) fn keys(seeds: &[(&str, u8)]) -> SigningKeys {
        SigningKeys::parse(&text(seeds)).unwrap()
    }

    /// The secret's text for keys that are made of one repeated byte.
    pub(crate) fn text(seeds: &[(&str, u8)]) -> String {
        let key = |(kid, byte): &(&str, u8)| {
            let secret = SigningKey::from_bytes(&[*byte; 32]);
            let mut key = serde_json::to_value(JsonWebKey::from(&secret)).unwrap();
            let public = JsonWebKey::from(&secret.verifying_key()).to_string();
            let public: serde_json::Value = serde_json::from_str(&public).unwrap();
            key["x"] = public["x"].clone();
            key["kid"] = (*kid).into();
            key
        };
        serde_json::Value::Array(seeds.iter().map(key).collect()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(text: &str) -> String {
        let Err(problem) = SigningKeys::parse(text) else {
            panic!("accepted: {text}");
        };
        assert_eq!(problem.code(), "misconfigured");
        problem.cause().unwrap().to_owned()
    }

    #[test]
    fn unusable_keys_say_what_to_do_and_show_no_key() {
        let pair = fixture::text(&[("a", 1)]);
        let other = fixture::text(&[("a", 2)]);
        let secret = |text: &str| {
            let keys: serde_json::Value = serde_json::from_str(text).unwrap();
            keys[0]["d"].as_str().unwrap().to_owned()
        };
        let mismatched = pair.replace(&secret(&pair), &secret(&other));
        let twice = fixture::text(&[("a", 1), ("a", 2)]);
        let rsa = r#"[{"kid":"a","kty":"RSA","n":"AQAB","e":"AQAB"}]"#;
        for text in ["", "{}", "[]", "[{}]", "secret!", rsa, &mismatched, &twice] {
            let cause = cause(text);
            assert!(cause.contains("cargo xtask setup"), "{cause}");
            assert!(!cause.contains(&secret(&pair)) && !cause.contains("secret!"), "{cause}");
        }
    }

    #[test]
    fn the_published_set_has_no_secret() {
        let keys = fixture::keys(&[("a", 1), ("b", 2)]);
        let set = serde_json::to_value(keys.public()).unwrap();
        let kids: Vec<_> = (0..2).map(|i| set["keys"][i]["kid"].clone()).collect();
        assert_eq!(kids, ["a", "b"]);
        for i in 0..2 {
            let key = &set["keys"][i];
            assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
            assert!(key["x"].is_string() && key["d"].is_null(), "{key}");
        }
    }
}
