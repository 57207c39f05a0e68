//! `archive-job serve`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `serve`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `serve`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`serve` is not part of this version"))).await
}
