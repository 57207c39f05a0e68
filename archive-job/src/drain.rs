//! `archive-job drain`.

use crate::context::Context;
use crate::failure::Failure;
use crate::summary::Summary;

/// The flags of `drain`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Only this room; repeat for more.
    #[arg(long = "room")]
    pub rooms: Vec<protocol::RoomId>,
}

/// Runs `drain`.
///
/// # Errors
/// As every command.
pub async fn run(_context: &Context, _args: &Args) -> Result<Summary, Failure> {
    std::future::ready(Err(Failure::configuration("`drain` is not part of this version"))).await
}
