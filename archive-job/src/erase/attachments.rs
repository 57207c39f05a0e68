//! Files of messages: those of what was erased are deleted by their rooms soon after, and this asks
//! Maru's store until they are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{AttachmentId, RoomId};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::maru::Maru;

/// How long to wait at a time until a room has deleted its files.
const PAUSE: Duration = Duration::from_millis(250);

/// How often: a room whose store failed once tries again after 15 seconds.
const PAUSES_MAX: u32 = 120;

/// Files of rooms.
pub(super) type Files = BTreeMap<RoomId, BTreeSet<AttachmentId>>;

/// What became of files.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Attachments {
    /// Those that were to go, and that the store does not have.
    gone: Files,
    /// Those that it still has.
    left: Files,
    /// Whether Maru does not tell what its store has.
    is_unknown: bool,
}

/// Waits until the store has none of these files.
pub(super) async fn gone(
    context: &Context,
    maru: &Maru,
    files: &Files,
) -> Result<Attachments, Failure> {
    let mut done = Attachments::default();
    for (room, files) in files {
        let left = wait(context, maru, *room, |id| files.contains(&id)).await?;
        done.is_unknown |= left.is_none();
        let left = left.unwrap_or_default();
        let gone = files.difference(&left).copied().collect();
        done.add(*room, gone, left);
    }
    Ok(done)
}

/// Waits until the store has no file of a room, of which it had these.
pub(super) async fn all_gone(
    context: &Context,
    maru: &Maru,
    room: RoomId,
    before: BTreeSet<AttachmentId>,
) -> Result<Attachments, Failure> {
    let mut done = Attachments::default();
    let left = wait(context, maru, room, |_| true).await?;
    done.is_unknown = left.is_none();
    let left = left.unwrap_or_default();
    done.add(room, before.difference(&left).copied().collect(), left);
    Ok(done)
}

/// The files that the store has of a room.
pub(super) async fn stored(
    maru: &Maru,
    room: RoomId,
) -> Result<Option<BTreeSet<AttachmentId>>, Failure> {
    let stored = maru.attachments(room).await?;
    Ok(stored.map(|stored| stored.into_iter().map(|stored| stored.id).collect()))
}

/// Waits until the store has none of the files that are meant, and answers those that it has after
/// that; `None` if Maru does not tell.
async fn wait(
    context: &Context,
    maru: &Maru,
    room: RoomId,
    is_meant: impl Fn(AttachmentId) -> bool,
) -> Result<Option<BTreeSet<AttachmentId>>, Failure> {
    let mut pauses = PAUSES_MAX;
    loop {
        let Some(mut left) = stored(maru, room).await? else { return Ok(None) };
        left.retain(|id| is_meant(*id));
        if left.is_empty() || pauses == 0 {
            return Ok(Some(left));
        }
        context.stop.check()?;
        tokio::time::sleep(PAUSE).await;
        pauses = pauses.saturating_sub(1);
    }
}

impl Attachments {
    /// Whether none is left, as far as is known.
    pub(super) fn are_gone(&self) -> bool {
        self.left.is_empty()
    }

    /// What to say of them, for people.
    pub(super) fn sentences(&self) -> Vec<String> {
        let count = |files: &Files| files.values().map(BTreeSet::len).sum::<usize>();
        let mut sentences = Vec::new();
        if self.is_unknown {
            let text = "Maru does not tell which files its store has; deploy a version that does";
            sentences.push(text.to_owned());
        } else {
            sentences.push(format!("{} files are gone", count(&self.gone)));
        }
        if !self.left.is_empty() {
            let keys = self
                .left
                .iter()
                .flat_map(|(room, files)| files.iter().map(move |file| format!("{room}/{file}")));
            let keys: Vec<String> = keys.collect();
            sentences.push(format!(
                "Maru's store still has {} files: {}; if it has them in an hour, delete them from \
                 the bucket",
                keys.len(),
                keys.join(", ")
            ));
        }
        sentences
    }

    fn add(&mut self, room: RoomId, gone: BTreeSet<AttachmentId>, left: BTreeSet<AttachmentId>) {
        for (files, of_room) in [(&mut self.gone, gone), (&mut self.left, left)] {
            if !of_room.is_empty() {
                files.insert(room, of_room);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::room;

    #[test]
    fn what_is_left_is_named() {
        let [one, other] = [1, 2].map(|of| BTreeSet::from([AttachmentId::from_random([of; 13])]));
        let mut done = Attachments::default();
        done.add(room(0), one.clone(), BTreeSet::new());
        assert!(done.are_gone());
        assert_eq!(done.sentences(), ["1 files are gone"]);
        done.add(room(1), BTreeSet::new(), other.clone());
        assert!(!done.are_gone());
        let key = format!("{}/{}", room(1), other.first().unwrap());
        assert!(done.sentences()[1].contains(&format!("still has 1 files: {key};")));
        let unknown = Attachments { is_unknown: true, ..Attachments::default() };
        assert!(unknown.sentences()[0].starts_with("Maru does not tell"));
    }
}
