//! `archive-job selftest`: whether the store keeps the promises that the archive is built on.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `selftest`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `selftest`.
///
/// # Errors
/// [`Failure::Configuration`] with the promise that the store breaks.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`selftest` is not part of this version"))).await
}
