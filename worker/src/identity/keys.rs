//! The keys that sign and verify access tokens, from `MARU_SIGNING_KEYS`.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::Mac;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key_pair::KeyPair;
use super::keyed::keyed;
use super::seen::Seen;
use crate::problem::Problem;

/// The type of our keys, as JWKs name it.
const KTY: &str = "OKP";
const CRV: &str = "Ed25519";

/// How they sign, as JWTs name it.
const ALG: &str = "EdDSA";

/// What an operator is told when the keys cannot be used.
const HOW: &str = "MARU_SIGNING_KEYS must hold a JSON array of Ed25519 JWKs with `kid`, `x` and `d`, \
                   the signing key first: `cargo xtask setup` writes it to .dev.vars, and \
                   `wrangler secret put MARU_SIGNING_KEYS` sets it for a deployment";

/// The keys of this deployment: the first signs, all of them verify. To rotate, add the new key at
/// the end, deploy, move it to the front, deploy, and remove the old one when its tokens expired.
pub(crate) struct SigningKeys {
    keys: Vec<Key>,
    /// What keys for other purposes follow from: the secret of the key that signs.
    secret: [u8; 32],
    seen: Seen,
}

struct Key {
    kid: String,
    /// The public half, as JWKs write it.
    x: String,
    pair: KeyPair,
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
    x: &'a str,
}

/// A key as the operator writes it: RFC 8037.
#[derive(Deserialize)]
struct StoredKey {
    kid: String,
    kty: String,
    crv: String,
    x: String,
    d: String,
}

/// How a token says that it is signed. What else its header says leads nowhere.
#[derive(Deserialize, Serialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl StoredKey {
    /// The pair, unless it is of another type or its halves do not match.
    async fn pair(&self) -> Option<KeyPair> {
        let is_ed25519 = self.kty == KTY && self.crv == CRV;
        let is_whole = is_ed25519 && half(&self.x).is_some() && half(&self.d).is_some();
        if is_whole { KeyPair::import(&self.x, &self.d).await } else { None }
    }
}

impl SigningKeys {
    /// Reads the keys from the text of the secret.
    ///
    /// # Errors
    /// [`Problem::Misconfigured`], whose cause says what to do and holds no key material.
    pub(crate) async fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim().is_empty() {
            return Err(unusable("it is not set"));
        }
        // serde's messages may quote the input, so they stay out of the log.
        let stored: Vec<StoredKey> =
            serde_json::from_str(text).map_err(|_| unusable("it holds something else"))?;
        let secret = stored.first().ok_or_else(|| unusable("it holds no key"))?;
        let secret = half(&secret.d);
        let mut keys: Vec<Key> = Vec::new();
        for key in stored {
            let pair = key.pair().await.ok_or_else(|| unusable("a key is not an Ed25519 pair"))?;
            let StoredKey { kid, x, .. } = key;
            if keys.iter().any(|known| known.kid == kid) {
                return Err(unusable("two keys have the same `kid`"));
            }
            keys.push(Key { kid, x, pair });
        }
        let secret = secret.ok_or_else(|| unusable("a key is not an Ed25519 pair"))?;
        Ok(Self { keys, secret, seen: Seen::default() })
    }

    /// Signs claims into a compact token of type `typ`.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Problem> {
        let failed = || Problem::internal("access token", &"it cannot be signed");
        let key = self.keys.first().ok_or_else(failed)?;
        let header = Header { alg: ALG.to_owned(), kid: key.kid.clone(), typ: typ.to_owned() };
        let parts = [encode(&header), encode(claims)].map(|part| part.ok_or_else(failed));
        let [header, claims] = parts;
        let signed = format!("{}.{}", header?, claims?);
        let signature = key.pair.sign(&signed).await.ok_or_else(failed)?;
        Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature)))
    }

    /// The claims of a token of type `typ` that one of the keys has signed; nothing is said about
    /// the claims. The key is chosen by `kid`, and the header chooses nothing else.
    pub(crate) async fn verify<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = decode(header)?;
        let key = self.keys.iter().find(|key| key.kid == header.kid)?;
        if header.alg != ALG || header.typ != typ {
            return None;
        }
        let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
        let check = key.pair.has_signed(signed, &signature);
        let is_good = self.seen.is_good(token, check).await;
        if is_good { decode(claims) } else { None }
    }

    /// A key of our own for another purpose, which says nothing about the signing key. It changes
    /// with the signing key.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        keyed(&self.secret, &[purpose]).finalize().into_bytes().into()
    }

    /// The public parts of all keys.
    pub(crate) fn public(&self) -> KeySet<'_> {
        let keys = self.keys.iter().map(|Key { kid, x, .. }| PublicKey {
            kid,
            usage: "sig",
            alg: ALG,
            kty: KTY,
            crv: CRV,
            x,
        });
        KeySet { keys: keys.collect() }
    }
}

/// Half of a pair, as JWKs write it.
fn half(text: &str) -> Option<[u8; 32]> {
    Base64UrlUnpadded::decode_vec(text).ok()?.try_into().ok()
}

fn encode(part: &impl Serialize) -> Option<String> {
    serde_json::to_vec(part).ok().map(|json| Base64UrlUnpadded::encode_string(&json))
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).ok()?).ok()
}

fn unusable(why: &str) -> Problem {
    Problem::misconfigured(format!("{why}: {HOW}"))
}

/// Keys that are used in tests alone.
#[cfg(test)]
pub(crate) mod fixture {
    use ed25519_dalek::SigningKey;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;

    /// A deployment with these keys, the first of which signs.
    pub(crate) fn keys(seeds: &[(&str, u8)]) -> SigningKeys {
        block_on(SigningKeys::parse(&text(seeds))).unwrap()
    }

    /// The secret's text for keys that are made of one repeated byte.
    pub(crate) fn text(seeds: &[(&str, u8)]) -> String {
        let key = |(kid, byte): &(&str, u8)| {
            let secret = SigningKey::from_bytes(&[*byte; 32]);
            let [x, d] = [*secret.verifying_key().as_bytes(), secret.to_bytes()]
                .map(|half| Base64UrlUnpadded::encode_string(&half));
            json!({"kty": KTY, "crv": CRV, "kid": kid, "x": x, "d": d})
        };
        serde_json::Value::Array(seeds.iter().map(key).collect()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn cause(text: &str) -> String {
        let Err(problem) = block_on(SigningKeys::parse(text)) else {
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
