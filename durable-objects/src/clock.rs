//! The one place of this crate that reads a clock or draws randomness.

use protocol::id::ID_RANDOM_BYTES;
use protocol::limits::INTEGER_MAX;
use protocol::{SessionId, Timestamp};
use worker::js_sys::Math;

/// The time of the current turn.
pub(crate) fn now() -> Timestamp {
    Timestamp(worker::Date::now().as_millis())
}

/// A name for a new socket. It need not be secret, only unlikely to be in use in its room.
pub(crate) fn new_session() -> SessionId {
    SessionId(random_below(INTEGER_MAX))
}

/// Random bits for a new id, from the platform's cryptographic generator: an invite's is a secret.
///
/// # Errors
/// When the platform has no generator.
pub(crate) fn random() -> worker::Result<[u8; ID_RANDOM_BYTES]> {
    let mut random = [0; ID_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(random)
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
