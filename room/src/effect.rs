//! What the shell must do, in order.

use protocol::{
    Attachment, AttachmentId, CloseCode, Denial, Ending, Epoch, InviteId, Link, Role, Seq,
    SessionId, Timestamp, UserId,
};

use crate::archive::Archive;
use crate::input::RequestId;
use crate::message::MessageState;
use crate::nonces::LastSend;
use crate::roster::Member;
use crate::sessions::SocketState;
use crate::snapshot::{Invite, Settings};
use crate::waves::Wave;

/// One thing that the shell must do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Create the tables and store what the room is. First effect of a new room, never again.
    Found {
        /// What it is called, and who may enter.
        settings: Settings,
        /// The incarnation of its log.
        epoch: Epoch,
    },
    /// Store all of this, atomically.
    Commit(Commit),
    /// Send one frame to every live session, that is, every one that said `hello`.
    Broadcast(String),
    /// Send one frame to the live sessions of one wave.
    Serve {
        /// Receivers.
        wave: Wave,
        /// The frame.
        frame: String,
    },
    /// Send one frame to one session.
    Send {
        /// Receiver.
        session: SessionId,
        /// The frame.
        frame: String,
    },
    /// Send the stored lines after `after`, oldest first, as they are, to one session.
    Replay {
        /// Receiver.
        session: SessionId,
        /// Exclusive lower bound.
        after: Seq,
    },
    /// Write this on the socket, so that it survives hibernation.
    Keep {
        /// The socket.
        session: SessionId,
        /// What to write.
        state: SocketState,
    },
    /// Close this socket and forget it; no [`crate::Input::Disconnected`] is due for it.
    Close {
        /// The socket.
        session: SessionId,
        /// Why.
        code: CloseCode,
    },
    /// Answer a request.
    Answer {
        /// Which.
        request: RequestId,
        /// What to say.
        answer: Result<Answer, Denial>,
    },
    /// Call back with [`crate::Input::Woke`] at this time or soon after, instead of when an earlier
    /// call said; `None`: do not call back, so that the room may hibernate.
    WakeAt(Option<Timestamp>),
    /// The room was deleted: forget it. Nobody can reach it any more. Last effect of a room.
    Gone,
}

/// What is stored in one transaction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commit {
    /// The accepted entries: one flush. `None` if something changed that is no entry.
    pub chunk: Option<Chunk>,
    /// What changes beside the log, in order; of two about the same thing the later one counts.
    pub writes: Vec<Write>,
}

/// One flush in storage: the exact text that is broadcast.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chunk {
    /// First entry.
    pub first_seq: Seq,
    /// Last entry.
    pub last_seq: Seq,
    /// When the first entry was accepted.
    pub first_at: Timestamp,
    /// When the last entry was accepted.
    pub last_at: Timestamp,
    /// The lines, joined by newlines.
    pub lines: String,
    /// The hash chain after the last entry (rule EN5).
    pub link: Link,
}

/// A change beside the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Write {
    /// Insert or replace a member.
    Member(Member),
    /// Delete a member.
    NoMember(UserId),
    /// Insert or replace a ban.
    Ban(Ban),
    /// Delete a ban.
    NoBan(UserId),
    /// Replace the settings.
    Settings(Settings),
    /// Insert or replace an invite.
    Invite(Invite),
    /// Delete an invite.
    NoInvite(InviteId),
    /// Insert or replace the state of an amended message.
    Message(MessageState),
    /// Insert or delete one member's reaction to a message.
    Reaction {
        /// The message.
        target: Seq,
        /// The reaction.
        emoji: String,
        /// Whose.
        user: UserId,
        /// Whether to insert it.
        on: bool,
    },
    /// Insert a message into a thread.
    Reply {
        /// The thread's first message.
        thread: Seq,
        /// The message.
        seq: Seq,
    },
    /// Replace the lines of a message and its edits by what [`protocol::codec::erase_line`] makes
    /// of them, delete its reactions and its terms in the index, and remember `revision`.
    Erase {
        /// The message.
        target: Seq,
        /// Its edits.
        edits: Vec<Seq>,
        /// The entry that erased it.
        revision: Seq,
    },
    /// Insert a file that is being uploaded.
    Upload(Upload),
    /// A file is there in full; [`Upload::file`] is this now.
    Uploaded(Attachment),
    /// A file came with a message: it is no upload any more.
    Attached {
        /// The file.
        attachment: AttachmentId,
        /// The message.
        seq: Seq,
    },
    /// Insert an act into the moderation log.
    Deed(Deed),
    /// Set how far a member has read.
    Read {
        /// Who.
        user: UserId,
        /// How far.
        seq: Seq,
    },
    /// Replace the list of those who take no messages here (rule PE3).
    Blockers(Vec<UserId>),
    /// Replace what has ended of a user's sign-ins and tokens; nothing for nothing (rule TK5).
    Endings {
        /// Whose.
        user: UserId,
        /// What.
        endings: Vec<Ending>,
    },
    /// Replace the list of those who were told of something unread, and of what.
    Told(Vec<(UserId, Seq)>),
    /// Insert what others must learn, at least once.
    Notice(Notice),
    /// Replace the checkpoint: the last send of every device up to the chunk's end.
    Checkpoint(Vec<LastSend>),
    /// Replace how far the log is archived.
    Archive(Archive),
    /// Delete the entries up to `upto`, which ends a chunk, with everything that is known of them;
    /// a notice to delete their files takes its place.
    Expire {
        /// The last entry that goes.
        upto: Seq,
        /// Whether to keep which edits an erased message had: the archive asks for them yet.
        keeps_erasures: bool,
    },
    /// Delete everything except the notices; the room does not exist any more.
    Everything,
}

/// Somebody who may not join.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ban {
    /// Who.
    pub user: UserId,
    /// The display name, if the user was a member.
    pub name: String,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Why; may be empty.
    pub reason: String,
}

/// A file on its way from a member to a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Upload {
    /// The file.
    pub id: AttachmentId,
    /// Whose.
    pub by: UserId,
    /// Since when.
    pub at: Timestamp,
    /// The file, once it is there in full.
    pub file: Option<Attachment>,
}

/// Something that a moderator did (rule MB12).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deed {
    /// The entry, or the last one before it for an act that is none.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
    /// What.
    pub kind: DeedKind,
    /// To whom.
    pub user: Option<UserId>,
    /// To which message.
    pub target: Option<Seq>,
    /// Which role was given.
    pub role: Option<Role>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Why; may be empty.
    pub reason: String,
}

/// What a moderator can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeedKind {
    /// Added a member.
    Add,
    /// Gave a role.
    Role,
    /// Removed a member.
    Kick,
    /// Removed somebody, and keeps them out.
    Ban,
    /// Lifted a ban.
    Unban,
    /// Muted a member.
    Mute,
    /// Ended a mute.
    Unmute,
    /// Erased somebody's message.
    Redact,
    /// Changed the room's settings.
    Settings,
}

impl DeedKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Add,
        Self::Role,
        Self::Kick,
        Self::Ban,
        Self::Unban,
        Self::Mute,
        Self::Unmute,
        Self::Redact,
        Self::Settings,
    ];

    /// The kind's name on the wire and in rows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Role => "role",
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::Mute => "mute",
            Self::Unmute => "unmute",
            Self::Redact => "redact",
            Self::Settings => "settings",
        }
    }
}

/// Something that others must learn, at least once, in any order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// For the index of rooms: the room is called this.
    Room {
        /// What it is called, and who may enter.
        settings: Settings,
        /// Who owns it; nobody owns a direct room, or an empty one.
        owner: Option<UserId>,
        /// The entry that made it so; a lower one never replaces a higher one.
        seq: Seq,
        /// When.
        at: Timestamp,
        /// Whether it was deleted.
        deleted: bool,
    },
    /// For the index of rooms: a membership began, changed or ended.
    Membership {
        /// Whose.
        user: UserId,
        /// What the user is now; `None` for one who left.
        role: Option<Role>,
        /// The entry that made it so; a lower one never replaces a higher one.
        seq: Seq,
        /// When.
        at: Timestamp,
    },
    /// For the index of rooms: something is not archived.
    Unarchived {
        /// An entry that is not.
        seq: Seq,
        /// When the first such entry was accepted.
        at: Timestamp,
    },
    /// For the inboxes of these users: their standing in the room changed. What it is now is read
    /// when the notice is delivered, so a repetition or an overtaking changes nothing.
    Standing {
        /// Who.
        users: Vec<UserId>,
    },
    /// For the store of files: these are to be deleted.
    Files {
        /// The files.
        files: Vec<AttachmentId>,
    },
    /// For the store of files: all of the room's are to be deleted.
    AllFiles,
}

/// What a request that was not refused is answered with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// What was asked is so now, and is stored.
    Done,
    /// This invite is open now.
    Invited(Invite),
}

/// The effects of one input, to be executed front to back, in one turn without `await`.
#[derive(Debug, Default)]
#[must_use = "a room's decision is lost unless its effects are executed"]
pub struct Effects(pub Vec<Effect>);

impl Effects {
    pub(crate) fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }

    /// Stores something that is no entry.
    pub(crate) fn write(&mut self, writes: Vec<Write>) {
        if !writes.is_empty() {
            self.push(Effect::Commit(Commit { chunk: None, writes }));
        }
    }
}
