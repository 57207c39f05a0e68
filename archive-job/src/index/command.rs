//! `archive-job index`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `index`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `index`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`index` is not part of this version"))).await
}

/// Up to which time everything of a shard is indexed, for `status`; `None` if nothing is.
///
/// # Errors
/// If the index is there but cannot be read.
pub fn watermark(_context: &Context) -> Result<Option<protocol::Timestamp>, Failure> {
    Ok(None)
}
