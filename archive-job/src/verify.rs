//! `archive-job verify`: what is in the archive is what belongs there.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `verify`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Only this room; repeat for more
    #[arg(long = "room")]
    pub rooms: Vec<protocol::RoomId>,
    /// Only so many objects, drawn by lot
    #[arg(long)]
    pub sample: Option<usize>,
    /// Remove what no manifest names, and bring back what rooms still hold
    #[arg(long)]
    pub repair: bool,
}

/// Runs `verify`.
///
/// # Errors
/// [`Failure::Configuration`].
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`verify` is not part of this version"))).await
}
