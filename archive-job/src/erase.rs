//! `archive-job erase`: what a user said, or a room, is nowhere any more.
//!
//! The order makes it repeatable: first everything is archived, so that it is known what is to go;
//! then rooms erase what they have, which reaches the archive by `drain`; then what only the
//! archive has; at last the index and the account. The report reads everything again.

use protocol::{RoomId, UserId};

use crate::context::Context;
use crate::failure::Failure;
use crate::layout;
use crate::lease;
use crate::summary::Summary;

mod asked;
mod attachments;
mod proof;
mod room;
mod said;
mod states;
#[cfg(test)]
mod tests;
mod user;

/// The flags of `erase`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    /// Everything that this user said, and the account
    #[arg(long, value_name = "USER", group = "what")]
    user: Option<UserId>,
    /// Everything of this room, which must be deleted before
    #[arg(long, value_name = "ROOM", group = "what")]
    room: Option<RoomId>,
    /// Delete the room before, if it exists
    #[arg(long, requires = "room")]
    delete_room: bool,
    /// Everything of all users who asked for it
    #[arg(long, group = "what")]
    asked: bool,
    /// Look into every room of the archive, not only into those that the user was in
    #[arg(long, conflicts_with = "room")]
    all_rooms: bool,
}

impl Args {
    /// For all users who asked for it.
    #[must_use]
    pub fn asked() -> Self {
        Self { asked: true, ..Self::default() }
    }
}

/// Runs `erase`.
///
/// # Errors
/// As every command; [`Failure::Incomplete`] if something is left that a later run may erase,
/// [`Failure::Unverified`] if something is found afterwards, or could not be read.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let maru = context.maru()?;
    if let Some(room) = args.room {
        if context.dry_run {
            return room::would_erase(context, &maru, (room, args.delete_room)).await;
        }
        return lease::under(context, &maru, async |lease| {
            room::erase(context, &maru, lease, (room, args.delete_room)).await
        })
        .await;
    }
    if context.buckets().len() < layout::BUCKETS {
        return Err(Failure::configuration(
            "a user's rooms are in all shards; run `erase` without `shard`",
        ));
    }
    match args.user {
        None => asked::run(context, &maru, args.all_rooms).await,
        Some(user) if context.dry_run => {
            user::would_erase(context, &maru, user, args.all_rooms).await
        }
        Some(user) => {
            lease::under(context, &maru, async |lease| {
                user::erase(context, &maru, lease, (user, args.all_rooms)).await
            })
            .await
        }
    }
}
