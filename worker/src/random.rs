//! The only place of the Worker that draws randomness; everything else takes it as an argument.

use protocol::id::ID_RANDOM_BYTES;

use crate::problem::Problem;

/// Bytes from the platform's cryptographic generator.
///
/// # Errors
/// When the platform has no generator, which is an internal failure.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Problem::internal("randomness", &error))?;
    Ok(bytes)
}

/// The bytes from which an id is minted.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn for_id() -> Result<[u8; ID_RANDOM_BYTES], Problem> {
    bytes()
}
