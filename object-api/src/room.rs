//! What the Worker asks of a room object, in JSON over `fetch`; answers pass through to the caller.
//!
//! The operations are the routes below `rooms/{room}` of the public interface, one to one (see
//! `docs/protocol.md`). The Worker has verified who asks and says so in headers.

use protocol::{
    Attachment, AttachmentId, InviteCode, Role, RoomId, RoomKind, Seq, Timestamp, UserId,
};
use serde::{Deserialize, Serialize, Serializer};

/// The header that names the verified caller.
pub const USER_HEADER: &str = "maru-user";

/// The header with the caller's display name, percent-encoded: a header holds no other letters.
pub const NAME_HEADER: &str = "maru-name";

/// The header with what let the caller in, a [`protocol::Grant`].
pub const GRANT_HEADER: &str = "maru-grant";

/// `PUT /`: found a room. Answered with [`Summary`]: 201, or 200 for a direct room that existed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CreateRoom {
    /// The room's id, which is also the object's name.
    pub room: RoomId,
    /// What people call it; empty for a direct room.
    #[serde(default)]
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about; may be empty.
    #[serde(default)]
    pub topic: String,
    /// Who asks: the first member.
    pub owner: Person,
    /// The members of a direct room, the owner included or not.
    #[serde(default)]
    pub people: Vec<Person>,
}

/// Somebody with a name; also what `POST /members` takes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
}

/// `PUT /block`: whether a member of a direct room of two takes messages of the other. Answered
/// with 204.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Who.
    pub by: UserId,
    /// Whether none.
    pub on: bool,
}

/// `GET /`, and the answer to whatever makes somebody a member.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about.
    pub topic: String,
    /// Milliseconds between two messages of a member who is not a moderator; zero for none.
    pub slow_ms: u64,
    /// Whether nobody may write.
    pub archived: bool,
    /// How many members it has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
    /// What the caller is in it; `null` for one who is not a member.
    pub role: Option<Role>,
    /// The members of a direct room; empty for other kinds.
    pub people: Vec<UserId>,
}

/// `POST /invites`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct NewInvite {
    /// Milliseconds that it lasts.
    #[serde(default)]
    pub expires_in_ms: Option<u64>,
    /// How often it can be used.
    #[serde(default)]
    pub uses: Option<u32>,
}

/// An open invite.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct InviteRow {
    /// What travels in a link.
    #[serde(serialize_with = "as_text")]
    pub code: InviteCode,
    /// Who opened it.
    pub by: UserId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it can be used yet.
    pub uses_left: u32,
}

/// `GET /invites`.
#[derive(Clone, Debug, Serialize)]
pub struct Invites {
    /// The open ones.
    pub invites: Vec<InviteRow>,
}

/// `GET /invites/{invite}`: what somebody who holds an invite sees of the room.
#[derive(Clone, Debug, Serialize)]
pub struct Invitation {
    /// The room.
    pub room: ListedRoom,
    /// When the invite ends.
    pub expires_at: Timestamp,
    /// How often it can be used yet.
    pub uses_left: u32,
}

/// A room as it is shown to one who is not a member.
#[derive(Clone, Debug, Serialize)]
pub struct ListedRoom {
    /// The room.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Who may enter.
    pub kind: RoomKind,
    /// What it is about.
    pub topic: String,
    /// How many members it has.
    pub members: u32,
}

/// `GET /members?cursor=&q=`: one page of the roster, in the order of ids.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct MembersPage {
    /// At most [`protocol::limits::PAGE_MEMBERS_MAX`] members.
    pub members: Vec<MemberRow>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<UserId>,
}

/// One member on a page.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// The display name.
    pub name: String,
    /// What the member is.
    pub role: Role,
    /// Whether a session of the member is live.
    pub online: bool,
    /// Until when the member may not write.
    pub muted_until: Option<Timestamp>,
}

/// `PATCH /members/{user}`: one of the two.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ChangeMember {
    /// The role to give.
    #[serde(default)]
    pub role: Option<Role>,
    /// Milliseconds of a mute; zero ends one.
    #[serde(default)]
    pub mute_ms: Option<u64>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// `GET /bans`.
#[derive(Clone, Debug, Serialize)]
pub struct Bans {
    /// In the order of ids.
    pub bans: Vec<BanRow>,
}

/// Somebody who may not join.
#[derive(Clone, Debug, Serialize)]
pub struct BanRow {
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

/// `GET /moderation?cursor=`: one page of the moderation log, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct DeedsPage {
    /// At most 100 acts.
    pub acts: Vec<DeedRow>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<u64>,
}

/// Something that a moderator did.
#[derive(Clone, Debug, Serialize)]
pub struct DeedRow {
    /// The entry, or the last one before it.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
    /// What.
    pub act: &'static str,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// To which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Seq>,
    /// Which role was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// `GET /messages/{seq}/readers`.
#[derive(Clone, Debug, Serialize)]
pub struct Readers {
    /// How many members have read it; exact.
    pub readers: u32,
    /// How many members there are.
    pub members: u32,
    /// Some of those who have.
    pub users: Vec<UserId>,
}

/// `GET /messages/{seq}/reactions`.
#[derive(Clone, Debug, Serialize)]
pub struct Reactions {
    /// In the order of their first time.
    pub reactions: Vec<Reactors>,
}

/// Who gave one reaction.
#[derive(Clone, Debug, Serialize)]
pub struct Reactors {
    /// The reaction.
    pub emoji: String,
    /// By how many; exact.
    pub count: u32,
    /// Some of them.
    pub users: Vec<UserId>,
}

/// `POST /read`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Read {
    /// The last entry that was seen.
    pub seq: Seq,
}

/// `POST /attachments`. Answered with [`NewFile`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewUpload {
    /// How long the file is.
    pub bytes: u64,
}

/// A file that can be uploaded now.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NewFile {
    /// Its id.
    pub id: AttachmentId,
}

/// `PUT /attachments/{id}`: the file is there in full. Answered with [`Attachment`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Uploaded {
    /// What its owner calls it.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// How long it is.
    pub bytes: u64,
    /// Pixels from left to right, of an image.
    #[serde(default)]
    pub width: Option<u32>,
    /// Pixels from top to bottom, of an image.
    #[serde(default)]
    pub height: Option<u32>,
}

impl Uploaded {
    /// The file as messages carry it.
    #[must_use]
    pub fn into_attachment(self, id: AttachmentId) -> Attachment {
        let Self { name, media_type, bytes, width, height } = self;
        Attachment { id, name, media_type, bytes, width, height }
    }
}

/// `GET /search?q=&cursor=`: what was found (rule HT5).
#[derive(Clone, Debug, Serialize)]
pub struct SearchPage {
    /// At most [`protocol::limits::PAGE_HITS_MAX`] messages, newest first. There may be more even
    /// if there are fewer.
    pub hits: Vec<Hit>,
    /// What to ask for next; `null` at the end.
    pub cursor: Option<String>,
}

/// A message that was found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Hit {
    /// The message.
    pub seq: Seq,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub by: UserId,
    /// Its text now.
    pub body: String,
    /// Whether that is not what it was at first.
    pub edited: bool,
    /// The first message of the thread that it belongs to.
    pub thread: Option<Seq>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Where the words are in the text, in UTF-16 units.
    pub ranges: Vec<[usize; 2]>,
}

fn as_text<S: Serializer>(code: &InviteCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(code)
}
