//! The room as a pure state machine: inputs in, effects out.
//!
//! A room orders the sends of its members into one log, decides when what it accepted is stored
//! and broadcast, and knows who is here. It reads no clock, draws no randomness, holds no history
//! and does no I/O: the shell carries out its [`Effects`], front to back, in one turn.

mod archive;
mod effect;
mod endings;
mod inboxes;
mod input;
mod log;
mod message;
mod messages;
mod nonces;
mod presence;
mod rate;
mod receipts;
mod recent;
mod room;
mod roster;
mod sessions;
mod snapshot;
mod tally;
mod tick;
mod typing;
mod waves;
mod window;

pub use archive::{Archive, Mark, Range};
pub use effect::{
    Answer, Ban, Chunk, Commit, Deed, DeedKind, Effect, Effects, Notice, Upload, Write,
};
pub use input::{Act, Archiving, Demand, Founding, Input, Known, Needs, RequestId};
pub use message::MessageState;
pub use nonces::LastSend;
pub use rate::{Policy, Rate};
pub use recent::ChunkSize;
pub use room::{Restoring, Room, Said, Told, cut};
pub use roster::Member;
pub use sessions::SocketState;
pub use snapshot::{Invite, Settings, Snapshot};
pub use tally::{LATENCY_MS, Latency, Tally};
pub use waves::Wave;
