//! Maru's vocabulary: ids, positions, lines, codec, refusals and limits.
//!
//! Everything on the wire is defined here and nowhere else; `docs/protocol.md` is its
//! specification. The crate is pure: it reads no clock, draws no randomness and does no I/O.

pub mod body;
pub mod chain;
pub mod client_line;
pub mod codec;
pub mod entry;
pub mod id;
pub mod limits;
pub mod position;
pub mod refusal;
pub mod room;
pub mod server_line;
pub mod time;

pub use body::Body;
pub use chain::Link;
pub use client_line::{ClientLine, Hello, Send};
pub use entry::Entry;
pub use id::{DeviceId, Epoch, IdError, RoomId, SessionId, UserId};
pub use position::{Nonce, Position, Seq};
pub use refusal::{CloseCode, Refusal};
pub use room::{Role, RoomKind};
pub use server_line::{Limits, Refused, RoomInfo, ServerLine, Welcome, You};
pub use time::Timestamp;
