//! `archive-job erase`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `erase`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `erase`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`erase` is not part of this version"))).await
}
