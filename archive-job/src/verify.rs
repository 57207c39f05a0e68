//! `archive-job verify`: what is in the archive is what belongs there.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `verify`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `verify`.
///
/// # Errors
/// [`Failure::Configuration`].
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`verify` is not part of this version"))).await
}
