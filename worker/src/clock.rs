//! The only place of the Worker that reads the time; everything else takes it as an argument.

use protocol::Timestamp;

/// The time of the event that is being handled. It stands still while the Worker computes.
#[must_use]
pub(crate) fn now() -> Timestamp {
    Timestamp(worker::Date::now().as_millis())
}
