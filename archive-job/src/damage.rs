//! What a run met that is damaged, so that its later steps can be careful.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::RoomId;

use crate::failure::Failure;
use crate::record::{Contents, Object};

/// The rooms of which an object of the archive turned out to be damaged. What such a room still has
/// may be the only copy that is whole, and `verify --repair` needs it: so nothing of it expires.
#[derive(Clone, Debug, Default)]
pub struct Damage(Arc<Mutex<BTreeSet<RoomId>>>);

impl Damage {
    /// Notes rooms.
    pub fn note(&self, rooms: impl IntoIterator<Item = RoomId>) {
        self.rooms_mut().extend(rooms);
    }

    /// Notes the rooms of the object of which a failure speaks, if it speaks of one.
    pub fn note_object(&self, contents: &Contents, failure: &Failure) {
        let object = failure.path().and_then(|path| contents.object(path));
        self.note(object.into_iter().flat_map(rooms_of));
    }

    /// The rooms that were noted.
    #[must_use]
    pub fn rooms(&self) -> BTreeSet<RoomId> {
        self.rooms_mut().clone()
    }

    /// Forgets all, before everything is looked at again.
    pub fn clear(&self) {
        self.rooms_mut().clear();
    }

    fn rooms_mut(&self) -> MutexGuard<'_, BTreeSet<RoomId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rooms of which an object has something.
pub fn rooms_of(object: &Object) -> impl Iterator<Item = RoomId> {
    object.runs.iter().map(|run| run.room)
}
