//! What the archive has of a user.

use std::collections::{BTreeMap, BTreeSet};

use protocol::codec::{Violation, decode_entry, erase_line};
use protocol::{Entry, RoomId, Seq, UserId};

use super::attachments::Files;
use super::states::names;
use crate::context::Context;
use crate::failure::Failure;
use crate::object::{self, Reader};
use crate::record::{Kind, Object};
use crate::store::Store;
use crate::{layout, manifest};

/// What the archive has of a user.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The lines that say something, by room.
    pub(super) seqs: BTreeMap<RoomId, BTreeSet<Seq>>,
    pub(super) texts: BTreeSet<String>,
    pub(super) files: Files,
    /// States that have the user's display name, by bucket.
    pub(super) states: BTreeMap<u8, Vec<Object>>,
}

/// What the archive has of a user in these rooms. What cannot be read is passed over: whoever asks
/// reads everything again in the end, and tells.
pub(super) async fn said(
    context: &Context,
    user: UserId,
    rooms: &BTreeSet<RoomId>,
) -> Result<Said, Failure> {
    let mut said = Said::default();
    let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
    for bucket in buckets {
        let contents = manifest::load(&context.store, bucket).await?;
        let has_one = |object: &&Object| object.runs.iter().any(|run| rooms.contains(&run.room));
        for object in contents.objects.iter().filter(has_one) {
            context.stop.check()?;
            match said.object(&context.store, user, (rooms, bucket), object).await {
                Err(why) if why.exit_code() == 42 => tracing::error!(%why, "passed over"),
                done => done?,
            }
        }
    }
    Ok(said)
}

impl Said {
    async fn object(
        &mut self,
        store: &Store,
        user: UserId,
        (rooms, bucket): (&BTreeSet<RoomId>, u8),
        object: &Object,
    ) -> Result<(), Failure> {
        if object.kind == Kind::State {
            let state = object::state(store, object).await?;
            let texts: Vec<String> = names(&state, user).map(str::to_owned).collect();
            if !texts.is_empty() {
                self.states.entry(bucket).or_default().push(object.clone());
            }
            self.texts.extend(texts);
            return Ok(());
        }
        let mut reader = Reader::open(store, object).await?;
        for run in object.runs.iter().filter(|run| rooms.contains(&run.room)) {
            for line in reader.lines(run)?.lines() {
                let damaged = |why| Failure::damaged(&object.path, why);
                self.add(run.room, user, line).map_err(damaged)?;
            }
        }
        Ok(())
    }

    /// Adds what a line says, if it is by the user and not erased yet.
    fn add(&mut self, room: RoomId, user: UserId, line: &str) -> Result<(), Violation> {
        let Some(entry) = unerased(user, line)? else { return Ok(()) };
        self.seqs.entry(room).or_default().insert(entry.seq());
        match entry {
            Entry::Message(message) => {
                self.texts.insert(message.body);
                let files = message.attachments.into_iter();
                let names: Vec<_> = files.map(|file| (file.id, file.name)).collect();
                for (id, name) in names {
                    self.files.entry(room).or_default().insert(id);
                    self.texts.insert(name);
                }
            }
            Entry::Edit(edit) => drop(self.texts.insert(edit.body)),
            Entry::Join(join) => drop(self.texts.insert(join.name)),
            Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Leave(_)
            | Entry::Moderate(_)
            | Entry::Settings(_)
            | Entry::Redacted(_) => {}
        }
        Ok(())
    }
}

/// The entry of a line, if it is by the user and says something that can be erased.
pub(super) fn unerased(user: UserId, line: &str) -> Result<Option<Entry>, Violation> {
    // Most lines are by others.
    if !line.contains(user.as_str()) {
        return Ok(None);
    }
    let Some(entry) = decode_entry(line)?.filter(|entry| entry.by() == user) else {
        return Ok(None);
    };
    Ok((erase_line(line)? != line).then_some(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, epoch, room, seq, user};

    #[test]
    fn what_was_said_is_what_can_be_erased() {
        let mut log = Log::new(room(0), epoch(1));
        let (lines, _) = log.say(MIDNIGHT, &[(1, "하나"), (2, "둘"), (1, "edit:셋")]);
        let mut said = Said::default();
        for line in lines.lines() {
            said.add(log.room, user(1), line).unwrap();
        }
        assert_eq!(said.seqs, BTreeMap::from([(log.room, BTreeSet::from([seq(1), seq(3)]))]));
        assert_eq!(said.texts, BTreeSet::from(["하나".to_owned(), "셋".to_owned()]));
        let mut again = Said::default();
        for line in lines.lines() {
            again.add(log.room, user(1), &erase_line(line).unwrap()).unwrap();
        }
        assert_eq!((again.seqs, again.texts), (BTreeMap::new(), BTreeSet::new()));
    }
}
