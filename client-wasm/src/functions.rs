//! What the page asks without a client: pure functions.

use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::item::Item;
use crate::value::to_js;

/// Whom a body mentions.
#[derive(Serialize, Tsify)]
pub struct Mentions {
    /// These users.
    pub users: Vec<String>,
    /// Every member who is online.
    pub here: bool,
    /// Every member.
    pub room: bool,
}

/// The items of a page that no client holds, such as pins or what surrounds a hit of a search.
///
/// # Errors
/// If the text is not a page.
#[wasm_bindgen(js_name = foldPage, unchecked_return_type = "Item[]")]
pub fn fold_page(text: &str) -> Result<JsValue, JsError> {
    let items = client::fold_page(text).ok_or_else(|| JsError::new("this is not a page"))?;
    let items: Vec<Item> = items.iter().map(Item::from).collect();
    to_js(&items)
}

/// Whom a body mentions.
///
/// # Errors
/// If JavaScript does not take the values.
#[wasm_bindgen(js_name = mentionsOf, unchecked_return_type = "Mentions")]
pub fn mentions_of(body: &str) -> Result<JsValue, JsError> {
    let mentions = protocol::Mentions::of(body);
    to_js(&Mentions {
        users: mentions.users.iter().map(ToString::to_string).collect(),
        here: mentions.here,
        room: mentions.room,
    })
}
