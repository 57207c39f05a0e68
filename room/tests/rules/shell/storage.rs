//! What a store keeps of the commits of a room, as far as a room asks for it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::codec::{decode_entry, erase_line};
use protocol::{Attachment, AttachmentId, Ending, Entry, InviteId, Seq, UserId};
use room::{Archive, Commit, Invite, Known, Member, MessageState, Needs, Notice, Snapshot, Write};

/// The rows of one room.
#[derive(Default)]
pub(crate) struct Storage {
    pub(crate) lines: BTreeMap<Seq, String>,
    pub(crate) messages: BTreeMap<Seq, MessageState>,
    reactions: BTreeSet<(Seq, UserId, String)>,
    pub(crate) members: BTreeMap<UserId, Member>,
    bans: BTreeSet<UserId>,
    invites: BTreeMap<InviteId, Invite>,
    blockers: Vec<UserId>,
    endings: BTreeMap<UserId, Vec<Ending>>,
    told: Vec<(UserId, Seq)>,
    settings: Option<room::Settings>,
    revision: Seq,
    archive: Archive,
    uploads: BTreeMap<(UserId, AttachmentId), Option<Attachment>>,
}

impl Storage {
    pub(crate) fn keep(&mut self, commit: &Commit) {
        let lines = commit.chunk.iter().flat_map(|chunk| chunk.lines.split('\n'));
        for line in lines {
            let entry = decode_entry(line).unwrap().unwrap();
            self.lines.insert(entry.seq(), line.to_owned());
            if let Entry::Message(message) = entry {
                let (seq, by) = (message.stamp.seq, message.stamp.by);
                let mut state = MessageState::new(seq, by, message.thread, message.body);
                state.attachments = message.attachments.iter().map(|file| file.id).collect();
                self.messages.insert(seq, state);
            }
        }
        for write in &commit.writes {
            self.write(write.clone());
        }
    }

    pub(crate) fn known(&self, needs: &Needs) -> Known {
        let Some(user) = needs.user else {
            return Known::default();
        };
        let asked = |seq: &Seq| needs.messages.contains(seq);
        Known {
            messages: needs
                .messages
                .iter()
                .filter_map(|seq| self.messages.get(seq).cloned())
                .collect(),
            reactions: self
                .reactions
                .iter()
                .filter(|(seq, by, _)| asked(seq) && *by == user)
                .map(|(seq, _, emoji)| (*seq, emoji.clone()))
                .collect(),
            uploads: needs
                .uploads
                .iter()
                .filter_map(|id| self.uploads.get(&(user, *id))?.clone())
                .collect(),
        }
    }

    /// Adds what is stored to a snapshot that has the log's end.
    pub(crate) fn restore(&self, snapshot: Snapshot) -> Snapshot {
        let pins = self.messages.values().filter(|state| state.pinned).map(|state| state.seq);
        Snapshot {
            settings: self.settings.clone().unwrap_or(snapshot.settings),
            members: self.members.values().cloned().collect(),
            bans: self.bans.iter().copied().collect(),
            invites: self.invites.values().copied().collect(),
            pins: pins.collect(),
            blockers: self.blockers.clone(),
            endings: self.endings.clone().into_iter().collect(),
            told: self.told.clone(),
            revision: self.revision,
            archive: self.archive,
            last_message: self.messages.keys().next_back().copied().unwrap_or_default(),
            ..snapshot
        }
    }

    /// An upload that is complete.
    pub(crate) fn upload(&mut self, user: UserId, file: Attachment) {
        self.uploads.insert((user, file.id), Some(file));
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Member(member) => drop(self.members.insert(member.user, member)),
            Write::NoMember(user) => drop(self.members.remove(&user)),
            Write::Ban(ban) => drop(self.bans.insert(ban.user)),
            Write::NoBan(user) => drop(self.bans.remove(&user)),
            Write::Settings(settings) => self.settings = Some(settings),
            Write::Invite(invite) => drop(self.invites.insert(invite.id, invite)),
            Write::NoInvite(id) => drop(self.invites.remove(&id)),
            Write::Message(state) => drop(self.messages.insert(state.seq, state)),
            Write::Reaction { target, emoji, user, on: true } => {
                self.reactions.insert((target, user, emoji));
            }
            Write::Reaction { target, emoji, user, on: false } => {
                self.reactions.remove(&(target, user, emoji));
            }
            Write::Erase { target, edits, revision } => {
                for seq in edits.into_iter().chain([target]) {
                    let line = self.lines.get_mut(&seq).expect("only what is stored is erased");
                    *line = erase_line(line).unwrap();
                }
                self.reactions.retain(|(seq, ..)| *seq != target);
                self.revision = revision;
            }
            Write::Upload(upload) => drop(self.uploads.insert((upload.by, upload.id), upload.file)),
            Write::Uploaded(file) => {
                let id = file.id;
                let mut rows = self.uploads.iter_mut();
                *rows.find(|((_, known), _)| *known == id).unwrap().1 = Some(file);
            }
            Write::Attached { attachment, .. } => {
                self.uploads.retain(|(_, id), _| *id != attachment);
            }
            Write::Read { user, seq } => self.members.get_mut(&user).unwrap().read = seq,
            Write::Endings { user, endings } => drop(self.endings.insert(user, endings)),
            Write::Blockers(users) => self.blockers = users,
            Write::Told(told) => self.told = told,
            Write::Archive(archive) => self.archive = archive,
            Write::Expire { upto, .. } => {
                self.lines.retain(|seq, _| *seq > upto);
                self.messages.retain(|seq, _| *seq > upto);
                self.reactions.retain(|(seq, ..)| *seq > upto);
            }
            Write::Everything => *self = Self::default(),
            Write::Reply { .. }
            | Write::Deed(_)
            | Write::Notice(
                Notice::Room { .. }
                | Notice::Membership { .. }
                | Notice::Unarchived { .. }
                | Notice::Standing { .. }
                | Notice::Files { .. }
                | Notice::AllFiles,
            )
            | Write::Checkpoint(_) => {}
        }
    }
}
