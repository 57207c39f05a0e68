//! What the archive job is told of a room, read from storage and from the core.

use protocol::archive::{
    BanState, InviteState, LogStatus, MemberState, RoomState, Sealed, SealedRange,
};
use protocol::{Entry, Redact, Seq, Timestamp};
use room::{Ban, Invite, Member, Range, Room, Settings};

use crate::store::{Store, StoreError, decode_stored};

/// Milliseconds of a day: a range never crosses one.
const DAY_MS: u64 = 86_400_000;

/// Entries after which a batch of expiry ends: tens of milliseconds, in which the room does nothing
/// else.
pub const EXPIRE_ENTRIES: u64 = 2_000;

/// Bytes of lines after which it ends, too.
const EXPIRE_BYTES: u64 = 1024 * 1024;

/// Chunks whose extents are read at once.
const EXTENTS_PER_READ: usize = 256;

/// What can be sealed after `after`: whole chunks that begin on one day, at most `bytes_max` bytes
/// of lines, but at least one chunk (rule AR1).
///
/// # Errors
/// If storage fails.
pub fn next_range<S: Store + ?Sized>(
    store: &S,
    after: Seq,
    bytes_max: u64,
) -> Result<Option<Range>, StoreError> {
    let (mut next, mut n_bytes): (Option<Range>, u64) = (None, 0);
    loop {
        let extents = store.extents_after(next.map_or(after, |next| next.to), EXTENTS_PER_READ)?;
        if extents.is_empty() {
            return Ok(next);
        }
        for extent in extents {
            n_bytes = n_bytes.saturating_add(extent.n_bytes).saturating_add(1);
            let day = |range: &Range| range.first_at.0 / DAY_MS;
            match next {
                None => next = Some(extent.range),
                Some(Range { from, first_at, .. })
                    if n_bytes <= bytes_max
                        && next.as_ref().map(day) == Some(day(&extent.range)) =>
                {
                    next = Some(Range { from, first_at, ..extent.range });
                }
                Some(_) => return Ok(next),
            }
        }
    }
}

/// The end of the oldest chunks that can expire: a bounded batch of those whose last entry was
/// accepted before `before`, and none beyond what is archived (rules EX1 and EX3).
///
/// # Errors
/// If storage fails.
pub fn expirable<S: Store + ?Sized>(
    store: &S,
    room: &Room,
    before: Timestamp,
) -> Result<Option<Seq>, StoreError> {
    let archive = room.archive();
    let (mut upto, mut n_entries, mut n_bytes) = (None, 0_u64, 0_u64);
    loop {
        let after = upto.unwrap_or(archive.expired);
        let extents = store.extents_after(after, EXTENTS_PER_READ)?;
        if extents.is_empty() || archive.hold {
            return Ok(upto);
        }
        for extent in extents {
            let Range { from, to, last_at, .. } = extent.range;
            n_entries = n_entries.saturating_add(to.since(from)).saturating_add(1);
            n_bytes = n_bytes.saturating_add(extent.n_bytes);
            let is_full = n_entries > EXPIRE_ENTRIES || n_bytes > EXPIRE_BYTES;
            if last_at >= before || to > archive.archived.seq || is_full && upto.is_some() {
                return Ok(upto);
            }
            upto = Some(to);
        }
    }
}

/// Where the log stands.
///
/// # Errors
/// If storage fails.
pub fn status<S: Store + ?Sized>(store: &S, room: &Room) -> Result<LogStatus, StoreError> {
    let archive = room.archive();
    Ok(LogStatus {
        room: room.settings().id,
        epoch: room.epoch(),
        head: room.stored_head(),
        archived: archive.archived.seq,
        expired: archive.expired,
        revision: store.revision()?,
        oldest_at: first_after(store, archive.expired)?,
        hold: archive.hold,
    })
}

/// When the first entry of the chunk after `after`, which ends one, was accepted.
///
/// # Errors
/// If storage fails.
pub fn first_after<S: Store + ?Sized>(
    store: &S,
    after: Seq,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(store.extents_after(after, 1)?.first().map(|extent| extent.range.first_at))
}

/// What is sealed, with what the job has to know beside the lines (rules AR2 and AR7).
///
/// # Errors
/// If storage fails.
pub fn sealed<S: Store + ?Sized>(store: &S, room: &Room) -> Result<Sealed, StoreError> {
    let (mut range, mut state) = (None, None);
    if let Some(Range { from, to, first_at, last_at, link }) = room.archive().sealed {
        let (link_before, link) = (room.archive().archived.link.to_hex(), link.to_hex());
        let erased = if room.revision() < from { Vec::new() } else { erased(store, from, to)? };
        range = Some(SealedRange { from, to, first_at, last_at, link_before, link, erased });
        if to == room.head() {
            state = Some(room_state(store, room)?);
        }
    }
    Ok(Sealed { range, status: status(store, room)?, state })
}

/// The messages that the entries `from..=to` erased, each with its edits.
fn erased<S: Store + ?Sized>(store: &S, from: Seq, to: Seq) -> Result<Vec<Seq>, StoreError> {
    let mut erased = Vec::new();
    store.each_between(from, to, &mut |line| {
        if line.contains(r#""t":"redact""#)
            && let Some(Entry::Redact(Redact { target, .. })) = decode_stored(line)?
        {
            erased.push(target);
            let amended = store.amended(target, target)?.pop();
            erased.extend(amended.into_iter().flat_map(|(_, amended)| amended.edits));
        }
        Ok(())
    })?;
    Ok(erased)
}

/// What the room is beside its log. Nothing may wait for a flush.
///
/// # Errors
/// If storage fails.
pub fn room_state<S: Store + ?Sized>(store: &S, room: &Room) -> Result<RoomState, StoreError> {
    let Settings { name, kind, topic, slow_ms, archived, .. } = room.settings().clone();
    let member = |member: &Member| MemberState {
        user: member.user,
        name: member.name.clone(),
        role: member.role,
        joined_at: member.joined_at,
        read: member.read,
        muted_until: member.muted_until,
    };
    let ban = |Ban { user, name, by, at, reason }| BanState { user, name, by, at, reason };
    let invite = |invite: &Invite| {
        let Invite { id, by, expires_at, uses_left } = *invite;
        InviteState { id, by, expires_at, uses_left }
    };
    Ok(RoomState {
        seq: room.head(),
        name,
        kind,
        topic,
        slow_ms,
        archived,
        members: room.members_after(None).map(member).collect(),
        bans: store.bans()?.into_iter().map(ban).collect(),
        invites: room.invites(Timestamp::default()).map(invite).collect(),
    })
}
