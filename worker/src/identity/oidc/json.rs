//! Members of JSON objects that others wrote.
//!
//! Read by hand and not by types: a reader for each type would be a tenth of what the Worker may
//! weigh, and what others write is checked member by member anyway.

use serde_json::Value;

/// A member that is text, and not empty.
pub(super) fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// The same, to keep.
pub(super) fn owned(object: &Value, member: &str) -> Option<String> {
    text(object, member).map(str::to_owned)
}

/// Text that is an object.
pub(super) fn object(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}
