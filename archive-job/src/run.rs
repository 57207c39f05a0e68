//! `archive-job run`: everything that is to be done regularly.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `run`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `run`.
///
/// # Errors
/// [`Failure::Configuration`].
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`run` is not part of this version"))).await
}
