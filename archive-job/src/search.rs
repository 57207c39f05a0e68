//! `archive-job search`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `search`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `search`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`search` is not part of this version"))).await
}
