//! `archive-job status`: where the archive stands.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `status`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `status`.
///
/// # Errors
/// [`Failure::Configuration`].
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`status` is not part of this version"))).await
}
