//! What every store must do. Each promise is one function; [`check`] runs them all.
//!
//! The suite answers with text instead of panicking, because a panic inside an object would stop
//! every room that shares its isolate.

mod archive;
pub mod costs;
pub mod errands;
mod files;
mod log;
mod messages;
pub mod migration;
mod outbox;
mod roster;
mod scene;

use super::Store;

/// A promise that a store broke.
pub type Broken = String;

/// One promise: a name, and what must hold on a store that holds nothing.
type Promise = (&'static str, fn(&dyn Store) -> Result<(), Broken>);

const PROMISES: [Promise; 28] = [
    ("a store that was not founded is empty", log::unfounded),
    ("what was founded is loaded, and cannot be founded again", log::founded),
    ("the head is that of the last chunk, and the sizes are those of all", log::head),
    ("chunks are found from any position, in both directions", log::chunks),
    ("lines are found by their seqs", log::lines),
    ("a taken seq is refused and nothing of that commit is kept", log::atomic),
    ("a checkpoint replaces the sends before it", log::checkpoint),
    ("who spoke last, and when, is known after the checkpoint", log::spoke),
    ("the roster follows its changes", roster::members),
    ("read positions and who was told are kept", roster::read_and_told),
    ("what ended is kept for each user until it is over", roster::endings),
    ("bans and invites are kept until they are lifted", roster::bans_and_invites),
    ("settings are replaced", roster::settings_change),
    ("what later entries made of a message is kept beside its line", messages::amended),
    ("what the room must know of a frame is found", messages::known),
    ("reactions are kept by message, user and emoji", messages::reactions),
    ("a thread is found from its end", messages::thread),
    ("an erased message leaves its place, and the chain verifies", messages::erase),
    ("files are kept from the upload to the message", files::uploads),
    ("uploads that come with no message expire", files::expiry),
    ("an upload can be given up, a file that came with a message cannot", files::given_up),
    ("the moderation log is read from its end", files::deeds),
    ("notices stay until they are forgotten, and can be put off", outbox::notices),
    ("what is archived is kept, and where chunks are is told without their lines", archive::kept),
    ("what expired is gone with all that is known of it, and its files will be", archive::expire),
    ("a log of which everything expired ends where it did", archive::expired_whole),
    ("which edits an erased message had is kept as long as the archive asks", archive::erasures),
    ("a deleted room leaves its notices and nothing else", outbox::everything),
];

/// How many promises there are.
pub const N_PROMISES: usize = PROMISES.len();

/// Holds fresh stores, which `fresh` makes, to every promise. Answers the names of those kept.
///
/// # Errors
/// The first broken promise.
pub fn check<S: Store>(mut fresh: impl FnMut() -> S) -> Result<Vec<&'static str>, Broken> {
    let mut kept = Vec::new();
    for (name, promise) in PROMISES {
        promise(&fresh()).map_err(|broken| format!("{name}: {broken}"))?;
        kept.push(name);
    }
    Ok(kept)
}
