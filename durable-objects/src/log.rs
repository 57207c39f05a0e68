//! Lines of the log, in the Worker's shape.

use std::fmt::Display;

/// Writes one line about a failure, with what an operator needs to find the room.
pub(crate) fn error(event: &str, room: Option<&str>, cause: &dyn Display) {
    let cause = cause.to_string();
    let line =
        serde_json::json!({ "level": "error", "event": event, "room": room, "cause": cause });
    worker::console_error!("{line}");
}
