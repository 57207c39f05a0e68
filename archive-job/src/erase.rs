//! `archive-job erase`: what a user said, or a room, is nowhere any more.
//!
//! The order makes it repeatable: first everything is archived, so that it is known what is to go;
//! then rooms erase what they have, which reaches the archive by `drain`; then what only the
//! archive has; at last the index and the account. The report reads everything again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::archive::{ERASED_NAME, EraseUser, RoomState};
use protocol::codec::{decode_entry, erase_line};
use protocol::{AttachmentId, Entry, RoomId, Seq, UserId};
use serde::Serialize;

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::{self, Lease};
use crate::maru::Maru;
use crate::object::{self, Reader};
use crate::record::{Contents, Kind, Object};
use crate::rewrite::{self, Gone};
use crate::store::{Store, sha256};
use crate::summary::Summary;
use crate::{drain, index, layout, manifest};

mod proof;

use proof::Proof;

/// How long to wait at a time until D1 knows that a room has something new.
const PAUSE: Duration = Duration::from_millis(500);

/// What a state is compressed with.
const STATE_LEVEL: i32 = 3;

/// How often.
const PAUSES_MAX: u32 = 60;

/// The flags of `erase`.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    /// Everything that this user said, and the account
    #[arg(long, value_name = "USER", group = "what")]
    user: Option<UserId>,
    /// Everything of this room, which must be deleted before
    #[arg(long, value_name = "ROOM", group = "what")]
    room: Option<RoomId>,
    /// Look into every room of the archive, not only into those that the user was in
    #[arg(long, requires = "user")]
    all_rooms: bool,
}

/// What was, or would be, done.
#[derive(Debug, Default, Serialize)]
struct Done {
    rooms: usize,
    /// Rooms under a hold, in which nothing was erased.
    held: BTreeSet<RoomId>,
    /// Messages and edits that rooms erased.
    erased_in_rooms: usize,
    /// Lines that were erased where only the archive had them.
    erased_in_archive: usize,
    /// Files of messages that no room has any more.
    files: Vec<(RoomId, AttachmentId)>,
    proof: Proof,
    dry_run: bool,
}

/// What the archive has of a user.
#[derive(Debug, Default)]
struct Said {
    /// The lines that say something, by room.
    seqs: BTreeMap<RoomId, BTreeSet<Seq>>,
    texts: BTreeSet<String>,
    files: BTreeMap<RoomId, BTreeSet<AttachmentId>>,
    /// States that have the user's display name, by bucket.
    states: BTreeMap<u8, Vec<Object>>,
}

/// Runs `erase`.
///
/// # Errors
/// As every command; [`Failure::Incomplete`] if a room is held, [`Failure::Unverified`] if
/// something is found afterwards.
pub async fn run(context: &Context, args: &Args) -> Result<Summary, Failure> {
    let maru = context.maru()?;
    match (args.user, args.room) {
        (Some(user), _) => {
            if context.buckets().len() < layout::BUCKETS {
                return Err(Failure::configuration(
                    "a user's rooms are in all shards; run `erase` without `shard`",
                ));
            }
            let rooms = rooms_of(context, &maru, user, args.all_rooms).await?;
            if context.dry_run {
                return would_erase(context, user, &rooms).await;
            }
            lease::under(context, &maru, async |lease| {
                Erasing { context, maru: &maru, lease, user }.user(rooms).await
            })
            .await
        }
        (None, Some(room)) => {
            if context.dry_run {
                return room_plan(context, &maru, room).await;
            }
            lease::under(context, &maru, async |lease| {
                erase_room(context, &maru, lease, room).await
            })
            .await
        }
        (None, None) => Err(Failure::configuration("say `--user` or `--room`")),
    }
}

/// The rooms to look into.
async fn rooms_of(
    context: &Context,
    maru: &Maru,
    user: UserId,
    all: bool,
) -> Result<BTreeSet<RoomId>, Failure> {
    let mut rooms: BTreeSet<RoomId> = maru.rooms_of(user).await?.into_iter().collect();
    if all {
        for bucket in context.buckets() {
            rooms.extend(manifest::load(&context.store, bucket).await?.rooms());
        }
    }
    Ok(rooms)
}

async fn would_erase(
    context: &Context,
    user: UserId,
    rooms: &BTreeSet<RoomId>,
) -> Result<Summary, Failure> {
    let said = said(context, user, rooms).await?;
    let done = Done {
        rooms: rooms.len(),
        erased_in_archive: said.seqs.values().map(BTreeSet::len).sum(),
        dry_run: true,
        ..Done::default()
    };
    let text = format!(
        "would erase what user {user} said in {} rooms, {} lines of it in the archive",
        done.rooms, done.erased_in_archive
    );
    Ok(Summary::new("erase", text, done))
}

/// One run for a user.
struct Erasing<'a> {
    context: &'a Context,
    maru: &'a Maru,
    lease: &'a Lease,
    user: UserId,
}

impl Erasing<'_> {
    async fn user(&self, rooms: BTreeSet<RoomId>) -> Result<Summary, Failure> {
        let mut done = Done { rooms: rooms.len(), ..Done::default() };
        let hot = self.heads(&rooms, &mut done).await?;
        self.drain(&hot).await?;
        let free: BTreeSet<RoomId> = rooms.difference(&done.held).copied().collect();
        let before = said(self.context, self.user, &free).await?;
        for room in hot.keys() {
            done.erased_in_rooms = done.erased_in_rooms.saturating_add(self.in_room(*room).await?);
        }
        let hot = self.heads(&free, &mut done).await?;
        self.drain(&hot).await?;
        // A hold may have begun meanwhile.
        let free = free.difference(&done.held).copied().collect();
        let left = said(self.context, self.user, &free).await?;
        done.erased_in_archive = left.seqs.values().map(BTreeSet::len).sum();
        self.in_archive(&left).await?;
        self.in_states(&left.states).await?;
        for (room, files) in left.files {
            done.files.extend(files.into_iter().map(|file| (room, file)));
        }
        index::erase_user(self.context, self.user).await?;
        failpoint::reach(Point::Unindexed);
        if done.held.is_empty() {
            failpoint::reach(Point::Forgetting);
            self.maru.forget_user(self.user).await?;
            failpoint::reach(Point::Forgotten);
        }
        let texts: BTreeSet<String> = before.texts.into_iter().chain(left.texts).collect();
        done.proof = proof::prove(self.context, self.user, &free, &texts).await?;
        end(self.user, done)
    }

    /// Where the logs end of the rooms that exist and are not held.
    async fn heads(
        &self,
        rooms: &BTreeSet<RoomId>,
        done: &mut Done,
    ) -> Result<BTreeMap<RoomId, Seq>, Failure> {
        let mut heads = BTreeMap::new();
        for room in rooms {
            match self.maru.status(*room).await {
                Ok(status) if status.hold => drop(done.held.insert(*room)),
                Ok(status) => drop(heads.insert(*room, status.head)),
                Err(Failure::Refused { code, .. }) if code == "no_such_room" => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(heads)
    }

    /// Drains rooms at least up to these entries. D1 learns by and by that a room has something
    /// new, so what it does not know yet is asked for again.
    async fn drain(&self, heads: &BTreeMap<RoomId, Seq>) -> Result<(), Failure> {
        let mut wanted: Vec<(RoomId, Seq)> = heads.iter().map(|(room, to)| (*room, *to)).collect();
        for _ in 0..PAUSES_MAX {
            let mut waiting = Vec::new();
            for (room, to) in wanted {
                if self.maru.status(room).await?.archived < to {
                    waiting.push((room, to));
                }
            }
            if waiting.is_empty() {
                return Ok(());
            }
            let rooms = waiting.iter().map(|(room, _)| *room).collect();
            let (context, args) = (self.context, drain::Args { rooms });
            drain::drain(context, self.maru, self.lease, &args).await?;
            wanted = Vec::new();
            for (room, to) in waiting {
                if self.maru.status(room).await?.archived < to {
                    wanted.push((room, to));
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
            context.stop.check()?;
            tokio::time::sleep(PAUSE).await;
        }
        let rooms = wanted.len();
        Err(Failure::later(format!("{rooms} rooms could not be drained; run `erase` again")))
    }

    /// Erases what a room has; answers how many messages and edits that were.
    async fn in_room(&self, room: RoomId) -> Result<usize, Failure> {
        let (mut erased, mut after) = (0_usize, Seq::ZERO);
        loop {
            self.context.stop.check()?;
            let request = EraseUser { fence: self.lease.check()?, user: self.user, after };
            let batch = self.maru.erase(room, &request).await?;
            failpoint::reach(Point::Erased);
            erased = erased.saturating_add(batch.seqs.len());
            match batch.after {
                Some(next) => after = next,
                None => return Ok(erased),
            }
        }
    }

    /// Erases what only the archive has.
    async fn in_archive(&self, said: &Said) -> Result<(), Failure> {
        let store = &self.context.store;
        let mut buckets: BTreeMap<u8, Vec<(&RoomId, &BTreeSet<Seq>)>> = BTreeMap::new();
        for (room, seqs) in &said.seqs {
            buckets.entry(layout::bucket(*room)).or_default().push((room, seqs));
        }
        for (bucket, rooms) in buckets {
            let contents = manifest::load(store, bucket).await?;
            let gone = rooms.into_iter().map(|(room, seqs)| {
                let revision = next_revision(&contents, *room);
                (*room, Gone::Words { seqs: seqs.clone(), revision })
            });
            let swap = rewrite::swap(store, self.lease, &contents, &gone.collect()).await?;
            let (fence, now) = (self.lease.check()?, self.context.now());
            failpoint::reach(Point::Committing);
            manifest::commit(store, bucket, fence, now, swap.add, swap.remove.clone()).await?;
            failpoint::reach(Point::Committed);
            for path in &swap.remove {
                store.delete(path).await?;
                failpoint::reach(Point::Deleted);
            }
        }
        Ok(())
    }
}

impl Erasing<'_> {
    /// Erases the user's display name where the archive has who is in a room. A room that had
    /// nothing else to erase does not tell it again.
    async fn in_states(&self, states: &BTreeMap<u8, Vec<Object>>) -> Result<(), Failure> {
        let store = &self.context.store;
        for (bucket, states) in states {
            let (mut add, mut remove) = (Vec::new(), Vec::new());
            for object in states {
                self.lease.check()?;
                let state = object::state(store, object).await?;
                add.push(put_state(store, object, &without_name(state, self.user)).await?);
                remove.push(object.path.clone());
            }
            let (fence, now) = (self.lease.check()?, self.context.now());
            failpoint::reach(Point::Committing);
            manifest::commit(store, *bucket, fence, now, add, remove.clone()).await?;
            failpoint::reach(Point::Committed);
            for path in remove {
                store.delete(&path).await?;
                failpoint::reach(Point::Deleted);
            }
        }
        Ok(())
    }
}

/// Puts a state in place of an older one of the same entry.
async fn put_state(store: &Store, older: &Object, state: &RoomState) -> Result<Object, Failure> {
    let damaged = |why: &dyn std::fmt::Display| Failure::damaged(&older.path, why);
    let run = older.runs.first().ok_or_else(|| damaged(&"it has no run"))?;
    let json = serde_json::to_vec(state).map_err(|why| damaged(&why))?;
    let bytes = zstd::bulk::compress(&json, STATE_LEVEL).map_err(|why| damaged(&why))?;
    let mut revision: u64 = 1;
    loop {
        let path = layout::state_anew(run.room, run.to, revision);
        match store.create(&path, bytes.clone()).await {
            // An earlier erasure took the name.
            Err(Failure::Divergent { .. }) => revision = revision.saturating_add(1),
            done => {
                done?;
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let sha256 = sha256(&bytes);
                let object = Object { path, bytes: length, sha256, ..older.clone() };
                return object::state(store, &object).await.map(|_| object);
            }
        }
    }
}

/// What a state calls a user.
fn names(state: &RoomState, user: UserId) -> impl Iterator<Item = &str> {
    let members = state.members.iter().map(|member| (member.user, member.name.as_str()));
    let bans = state.bans.iter().map(|ban| (ban.user, ban.name.as_str()));
    let own = members.chain(bans).filter(move |(of, _)| *of == user).map(|(_, name)| name);
    own.filter(|name| !name.is_empty() && *name != ERASED_NAME)
}

fn without_name(mut state: RoomState, user: UserId) -> RoomState {
    let members = state.members.iter_mut().map(|member| (member.user, &mut member.name));
    let bans = state.bans.iter_mut().map(|ban| (ban.user, &mut ban.name));
    for (_, name) in members.chain(bans).filter(|(of, name)| *of == user && !name.is_empty()) {
        ERASED_NAME.clone_into(name);
    }
    state
}

/// A revision that no object of a room has yet: names are never used twice.
fn next_revision(contents: &Contents, room: RoomId) -> Seq {
    let runs = || contents.runs(room).map(|(_, run)| run);
    let highest = runs().map(|run| run.revision).max().unwrap_or_default();
    let last = runs().map(|run| run.to).max().unwrap_or_default();
    highest.next().unwrap_or(highest).max(last)
}

/// What the archive has of a user in these rooms.
async fn said(context: &Context, user: UserId, rooms: &BTreeSet<RoomId>) -> Result<Said, Failure> {
    let mut said = Said::default();
    let buckets: BTreeSet<u8> = rooms.iter().map(|room| layout::bucket(*room)).collect();
    for bucket in buckets {
        let contents = manifest::load(&context.store, bucket).await?;
        for object in &contents.objects {
            let mut runs = object.runs.iter().filter(|run| rooms.contains(&run.room)).peekable();
            if runs.peek().is_none() {
                continue;
            }
            context.stop.check()?;
            if object.kind == Kind::State {
                let state = object::state(&context.store, object).await?;
                let texts: Vec<String> = names(&state, user).map(str::to_owned).collect();
                if !texts.is_empty() {
                    said.states.entry(bucket).or_default().push(object.clone());
                }
                said.texts.extend(texts);
                continue;
            }
            let mut reader = Reader::open(&context.store, object).await?;
            for run in runs {
                for line in reader.lines(run)?.lines() {
                    let damaged = |why| Failure::damaged(&object.path, why);
                    said.add(run.room, user, line).map_err(damaged)?;
                }
            }
        }
    }
    Ok(said)
}

impl Said {
    /// Adds what a line says, if it is by the user and not erased yet.
    fn add(
        &mut self,
        room: RoomId,
        user: UserId,
        line: &str,
    ) -> Result<(), protocol::codec::Violation> {
        // Most lines are by others.
        if !line.contains(user.as_str()) {
            return Ok(());
        }
        let Some(entry) = decode_entry(line)?.filter(|entry| entry.by() == user) else {
            return Ok(());
        };
        if erase_line(line)? == line {
            return Ok(());
        }
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

fn end(user: UserId, done: Done) -> Result<Summary, Failure> {
    let proof = &done.proof;
    let mut sentences = vec![
        format!(
            "erased what user {user} said: {} messages and edits in {} rooms, and {} lines that \
             only the archive had",
            done.erased_in_rooms, done.rooms, done.erased_in_archive
        ),
        proof.to_string(),
    ];
    if !done.files.is_empty() {
        sentences.push(format!(
            "{} files of messages that rooms had forgotten; they went when those did",
            done.files.len()
        ));
    }
    if !done.held.is_empty() {
        sentences.push(format!(
            "{} rooms are held: nothing was erased there, and the account stays; end the holds \
             and run this again",
            done.held.len()
        ));
    }
    let (is_held, is_proved) = (!done.held.is_empty(), proof.found == 0);
    let summary = Summary::new("erase", sentences.join("; "), done);
    match (is_proved, is_held) {
        (false, _) => Err(Failure::Unverified(Box::new(summary))),
        (true, true) => Err(Failure::Incomplete(Box::new(summary))),
        (true, false) => Ok(summary),
    }
}

/// Refuses a room that people may be in.
async fn refuse_living(maru: &Maru, room: RoomId) -> Result<(), Failure> {
    match maru.status(room).await {
        Ok(_) => Err(Failure::configuration(format!(
            "the room {room} exists; its owner, or the operator, deletes it first"
        ))),
        Err(Failure::Refused { code, .. }) if code == "no_such_room" => Ok(()),
        Err(failure) => Err(failure),
    }
}

async fn room_plan(context: &Context, maru: &Maru, room: RoomId) -> Result<Summary, Failure> {
    refuse_living(maru, room).await?;
    let contents = manifest::load(&context.store, layout::bucket(room)).await?;
    let objects = contents.objects.iter();
    let count = objects.filter(|object| object.runs.iter().any(|run| run.room == room)).count();
    let text = format!("would erase room {room} from {count} objects of the archive");
    Ok(Summary::new("erase", text, serde_json::json!({ "objects": count, "dry_run": true })))
}

/// Erases all that the archive and the index have of a room that was deleted.
async fn erase_room(
    context: &Context,
    maru: &Maru,
    lease: &Lease,
    room: RoomId,
) -> Result<Summary, Failure> {
    refuse_living(maru, room).await?;
    let (store, bucket) = (&context.store, layout::bucket(room));
    let contents = manifest::load(store, bucket).await?;
    let gone = BTreeMap::from([(room, Gone::Everything)]);
    let swap = rewrite::swap(store, lease, &contents, &gone).await?;
    let (objects, fence) = (swap.remove.len(), lease.check()?);
    let removed = swap.remove.clone();
    failpoint::reach(Point::Committing);
    manifest::commit(store, bucket, fence, context.now(), swap.add, swap.remove).await?;
    failpoint::reach(Point::Committed);
    for path in &removed {
        store.delete(path).await?;
        failpoint::reach(Point::Deleted);
    }
    // Also what a run that was killed left, which no manifest names.
    for folder in ["l0", "state"] {
        for listed in store.list(&format!("v1/{folder}/b={bucket:02x}/{room}")).await? {
            store.delete(&listed.path).await?;
        }
    }
    index::erase_room(context, room).await?;
    failpoint::reach(Point::Unindexed);
    failpoint::reach(Point::Forgetting);
    match maru.forgotten(room, lease.check()?).await {
        // It is not in the list of those that were deleted: D1 is younger than the room.
        Err(Failure::Refused { code, .. }) if code == "not_deleted" => {}
        done => done?,
    }
    failpoint::reach(Point::Forgotten);
    let left = proof::objects_of(context, room).await?;
    let text = format!("erased room {room} from {objects} objects of the archive; {left} are left");
    let summary =
        Summary::new("erase", text, serde_json::json!({ "objects": objects, "left": left }));
    if left == 0 { Ok(summary) } else { Err(Failure::Unverified(Box::new(summary))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Log, MIDNIGHT, contents, epoch, room, seq, user};

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

    #[tokio::test]
    async fn a_revision_is_above_all_that_objects_of_the_room_have() {
        let store = Store::in_memory();
        let mut log = Log::new(room(0), epoch(1));
        log.archive(&store, MIDNIGHT, &[(1, "a"), (1, "b"), (1, "c")]).await;
        assert_eq!(next_revision(&contents(&store).await, log.room), seq(3));
        let (lines, mut run) = log.say(MIDNIGHT + 9, &[(1, "d")]);
        run.revision = seq(7);
        crate::testing::archive(&store, &lines, run).await;
        assert_eq!(next_revision(&contents(&store).await, log.room), seq(8));
        assert_eq!(next_revision(&contents(&store).await, room(1)), seq(1));
    }
}
