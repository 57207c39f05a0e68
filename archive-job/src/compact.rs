//! `archive-job compact`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `compact`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `compact`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`compact` is not part of this version"))).await
}
