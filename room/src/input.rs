//! What can happen to a room.

use protocol::archive::Fence;
use protocol::codec::Violation;
use protocol::{
    Attachment, AttachmentId, Change, ClientLine, Ending, Epoch, Grant, InviteId, Link, Role, Seq,
    SessionId, Timestamp, UserId,
};

use crate::archive::Range;
use crate::message::MessageState;
use crate::room::Said;
use crate::snapshot::Settings;

/// Everything that can happen to a room.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket was accepted for `user`, whom [`crate::Room::role`] knows.
    Connected {
        /// The new socket.
        session: SessionId,
        /// Its authenticated owner.
        user: UserId,
        /// What let the owner in, if the Worker said so. The shell has asked whether
        /// [`crate::Room::has_ended`].
        grant: Option<Grant>,
    },
    /// A frame arrived.
    Frame {
        /// On this socket.
        session: SessionId,
        /// What it holds, as the codec sees it.
        frame: Result<Vec<ClientLine>, Violation>,
        /// What storage knows of what [`crate::Room::needs`] named for this frame.
        known: Known,
    },
    /// The socket is gone, or the shell lost it.
    Disconnected {
        /// That socket.
        session: SessionId,
    },
    /// Somebody asks over HTTP; answered with [`crate::Effect::Answer`].
    Request {
        /// The shell's name for the request.
        request: RequestId,
        /// What is asked.
        act: Act,
    },
    /// The archive job asks; answered with [`crate::Effect::Answer`].
    Archive {
        /// The shell's name for the request.
        request: RequestId,
        /// What is asked.
        act: Archiving,
    },
    /// Somebody is about to read the log from storage: store what waits.
    Flush,
    /// A notice of this user's standing was delivered, and the user's inbox is open (rule IB2).
    Watching {
        /// Who.
        user: UserId,
    },
    /// Some of a user's sign-ins and tokens have ended (rule TK5); at least once.
    SignedOut {
        /// Whose.
        user: UserId,
        /// Which.
        ending: Ending,
    },
    /// The time that the room asked for has come, or the room was just restored.
    Woke,
}

/// What the room must know of the past to judge a frame.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Needs {
    /// Who sent the frame, if it needs anything.
    pub user: Option<UserId>,
    /// These messages, and which reactions `user` gave to them.
    pub messages: Vec<Seq>,
    /// These uploads of `user`.
    pub uploads: Vec<AttachmentId>,
}

/// What storage knows of it; what does not exist is left out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Known {
    /// The messages that exist, those that were erased included. Other entries are none.
    pub messages: Vec<MessageState>,
    /// The reactions that the user gave to these messages.
    pub reactions: Vec<(Seq, String)>,
    /// The user's uploads that are complete and came with no message.
    pub uploads: Vec<Attachment>,
}

/// The shell's name for a request that waits for an answer; unique among those that wait.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub u64);

/// What may be asked over HTTP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Become a member.
    Join {
        /// Who.
        user: UserId,
        /// The display name.
        name: String,
        /// With this invite, if the user has one.
        invite: Option<InviteId>,
    },
    /// Cease to be one.
    Leave {
        /// Who.
        user: UserId,
    },
    /// Make somebody a member.
    Add {
        /// Who asks.
        by: UserId,
        /// Whom.
        user: UserId,
        /// The display name.
        name: String,
    },
    /// Change the settings.
    Change {
        /// Who asks.
        by: UserId,
        /// What.
        change: Change,
    },
    /// Do something to another.
    Moderate {
        /// Who asks.
        by: UserId,
        /// To whom.
        user: UserId,
        /// What.
        demand: Demand,
        /// Why; may be empty.
        reason: String,
    },
    /// Open an invite; answered with [`crate::Answer::Invited`].
    Invite {
        /// Who asks.
        by: UserId,
        /// The invite's id; fresh and random.
        invite: InviteId,
        /// Milliseconds that it lasts, if the caller has a wish.
        expires_in_ms: Option<u64>,
        /// How often it can be used, if the caller has a wish.
        uses: Option<u32>,
    },
    /// Close an invite.
    Revoke {
        /// Who asks.
        by: UserId,
        /// Which.
        invite: InviteId,
    },
    /// Begin to upload a file.
    Upload {
        /// Who asks.
        by: UserId,
        /// The file's id; fresh and random.
        id: AttachmentId,
        /// How long it is.
        bytes: u64,
        /// How many uploads of this user storage holds.
        n_uploads: usize,
    },
    /// A file is there in full. The shell asks this only about an upload of this user.
    Uploaded {
        /// Who asks.
        by: UserId,
        /// The file.
        file: Attachment,
    },
    /// Have read everything up to here.
    Read {
        /// Who.
        user: UserId,
        /// The last entry that was seen.
        seq: Seq,
    },
    /// Do something that costs the room work, and is a member's right otherwise (rule RL3).
    Ask {
        /// Who.
        user: UserId,
    },
    /// Read what takes the room some work to find (rule RL3).
    Look {
        /// Who.
        user: UserId,
    },
    /// Delete the room.
    Delete {
        /// Who asks.
        by: UserId,
    },
    /// Be called this from now on (rule PE1).
    Rename {
        /// Who.
        user: UserId,
        /// The display name.
        name: String,
    },
    /// Be gone: the account was deleted (rule PE4).
    Depart {
        /// Who.
        user: UserId,
    },
    /// Take messages of the other one in this direct room, or none (rule PE3).
    Block {
        /// Who.
        by: UserId,
        /// Whether none.
        on: bool,
    },
}

/// What the archive job may ask.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Archiving {
    /// Fix what will be archived next; [`crate::Room::archive`] tells what that is.
    Seal {
        /// The job's lease.
        fence: Fence,
        /// What storage has next: whole chunks after what was acknowledged, as many as the job
        /// wants at once.
        next: Option<Range>,
    },
    /// What is fixed is archived.
    Acknowledge {
        /// The job's lease.
        fence: Fence,
        /// Its last entry.
        to: Seq,
        /// The hash chain after it, as the job computed it.
        link: Link,
        /// When the first entry after it was accepted, if storage has one.
        next_at: Option<Timestamp>,
    },
    /// Forget what is old.
    Expire {
        /// The job's lease.
        fence: Fence,
        /// The last entry of what storage has that is old enough: whole chunks, a bounded batch.
        upto: Option<Seq>,
    },
    /// Erase what a user said.
    Erase {
        /// The job's lease.
        fence: Fence,
        /// Whose words.
        user: UserId,
        /// What storage has of them: a bounded batch.
        said: Said,
    },
    /// Begin or end a legal hold.
    Hold {
        /// Whether it begins.
        on: bool,
    },
    /// Delete the room, whoever owns it.
    Delete,
}

/// What a moderator wants done to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Demand {
    /// Give this role.
    Role(Role),
    /// Remove.
    Kick,
    /// Remove, and keep out.
    Ban,
    /// Let in again.
    Unban,
    /// Mute for so many milliseconds; zero ends a mute.
    Mute(u64),
}

/// What a new room is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Founding {
    /// What it is called, and who may enter.
    pub settings: Settings,
    /// The incarnation of its log; fresh and random.
    pub epoch: Epoch,
    /// The first members with their display names: the owner alone, or, of a direct room, all.
    pub people: Vec<(UserId, String)>,
}
