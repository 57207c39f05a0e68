//! What the platform knows of Unicode's characters; the analysis of text asks it.

/// Knows them from the platform's tables.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Platform;

#[cfg(target_arch = "wasm32")]
impl analysis::Characters for Platform {
    fn nfkc(&self, text: &str) -> String {
        raw::nfkc(text)
    }

    fn is_mark(&self, char: char) -> bool {
        raw::is_mark(char)
    }
}

/// Where there is no platform, our own tables are as good.
#[cfg(not(target_arch = "wasm32"))]
pub use analysis::Tables as Platform;

#[cfg(target_arch = "wasm32")]
mod raw {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/characters.js")]
    extern "C" {
        pub(super) fn nfkc(text: &str) -> String;
        #[wasm_bindgen(js_name = isMark)]
        pub(super) fn is_mark(char: char) -> bool;
    }
}
