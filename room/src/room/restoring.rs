//! A room that comes back from the archive (rules RS1 to RS6): its log is told to it again, as it
//! was stored, and means what it meant.

use protocol::archive::{BanState, BeginRestore, InviteState, MemberState, RoomState};
use protocol::codec::{Violation, decode_entry};
use protocol::{
    Changed, Edit, Entry, Join, Link, Message, Moderate, Moderation, Pin, React, Redact, Redacted,
    Role, RoomId, Seq, Stamp, Timestamp, UserId,
};

use super::Room;
use crate::archive::{Archive, Mark};
use crate::effect::{Ban, Commit, Deed, DeedKind, Effect, Effects, Notice, Upload, Write};
use crate::input::{Known, Needs};
use crate::message::MessageState;
use crate::nonces::LastSend;
use crate::rate::Policy;
use crate::roster::Member;
use crate::snapshot::{Invite, Settings, Snapshot};

/// Bytes of lines after which a new chunk begins: pages hold whole chunks, and one entry that is
/// erased rewrites one.
const CHUNK_BYTES_MAX: usize = 32 * 1024;

const DAY_MS: u64 = 86_400_000;

/// A room that comes back: nobody is in it until all of its log is there.
#[derive(Debug)]
pub struct Restoring {
    room: Room,
    /// The entry up to which members and settings are known otherwise.
    state_seq: Seq,
}

/// An entry as it was stored, with its line.
pub type Told<'a> = (&'a str, Entry);

impl Restoring {
    /// What the room is, and the rows that say who is in it and where its log begins; `None` if
    /// the link is none.
    #[must_use]
    pub fn begin(id: RoomId, asked: BeginRestore) -> Option<(Settings, Vec<Write>)> {
        let BeginRestore { state, expired, link, hold } = asked;
        let at = state.members.iter().map(|member| member.joined_at).min().unwrap_or_default();
        let archived = Mark { seq: expired, at, link: Link::from_hex(&link)? };
        let archive = Write::Archive(Archive { archived, expired, hold, ..Archive::default() });
        let RoomState { name, kind, topic, slow_ms, archived, members, bans, invites, .. } = state;
        let members = members.into_iter().map(|member| {
            let MemberState { user, name, role, joined_at, read, muted_until } = member;
            Write::Member(Member { user, name, role, joined_at, read, muted_until })
        });
        let bans = bans.into_iter().map(|ban| {
            let BanState { user, name, by, at, reason } = ban;
            Write::Ban(Ban { user, name, by, at, reason })
        });
        let invites = invites.into_iter().map(|invite| {
            let InviteState { id, by, expires_at, uses_left } = invite;
            Write::Invite(Invite { id, by, expires_at, uses_left })
        });
        let rows = members.chain(bans).chain(invites).chain([archive]).collect();
        Some((Settings { id, name, kind, topic, slow_ms, archived }, rows))
    }

    /// A room of which `snapshot` is stored so far.
    #[must_use]
    pub fn new(snapshot: Snapshot, state_seq: Seq) -> Self {
        Self { room: Room::restore(snapshot, Policy::default()), state_seq }
    }

    /// The room, as far as it is there.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The hash chain after its last entry.
    #[must_use]
    pub fn link(&self) -> Link {
        self.room.log.link()
    }

    /// Whether these entries follow what is there, without gap, up to `to` and `link`.
    #[must_use]
    pub fn is_next(&self, chunks: &[Vec<Told<'_>>], to: Seq, link: Link) -> bool {
        let mut at = (self.room.head(), self.link());
        for (line, entry) in chunks.iter().flatten() {
            let Some(seq) = at.0.next().filter(|next| *next == entry.seq()) else {
                return false;
            };
            let Some(link) = at.1.then_stored(line, entry) else {
                return false;
            };
            at = (seq, link);
        }
        at == (to, link)
    }

    /// What must be known of the past to tell these entries.
    #[must_use]
    pub fn needs(&self, entries: &[Told<'_>]) -> Needs {
        let mut messages = Vec::new();
        for (_, entry) in entries {
            messages.extend(entry.target());
            if let Entry::Message(Message { thread, .. })
            | Entry::Redacted(Redacted { thread, .. }) = entry
            {
                messages.extend(*thread);
            }
        }
        messages.retain(|seq| *seq <= self.room.head());
        messages.sort_unstable();
        messages.dedup();
        let user = entries.first().map(|(_, entry)| entry.by());
        Needs { user, messages, ..Needs::default() }
    }

    /// Tells the next entries, which is one chunk, and answers what to store.
    pub fn tell(&mut self, entries: Vec<Told<'_>>, known: Known) -> Option<Commit> {
        let room = &mut self.room;
        known.messages.into_iter().for_each(|state| room.messages.said(state));
        for (line, entry) in entries {
            room.log.take_back(line, &entry)?;
            if let Some(send) = LastSend::of(&entry) {
                room.nonces.record(send);
            }
            room.fold(entry, self.state_seq);
        }
        let mut effects = Effects::default();
        room.flush(room.log.head_at(), &mut effects);
        room.messages.forget();
        effects.0.into_iter().find_map(|effect| match effect {
            Effect::Commit(commit) => Some(commit),
            Effect::Found { .. }
            | Effect::Broadcast(_)
            | Effect::Serve { .. }
            | Effect::Send { .. }
            | Effect::Replay { .. }
            | Effect::Keep { .. }
            | Effect::Close { .. }
            | Effect::Answer { .. }
            | Effect::WakeAt(_)
            | Effect::Gone => None,
        })
    }

    /// What others must learn of a room that is back.
    #[must_use]
    pub fn finish(&self) -> Vec<Write> {
        let room = &self.room;
        let (seq, at) = (room.log.head(), room.log.head_at());
        let membership = |member: &Member| {
            let Member { user, role, joined_at, .. } = *member;
            Write::Notice(Notice::Membership { user, role: Some(role), seq, at: joined_at })
        };
        let archived = Mark { seq, at, link: room.log.link() };
        let archive = Archive { archived, is_drained: true, ..room.archive };
        let mut writes = vec![Write::Archive(archive)];
        writes.push(Write::Notice(room.room_notice(seq, at, false)));
        writes.extend(room.roster.all().map(membership));
        let users = room.roster.all().map(|member| member.user).collect();
        writes.push(Write::Notice(Notice::Standing { users }));
        writes
    }
}

/// Reads stored lines, cut into what becomes one chunk each: no chunk begins on one day and goes on
/// on another.
///
/// # Errors
/// [`Violation::Malformed`] if a line is no entry, or of a later version.
pub fn cut(lines: &str) -> Result<Vec<Vec<Told<'_>>>, Violation> {
    let mut chunks: Vec<Vec<Told<'_>>> = Vec::new();
    let (mut n_bytes, mut day) = (0_usize, 0);
    for line in lines.split('\n').filter(|line| !line.is_empty()) {
        let entry = decode_entry(line)?.ok_or(Violation::Malformed)?;
        n_bytes = n_bytes.saturating_add(line.len());
        let today = entry.at().0 / DAY_MS;
        if n_bytes > CHUNK_BYTES_MAX || today != day || chunks.is_empty() {
            chunks.push(Vec::new());
            (n_bytes, day) = (line.len(), today);
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push((line, entry));
        }
    }
    Ok(chunks)
}

impl Room {
    /// Does again what an entry did that was just taken back.
    fn fold(&mut self, entry: Entry, state_seq: Seq) {
        if entry.seq() > state_seq {
            self.fold_state(&entry);
        }
        match entry {
            Entry::Message(message) => self.fold_message(message),
            Entry::Edit(Edit { target, body, .. }) => self.edited(target, body),
            Entry::Redact(Redact { stamp, target, .. }) => self.redacted(stamp.by, target),
            Entry::React(React { stamp, target, emoji, on, .. }) => {
                // What expired has no reactions.
                if self.messages.get(target).is_some() {
                    self.reacted(stamp.by, target, emoji, on);
                }
            }
            Entry::Pin(Pin { target, on, .. }) => self.pinned(target, on),
            Entry::Redacted(Redacted { target: Some(target), .. }) => {
                self.edited(target, String::new());
            }
            Entry::Redacted(Redacted { stamp, target: None, thread, .. }) => {
                self.has_said(MessageState::new(stamp.seq, stamp.by, thread, String::new()));
            }
            Entry::Moderate(Moderate { stamp, user, act }) => {
                self.moderated(stamp.by, user, act, String::new());
            }
            Entry::Settings(Changed { stamp, .. }) => {
                self.deed(Deed::new(stamp.by, DeedKind::Settings, None));
            }
            Entry::Join(_) | Entry::Leave(_) => {}
        }
    }

    fn fold_message(&mut self, message: Message) {
        let Message { stamp: Stamp { seq, at, by }, body, thread, attachments, .. } = message;
        let state = MessageState::new(seq, by, thread, body);
        let ids = attachments.iter().map(|file| file.id).collect();
        for file in attachments {
            self.also(Write::Upload(Upload { id: file.id, by, at, file: Some(file) }));
        }
        self.has_said(MessageState { attachments: ids, ..state });
    }

    /// The same for what is known otherwise of earlier entries: members and settings.
    fn fold_state(&mut self, entry: &Entry) {
        let Stamp { seq, at, by } = entry.stamp();
        match entry {
            Entry::Settings(Changed { change, .. }) => self.changed(change.clone()),
            Entry::Join(Join { name, role, .. }) => {
                let (name, role) = (name.clone(), *role);
                let (joined_at, read, muted_until) = (at, seq, None);
                self.keep(Member { user: by, name, role, joined_at, read, muted_until });
            }
            Entry::Leave(_) => self.lose(by),
            Entry::Moderate(Moderate { user, act, .. }) => self.fold_act((at, by), *user, *act),
            Entry::Message(_)
            | Entry::Edit(_)
            | Entry::Redact(_)
            | Entry::React(_)
            | Entry::Pin(_)
            | Entry::Redacted(_) => {}
        }
    }

    fn fold_act(&mut self, (at, by): (Timestamp, UserId), user: UserId, act: Moderation) {
        let member = self.roster.get(user).cloned();
        match (act, member) {
            (Moderation::Role { role }, Some(member)) => {
                self.keep(Member { role, ..member });
                if role == Role::Owner
                    && let Some(giver) = self.roster.get(by).cloned()
                {
                    self.keep(Member { role: Role::Moderator, ..giver });
                }
            }
            (Moderation::Mute { until }, Some(member)) => {
                self.keep(Member { muted_until: Some(until), ..member });
            }
            (Moderation::Unmute, Some(member)) => self.keep(Member { muted_until: None, ..member }),
            (Moderation::Kick, _) => self.lose(user),
            (Moderation::Ban, member) => {
                let name = member.map(|member| member.name).unwrap_or_default();
                self.also(Write::Ban(Ban { user, name, by, at, reason: String::new() }));
                self.lose(user);
            }
            (Moderation::Unban, _) => self.also(Write::NoBan(user)),
            (Moderation::Role { .. } | Moderation::Mute { .. } | Moderation::Unmute, None) => {}
        }
    }

    fn keep(&mut self, member: Member) {
        self.roster.put(member.clone());
        self.also(Write::Member(member));
    }

    fn lose(&mut self, user: UserId) {
        self.roster.remove(user);
        self.also(Write::NoMember(user));
        self.inboxes.left(user);
    }
}
