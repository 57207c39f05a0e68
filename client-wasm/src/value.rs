//! Numbers and values on their way to JavaScript and back.

use protocol::{Seq, Timestamp};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// A value as JavaScript has it; what is missing is `null`.
pub(crate) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsError> {
    let serializer = Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(JsError::from)
}

/// Seqs, nonces and times are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "the numbers are below 2^53")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

/// A seq as JavaScript has it.
pub(crate) fn seq(seq: Seq) -> f64 {
    float(seq.get())
}

/// A whole number that JavaScript holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked"
)]
pub(crate) fn number(value: f64) -> Option<u64> {
    let is_exact = (0.0..=9_007_199_254_740_991.0).contains(&value);
    is_exact.then_some(value as u64)
}

/// A seq or nonce; `None` for a number that is none.
pub(crate) fn key<T: TryFrom<u64>>(value: f64) -> Option<T> {
    T::try_from(number(value)?).ok()
}

/// The time that JavaScript says it is.
pub(crate) fn time(value: f64) -> Timestamp {
    Timestamp(number(value).unwrap_or_default())
}
