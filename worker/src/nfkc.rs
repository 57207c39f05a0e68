//! Text in the one form that looks like it (NFKC).

/// `text` in NFKC.
///
/// The platform does it: its tables are there, ours would be an eighth of the Worker. What has been
/// a character once normalises alike for ever, whoever's tables they are (UAX 15, 3).
#[cfg(target_arch = "wasm32")]
pub(crate) fn nfkc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    worker::js_sys::JsString::from(text).normalize("NFKC").into()
}

/// `text` in NFKC, where there is no platform.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn nfkc(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfkc(text).collect()
}
