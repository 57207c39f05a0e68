//! The one place of this crate that reads a clock or draws randomness.

use protocol::id::ID_RANDOM_BYTES;
use protocol::limits::INTEGER_MAX;
use protocol::{Epoch, SessionId, Timestamp};
use worker::js_sys::Math;

/// The time of the current turn.
pub(crate) fn now() -> Timestamp {
    Timestamp(worker::Date::now().as_millis())
}

/// A name for a new socket. It need not be secret, only unlikely to be in use in its room.
pub(crate) fn new_session() -> SessionId {
    SessionId(random_below(INTEGER_MAX))
}

/// A name for a new log.
pub(crate) fn new_epoch() -> Epoch {
    let random: [u8; ID_RANDOM_BYTES] =
        std::array::from_fn(|_| u8::try_from(random_below(256)).unwrap_or_default());
    Epoch::from_random(random)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the product lies between zero and a bound that a double holds exactly"
)]
fn random_below(bound: u64) -> u64 {
    (Math::random() * bound as f64) as u64
}
