//! Letters in one form: in NFKC, or in lower case.
//!
//! The platform does both: its tables are there, ours would be an eighth of the Worker. What has
//! been a character once has the same forms for ever, whoever's tables they are (UAX 15, 3).

pub(crate) use implementation::{lower, nfkc};

#[cfg(target_arch = "wasm32")]
mod implementation {
    use worker::js_sys::JsString;

    /// `text` in NFKC, the one form that looks like it.
    pub(crate) fn nfkc(text: &str) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        JsString::from(text).normalize("NFKC").into()
    }

    /// `text` in lower case.
    pub(crate) fn lower(text: &str) -> String {
        if text.is_ascii() {
            return text.to_ascii_lowercase();
        }
        JsString::from(text).to_lower_case().into()
    }
}

/// Where there is no platform, which is in the tests of this crate.
#[cfg(not(target_arch = "wasm32"))]
mod implementation {
    use unicode_normalization::UnicodeNormalization;

    /// `text` in NFKC, the one form that looks like it.
    pub(crate) fn nfkc(text: &str) -> String {
        text.nfkc().collect()
    }

    /// `text` in lower case.
    pub(crate) fn lower(text: &str) -> String {
        text.to_lowercase()
    }
}
