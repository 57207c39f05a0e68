//! What only the platform can do: ask a provider, and check a signature.

use wasm_bindgen::JsValue;
use worker::js_sys::{Array, Object, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;

/// Bytes of an answer, at most: descriptions and key sets have a few thousand.
const ANSWER_BYTES_MAX: u32 = 128 * 1024;

/// Milliseconds until an answer must have been read.
const ANSWER_MS_MAX: u32 = 5_000;

/// A question to a provider.
#[derive(Default)]
pub(super) struct Question<'a> {
    /// Where.
    pub(super) address: &'a str,
    /// A form to post; without one it is a `GET`.
    pub(super) form: Option<&'a str>,
    /// The `Authorization` header.
    pub(super) authorization: Option<&'a str>,
}

impl Question<'_> {
    /// Asks, within bounds of time and size; answers the status and the body.
    ///
    /// # Errors
    /// Why there is no answer, for the log.
    pub(super) async fn ask(&self) -> Result<(u16, String), String> {
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
        Reflect::set(&headers, &"accept".into(), &"application/json".into())?;
        if let Some(authorization) = self.authorization {
            Reflect::set(&headers, &"authorization".into(), &authorization.into())?;
        }
        if self.form.is_some() {
            let form = "application/x-www-form-urlencoded";
            Reflect::set(&headers, &"content-type".into(), &form.into())?;
        }
        let method = if self.form.is_some() { "POST" } else { "GET" };
        let bounds = (ANSWER_BYTES_MAX, ANSWER_MS_MAX);
        JsFuture::from(raw::ask(self.address, method, &headers, self.form, bounds.0, bounds.1))
            .await
    }
}

/// Whether `signature` is that of `text` by the key, a JWK; a key that is none has signed nothing.
pub(super) async fn is_signed(algorithm: &str, jwk: &str, signature: &[u8], text: &str) -> bool {
    let signature = Uint8Array::from(signature);
    let checked = JsFuture::from(raw::is_signed(algorithm, jwk, &signature, text)).await;
    checked.is_ok_and(|is_signed| is_signed.is_truthy())
}

#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
fn said(error: JsValue) -> String {
    let message = Reflect::get(&error, &"message".into()).ok();
    message.and_then(|message| message.as_string()).unwrap_or_default()
}

mod raw {
    use wasm_bindgen::prelude::*;
    use worker::js_sys::{Object, Promise, Uint8Array};

    #[wasm_bindgen(module = "/src/providers/wire.js")]
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
            jwk: &str,
            signature: &Uint8Array,
            text: &str,
        ) -> Promise;
    }
}
