//! A pair of keys that signs access tokens and checks them (Ed25519).
//!
//! The platform does it: its code is there, and ours would be a thirtieth of the Worker. Elsewhere,
//! which is in the tests of this crate, `ed25519-dalek` does.

pub(crate) use implementation::KeyPair;

#[cfg(target_arch = "wasm32")]
mod implementation {
    use worker::js_sys::Uint8Array;
    use worker::wasm_bindgen::JsValue;
    use worker::wasm_bindgen_futures::JsFuture;

    /// Two keys, which never leave the platform.
    pub(crate) struct KeyPair(JsValue);

    impl KeyPair {
        /// The pair of a public and a secret half, as JWKs write them; `None` if they are none.
        pub(crate) async fn import(public: &str, secret: &str) -> Option<Self> {
            JsFuture::from(raw::key_pair(public, secret)).await.ok().map(Self)
        }

        /// The signature of a text; `None` if the platform refuses.
        pub(crate) async fn sign(&self, text: &str) -> Option<Vec<u8>> {
            let signature = JsFuture::from(raw::sign(&self.0, text)).await.ok()?;
            Some(Uint8Array::new(&signature).to_vec())
        }

        /// Whether this is the signature of a text.
        pub(crate) async fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
            let signature = Uint8Array::from(signature);
            let judged = JsFuture::from(raw::has_signed(&self.0, text, &signature)).await;
            judged.is_ok_and(|has_signed| has_signed.is_truthy())
        }
    }

    mod raw {
        use wasm_bindgen::prelude::*;
        use worker::js_sys::{Promise, Uint8Array};

        #[wasm_bindgen(module = "/src/platform.js")]
        extern "C" {
            #[wasm_bindgen(js_name = keyPair)]
            pub(super) fn key_pair(public: &str, secret: &str) -> Promise;
            pub(super) fn sign(pair: &JsValue, text: &str) -> Promise;
            #[wasm_bindgen(js_name = hasSigned)]
            pub(super) fn has_signed(pair: &JsValue, text: &str, signature: &Uint8Array)
            -> Promise;
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::unused_async, reason = "the platform's promises are awaited")]
mod implementation {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use ed25519_dalek::{Signature, Signer, SigningKey};

    /// Two keys, one of which follows from the other.
    pub(crate) struct KeyPair(SigningKey);

    impl KeyPair {
        /// The pair of a public and a secret half, as JWKs write them; `None` if they are none.
        pub(crate) async fn import(public: &str, secret: &str) -> Option<Self> {
            let mut seed = [0; 32];
            let n_bytes = Base64UrlUnpadded::decode(secret, &mut seed).ok()?.len();
            let key = SigningKey::from_bytes(&seed);
            let derived = Base64UrlUnpadded::encode_string(key.verifying_key().as_bytes());
            (n_bytes == seed.len() && derived == public).then_some(Self(key))
        }

        /// The signature of a text; never `None`.
        pub(crate) async fn sign(&self, text: &str) -> Option<Vec<u8>> {
            Some(self.0.sign(text.as_bytes()).to_bytes().to_vec())
        }

        /// Whether this is the signature of a text.
        pub(crate) async fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
            let signature = Signature::from_slice(signature);
            signature.is_ok_and(|signature| self.0.verify(text.as_bytes(), &signature).is_ok())
        }
    }
}
