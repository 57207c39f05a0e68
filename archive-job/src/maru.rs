//! The client of Maru's side of the archive.

use crate::config::Config;
use crate::failure::Failure;

/// The client of Maru's side of the archive.
#[derive(Clone, Debug)]
pub struct Maru {}

impl Maru {
    /// A client for `url` with `token`.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if one of them is missing or wrong.
    pub fn new(_config: &Config) -> Result<Self, Failure> {
        Err(Failure::configuration("talking to Maru is not part of this version"))
    }
}
