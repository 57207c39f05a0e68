//! Maru's vocabulary: ids, positions, lines, codec, refusals and limits.
//!
//! Everything on the wire is defined here and nowhere else; `docs/protocol.md` is its
//! specification. The crate is pure: it reads no clock, draws no randomness and does no I/O.

pub mod amendment;
pub mod archive;
pub mod attachment;
pub mod body;
pub mod chain;
pub mod client_line;
mod client_members;
pub mod codec;
pub mod emoji;
pub mod entry;
mod entry_line;
pub mod grant;
pub mod id;
pub mod inbox;
pub mod limits;
pub mod mention;
pub mod ordered;
pub mod position;
pub mod refusal;
pub mod room;
pub mod server_line;
pub mod time;

pub use amendment::{Amendment, Reaction};
pub use attachment::Attachment;
pub use body::Body;
pub use chain::Link;
pub use client_line::{ClientLine, Hello, Send};
pub use entry::{
    Change, Changed, Edit, Entry, Join, Key, Leave, Message, Moderate, Moderation, Pin, React,
    Redact, Redacted, Stamp,
};
pub use grant::{Ending, Grant, SignInId, Which};
pub use id::{
    AttachmentId, DeviceId, Epoch, IdError, InviteCode, InviteId, RoomId, SessionId, UserId,
};
pub use inbox::{InboxLine, InboxRoom};
pub use mention::Mentions;
pub use position::{Nonce, Position, Seq};
pub use refusal::{CloseCode, Denial, Refusal};
pub use room::{Role, RoomKind};
pub use server_line::{Limits, ReadStep, Refused, RoomInfo, ServerLine, Welcome, You};
pub use time::Timestamp;
