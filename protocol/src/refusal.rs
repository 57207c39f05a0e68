//! How the room says no: refusals of one act, and close codes that end a session.

use serde::{Deserialize, Serialize};

/// Why one act will not happen. Part of the wire contract, on the socket and over HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nothing but white space.
    #[error("a message needs at least one visible character")]
    BodyEmpty,
    /// More than [`crate::limits::BODY_BYTES_MAX`] bytes.
    #[error("the message is too long; split it")]
    BodyTooLong,
    /// A nonce that is not higher than the last one accepted from the device.
    #[error("this nonce was used already; send again with a higher one")]
    StaleNonce,
    /// The room has no seq left.
    #[error("the room's log is full")]
    LogFull,
    /// [`crate::limits::MEMBERS_MAX`] members are in.
    #[error("the room is full; ask somebody to leave it")]
    RoomFull,
    /// The owner of a room with other members cannot leave it.
    #[error("the owner cannot leave while others are in the room")]
    OwnerStays,
    /// The act needs membership.
    #[error("you are not a member of this room; join it first")]
    NotAMember,
    /// There is no such message in this room.
    #[error("there is no such message in this room")]
    NoSuchMessage,
    /// This message was deleted.
    #[error("this message was deleted")]
    #[serde(rename = "redacted")]
    IsRedacted,
    /// Only its author may edit a message.
    #[error("only its author may edit a message")]
    NotYours,
    /// Your role in this room does not allow this; ask a moderator.
    #[error("your role in this room does not allow this; ask a moderator")]
    NotAllowed,
    /// Only moderators write in this room.
    #[error("only moderators write in this room")]
    AnnouncementOnly,
    /// This room is archived; nobody can write in it.
    #[error("this room is archived; nobody can write in it")]
    RoomArchived,
    /// A moderator muted you; wait until the mute ends.
    #[error("a moderator muted you; wait until the mute ends")]
    Muted,
    /// This room is in slow mode; wait before you write again.
    #[error("this room is in slow mode; wait before you write again")]
    SlowMode,
    /// That was a lot at once; wait a moment.
    #[error("that was a lot at once; wait a moment")]
    RateLimited,
    /// You were banned from this room; ask a moderator.
    #[error("you were banned from this room; ask a moderator")]
    Banned,
    /// This room is private; ask a member for an invite.
    #[error("this room is private; ask a member for an invite")]
    NeedsInvite,
    /// This invite has expired or was used up; ask for a new one.
    #[error("this invite has expired or was used up; ask for a new one")]
    InviteSpent,
    /// The room has too many open invites; revoke some.
    #[error("the room has too many open invites; revoke some")]
    TooManyInvites,
    /// A room needs an owner; make somebody else the owner instead.
    #[error("a room needs an owner; make somebody else the owner instead")]
    LastOwner,
    /// The members of a direct room are fixed; start another one.
    #[error("the members of a direct room are fixed; start another one")]
    DirectFixed,
    /// That is so already.
    #[error("that is so already")]
    Unchanged,
    /// A reaction is one emoji.
    #[error("a reaction is one emoji")]
    EmojiInvalid,
    /// This message has too many different reactions; use one of them.
    #[error("this message has too many different reactions; use one of them")]
    TooManyReactions,
    /// The room has too many pins; unpin something first.
    #[error("the room has too many pins; unpin something first")]
    TooManyPins,
    /// Nobody of that name is in this room.
    #[error("nobody of that name is in this room")]
    NoSuchMember,
    /// The message mentions too many people; use fewer.
    #[error("the message mentions too many people; use fewer")]
    TooManyMentions,
    /// A thread begins at a message that is in no thread itself.
    #[error("a thread begins at a message that is in no thread itself")]
    NoSuchThread,
    /// This file was not uploaded here, or came with a message already; add it again.
    #[error("this file was not uploaded here, or came with a message already; add it again")]
    NoSuchAttachment,
    /// The message has too many files; send some of them separately.
    #[error("the message has too many files; send some of them separately")]
    TooManyAttachments,
    /// The file is too large.
    #[error("the file is too large")]
    AttachmentTooLarge,
    /// The room has too many bans; lift some.
    #[error("the room has too many bans; lift some")]
    TooManyBans,
    /// This message was edited too often; write another one.
    #[error("this message was edited too often; write another one")]
    TooManyEdits,
    /// A setting is out of its bounds.
    #[error("a setting is out of its bounds")]
    SettingInvalid,
    /// A search needs a word or a filter.
    #[error("a search needs a word or a filter")]
    QueryEmpty,
    /// The search cannot be read; check its dates and quotes.
    #[error("the search cannot be read; check its dates and quotes")]
    QueryInvalid,
    /// This token may not do that; make one with the scope `write`.
    #[error("this token may not do that; make one with the scope `write`")]
    ScopeMissing,
    /// This person does not take messages from you.
    #[error("this person does not take messages from you")]
    Blocked,
    /// A legal hold is on this room: nothing in it can be erased until the hold ends.
    #[error("a legal hold is on this room: nothing in it can be erased until the hold ends")]
    Held,
    /// Another archive job works on this room; take a new lease.
    #[error("another archive job works on this room; take a new lease")]
    Fenced,
    /// Nothing is sealed; seal first.
    #[error("nothing is sealed; seal first")]
    NothingSealed,
    /// This is not what was sealed; look before you archive it again.
    #[error("this is not what was sealed; look before you archive it again")]
    LinkMismatch,
    /// A code of a later version; no room of this one says it.
    #[error("refused for a reason that this version does not know; reload")]
    #[serde(other)]
    Unknown,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 44] = [
        Self::BodyEmpty,
        Self::BodyTooLong,
        Self::StaleNonce,
        Self::LogFull,
        Self::RoomFull,
        Self::OwnerStays,
        Self::NotAMember,
        Self::NoSuchMessage,
        Self::IsRedacted,
        Self::NotYours,
        Self::NotAllowed,
        Self::AnnouncementOnly,
        Self::RoomArchived,
        Self::Muted,
        Self::SlowMode,
        Self::RateLimited,
        Self::Banned,
        Self::NeedsInvite,
        Self::InviteSpent,
        Self::TooManyInvites,
        Self::LastOwner,
        Self::DirectFixed,
        Self::Unchanged,
        Self::EmojiInvalid,
        Self::TooManyReactions,
        Self::TooManyPins,
        Self::NoSuchMember,
        Self::TooManyMentions,
        Self::NoSuchThread,
        Self::NoSuchAttachment,
        Self::TooManyAttachments,
        Self::AttachmentTooLarge,
        Self::TooManyBans,
        Self::TooManyEdits,
        Self::SettingInvalid,
        Self::QueryEmpty,
        Self::QueryInvalid,
        Self::ScopeMissing,
        Self::Blocked,
        Self::Held,
        Self::Fenced,
        Self::NothingSealed,
        Self::LinkMismatch,
        Self::Unknown,
    ];

    /// The stable code: the same on the socket and in a problem answer.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BodyEmpty => "body_empty",
            Self::BodyTooLong => "body_too_long",
            Self::StaleNonce => "stale_nonce",
            Self::LogFull => "log_full",
            Self::RoomFull => "room_full",
            Self::OwnerStays => "owner_stays",
            Self::NotAMember => "not_a_member",
            Self::NoSuchMessage => "no_such_message",
            Self::IsRedacted => "redacted",
            Self::NotYours => "not_yours",
            Self::NotAllowed => "not_allowed",
            Self::AnnouncementOnly => "announcement_only",
            Self::RoomArchived => "room_archived",
            Self::Muted => "muted",
            Self::SlowMode => "slow_mode",
            Self::RateLimited => "rate_limited",
            Self::Banned => "banned",
            Self::NeedsInvite => "needs_invite",
            Self::InviteSpent => "invite_spent",
            Self::TooManyInvites => "too_many_invites",
            Self::LastOwner => "last_owner",
            Self::DirectFixed => "direct_fixed",
            Self::Unchanged => "unchanged",
            Self::EmojiInvalid => "emoji_invalid",
            Self::TooManyReactions => "too_many_reactions",
            Self::TooManyPins => "too_many_pins",
            Self::NoSuchMember => "no_such_member",
            Self::TooManyMentions => "too_many_mentions",
            Self::NoSuchThread => "no_such_thread",
            Self::NoSuchAttachment => "no_such_attachment",
            Self::TooManyAttachments => "too_many_attachments",
            Self::AttachmentTooLarge => "attachment_too_large",
            Self::TooManyBans => "too_many_bans",
            Self::TooManyEdits => "too_many_edits",
            Self::SettingInvalid => "setting_invalid",
            Self::QueryEmpty => "query_empty",
            Self::QueryInvalid => "query_invalid",
            Self::ScopeMissing => "scope_missing",
            Self::Blocked => "blocked",
            Self::Held => "held",
            Self::Fenced => "fenced",
            Self::NothingSealed => "nothing_sealed",
            Self::LinkMismatch => "link_mismatch",
            Self::Unknown => "unknown",
        }
    }
}

/// A refusal with what its receiver needs to know beside its code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Denial {
    /// Why.
    pub code: Refusal,
    /// Milliseconds after which a repetition may succeed, if waiting helps.
    pub retry_after_ms: Option<u64>,
}

impl Denial {
    /// A refusal that waiting helps.
    #[must_use]
    pub const fn until(code: Refusal, retry_after_ms: u64) -> Self {
        Self { code, retry_after_ms: Some(retry_after_ms) }
    }
}

impl From<Refusal> for Denial {
    fn from(code: Refusal) -> Self {
        Self { code, retry_after_ms: None }
    }
}

/// Why a session ends. The number carries the policy: see [`CloseCode::may_reconnect`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseCode {
    /// The room starts anew.
    Restart,
    /// No `hello` in time.
    HelloLate,
    /// A frame that is not of this protocol.
    Malformed,
    /// The same device connected again.
    Superseded,
    /// A frame or its number of lines is over the limit.
    TooLong,
    /// A line before `hello`, or a second `hello`.
    OutOfTurn,
    /// The user left the room.
    Left,
    /// Another session of the user took the last place.
    TooManySessions,
    /// A moderator removed the user from the room.
    Kicked,
    /// A moderator banned the user from the room.
    Banned,
    /// The room was deleted.
    RoomDeleted,
    /// The sign-in or token of this socket has ended.
    SignedOut,
}

impl CloseCode {
    /// Every close code of the protocol.
    pub const ALL: [Self; 12] = [
        Self::Restart,
        Self::HelloLate,
        Self::Malformed,
        Self::Superseded,
        Self::TooLong,
        Self::OutOfTurn,
        Self::Left,
        Self::TooManySessions,
        Self::Kicked,
        Self::Banned,
        Self::RoomDeleted,
        Self::SignedOut,
    ];

    /// The number in the WebSocket close frame.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Restart => 4000,
            Self::HelloLate => 4001,
            Self::Malformed => 4500,
            Self::Superseded => 4501,
            Self::TooLong => 4502,
            Self::OutOfTurn => 4504,
            Self::Left => 4505,
            Self::TooManySessions => 4506,
            Self::Kicked => 4507,
            Self::Banned => 4508,
            Self::RoomDeleted => 4509,
            Self::SignedOut => 4510,
        }
    }

    /// The name, sent as the close reason and in `bye`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::HelloLate => "hello_late",
            Self::Malformed => "malformed",
            Self::Superseded => "superseded",
            Self::TooLong => "too_long",
            Self::OutOfTurn => "out_of_turn",
            Self::Left => "left",
            Self::TooManySessions => "too_many_sessions",
            Self::Kicked => "kicked",
            Self::Banned => "banned",
            Self::RoomDeleted => "room_deleted",
            Self::SignedOut => "signed_out",
        }
    }

    /// The name of a close number that this protocol defines.
    #[must_use]
    pub fn name_of(number: u16) -> Option<&'static str> {
        Self::ALL.into_iter().find(|code| code.number() == number).map(Self::name)
    }

    /// Whether a client reconnects after a close with this number: everything except 4500–4999.
    #[must_use]
    pub const fn may_reconnect(number: u16) -> bool {
        !matches!(number, 4500..=4999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cc1_the_number_carries_the_policy() {
        for code in CloseCode::ALL {
            let again = matches!(code, CloseCode::Restart | CloseCode::HelloLate);
            assert_eq!(CloseCode::may_reconnect(code.number()), again, "{code:?}");
            assert_eq!(CloseCode::name_of(code.number()), Some(code.name()));
        }
        assert!(CloseCode::may_reconnect(1006));
        assert!(!CloseCode::may_reconnect(4999));
    }

    #[test]
    fn a_refusal_is_its_code_on_the_wire() {
        for refusal in Refusal::ALL {
            let line = serde_json::to_string(&refusal).unwrap();
            assert_eq!(line, format!("\"{}\"", refusal.code()));
            assert_eq!(serde_json::from_str::<Refusal>(&line).unwrap(), refusal);
        }
    }
}
