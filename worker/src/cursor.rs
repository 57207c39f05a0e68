//! Cursors: where a page ended, opaque to the caller, who gives it back unread.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::Request;

use crate::problem::Problem;
use crate::request;

/// Where the page that `cursor` asks for begins; `None` for the first page.
///
/// # Errors
/// 400 for a text that is no cursor of this kind.
pub(crate) fn parameter<T: DeserializeOwned>(request: &Request) -> Result<Option<T>, Problem> {
    let given = request::parameter(request, "cursor").filter(|text| !text.is_empty());
    given.as_deref().map(decode).transpose()
}

/// A cursor that remembers `position`.
///
/// # Errors
/// An internal failure.
pub(crate) fn encode(position: &impl Serialize) -> Result<String, Problem> {
    let position =
        serde_json::to_string(position).map_err(|error| Problem::internal("cursor", &error))?;
    Ok(encode_text(&position))
}

/// A cursor that remembers a position that is JSON already.
pub(crate) fn encode_text(position: &str) -> String {
    Base64UrlUnpadded::encode_string(position.as_bytes())
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let position = Base64UrlUnpadded::decode_vec(text).ok();
    let position = position.and_then(|position| String::from_utf8(position).ok());
    let position = position.and_then(|position| serde_json::from_str(&position).ok());
    position.ok_or_else(|| {
        Problem::BadRequest("`cursor` is not one; begin again without it".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let position = ("모두의 방".to_owned(), 7_u64);
        let cursor = encode(&position).unwrap();
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert_eq!(decode::<(String, u64)>(&cursor).unwrap(), position);
    }

    #[test]
    fn another_text_is_no_cursor() {
        for text in ["", "?", "bm90IGpzb24", &encode(&7).unwrap()] {
            assert_eq!(decode::<(String, u64)>(text).unwrap_err().code(), "bad_request", "{text}");
        }
    }
}
