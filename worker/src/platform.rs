//! What only the platform can do: ask somebody else, and check a signature.

use wasm_bindgen::JsValue;
use worker::js_sys::{Array, Object, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;

/// Bytes of an answer, at most: descriptions, key sets and ranges of hashes have fewer.
const ANSWER_BYTES_MAX: u32 = 128 * 1024;

/// Milliseconds until an answer must have been read, unless somebody waits for less.
pub(crate) const ANSWER_MS_MAX: u32 = 5_000;

/// A question to somebody else.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Question<'a> {
    /// Where.
    pub(crate) address: &'a str,
    /// What to post, and of which type; without it, it is a `GET`.
    pub(crate) body: Option<(&'a str, &'a str)>,
    /// Headers beside its type.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// Milliseconds until the answer must have been read; zero for [`ANSWER_MS_MAX`].
    pub(crate) ms_max: u32,
}

/// A public key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    /// As JSON.
    Jwk(&'a str),
    /// As `SubjectPublicKeyInfo`.
    Spki(&'a [u8]),
}

impl Question<'_> {
    /// Asks, within bounds of time and size; answers the status and the body.
    ///
    /// # Errors
    /// Why there is no answer, for the log.
    pub(crate) async fn ask(&self) -> Result<(u16, String), String> {
        let answer = self.send().await.map_err(said)?;
        let answer = Array::from(&answer);
        let status = answer.get(0).as_f64().unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a status has three digits"
        )]
        Ok((status as u16, answer.get(1).as_string().unwrap_or_default()))
    }

    async fn send(&self) -> Result<JsValue, JsValue> {
        let headers = Object::new();
        let content_type = self.body.map(|(content_type, _)| ("content-type", content_type));
        for (name, value) in self.headers.iter().copied().chain(content_type) {
            Reflect::set(&headers, &name.into(), &value.into())?;
        }
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let body = self.body.map(|(_, body)| body);
        let ms_max = if self.ms_max == 0 { ANSWER_MS_MAX } else { self.ms_max };
        let asked = raw::ask(self.address, method, &headers, body, ANSWER_BYTES_MAX, ms_max);
        JsFuture::from(asked).await
    }
}

/// Whether `signature` is that of `bytes` by the key; a key that is none has signed nothing.
pub(crate) async fn is_signed(
    algorithm: &str,
    key: Key<'_>,
    signature: &[u8],
    bytes: &[u8],
) -> bool {
    let (signature, bytes) = (Uint8Array::from(signature), Uint8Array::from(bytes));
    let checked = JsFuture::from(raw::is_signed(algorithm, &key.value(), &signature, &bytes)).await;
    checked.is_ok_and(|is_signed| is_signed.is_truthy())
}

/// Whether this is a key of the algorithm.
pub(crate) async fn is_key(algorithm: &str, key: Key<'_>) -> bool {
    let read = JsFuture::from(raw::is_key(algorithm, &key.value())).await;
    read.is_ok_and(|is_key| is_key.is_truthy())
}

impl Key<'_> {
    fn value(self) -> JsValue {
        match self {
            Self::Jwk(text) => text.into(),
            Self::Spki(bytes) => Uint8Array::from(bytes).into(),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn said(error: JsValue) -> String {
    let message = Reflect::get(&error, &"message".into()).ok();
    message.and_then(|message| message.as_string()).unwrap_or_default()
}

mod raw {
    use wasm_bindgen::prelude::*;
    use worker::js_sys::{Object, Promise, Uint8Array};

    #[wasm_bindgen(module = "/src/platform.js")]
    extern "C" {
        pub(super) fn ask(
            address: &str,
            method: &str,
            headers: &Object,
            body: Option<&str>,
            bytes_max: u32,
            ms_max: u32,
        ) -> Promise;
        #[wasm_bindgen(js_name = isSigned)]
        pub(super) fn is_signed(
            algorithm: &str,
            key: &JsValue,
            signature: &Uint8Array,
            bytes: &Uint8Array,
        ) -> Promise;
        #[wasm_bindgen(js_name = isKey)]
        pub(super) fn is_key(algorithm: &str, key: &JsValue) -> Promise;
    }
}
