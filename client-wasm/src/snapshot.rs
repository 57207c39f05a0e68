//! What a person sees, as JavaScript values.

use client::{Older, PendingState, Phase, View};
use protocol::{Entry, Seq};
use serde::Serialize;
use tsify::Tsify;

/// The state of a room as a person sees it. It never changes; a change makes another one.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RoomSnapshot {
    /// How far the connection is.
    #[tsify(
        type = "\"idle\" | \"connecting\" | \"resuming\" | \"live\" | \"waiting\" | \"ended\""
    )]
    pub phase: &'static str,
    /// The time of the next attempt, while waiting for it, in milliseconds since 1970.
    #[tsify(type = "number | null")]
    pub retry_at: Option<f64>,
    /// The name of the close that ended the connection for good.
    #[tsify(type = "string | null")]
    pub ended: Option<&'static str>,
    /// How many entries the replay still owes.
    pub behind: f64,
    /// The room, once it is known.
    #[tsify(type = "{ id: string; name: string; kind: string; topic: string } | null")]
    pub room: Option<protocol::RoomInfo>,
    /// Who the room takes the caller for.
    #[tsify(type = "{ user: string; role: string } | null")]
    pub you: Option<protocol::You>,
    /// How many members the room has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
    /// Bytes of a message.
    pub body_bytes_max: u32,
    /// What happened, oldest first. An item that did not change is the same object, so the client
    /// puts these in itself, and this stays empty.
    #[tsify(type = "readonly Item[]")]
    pub items: Vec<Item>,
    /// What was written and has not landed.
    #[tsify(type = "readonly Pending[]")]
    pub pending: Vec<Pending>,
    /// Whether the person has to wait before writing more.
    pub outbox_full: bool,
    /// Who writes.
    pub typing: Typing,
    /// Whether older entries can be loaded.
    #[tsify(type = "\"none\" | \"idle\" | \"loading\" | \"failed\"")]
    pub older: &'static str,
}

/// One row of the timeline.
#[derive(Serialize, Tsify)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Item {
    /// A member said something.
    Message { seq: f64, at: f64, by: String, device: String, nonce: f64, body: String },
    /// Somebody became a member.
    Join { seq: f64, at: f64, by: String, name: String, role: String },
    /// Somebody is no longer a member.
    Leave { seq: f64, at: f64, by: String },
    /// Entries that are not loaded.
    Gap { from: f64, to: f64 },
}

/// A message that has not landed.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Its key.
    pub nonce: f64,
    /// The text.
    pub body: String,
    /// When it was written.
    pub at: f64,
    /// How far it is.
    #[tsify(type = "\"pending\" | \"refused\" | \"unconfirmed\"")]
    pub state: &'static str,
    /// Why it was refused.
    #[tsify(type = "string | null")]
    pub code: Option<&'static str>,
    /// Milliseconds after which a repetition may succeed.
    #[tsify(type = "number | null")]
    pub retry_after_ms: Option<f64>,
}

/// Who writes.
#[derive(Serialize, Tsify)]
pub struct Typing {
    /// Some of them.
    pub who: Vec<String>,
    /// How many more.
    pub more: u32,
}

impl RoomSnapshot {
    /// Everything but the items.
    pub(crate) fn of(view: &View<'_>) -> Self {
        Self {
            phase: phase(view.phase),
            retry_at: view.retry_at.map(|at| float(at.0)),
            ended: view.ended,
            behind: float(view.behind),
            room: view.room.cloned(),
            you: view.you,
            members: view.members,
            online: view.online,
            body_bytes_max: u32::try_from(view.body_bytes_max).unwrap_or(u32::MAX),
            items: Vec::new(),
            pending: view.pending.iter().map(pending).collect(),
            outbox_full: view.outbox_full,
            typing: Typing {
                who: view.typing.iter().map(ToString::to_string).collect(),
                more: view.typing_more,
            },
            older: older(view.older),
        }
    }
}

impl From<&Entry> for Item {
    fn from(entry: &Entry) -> Self {
        let (seq, at) = (float(entry.seq().get()), float(entry.at().0));
        match entry {
            Entry::Message { by, device, nonce, body, .. } => Self::Message {
                seq,
                at,
                by: by.to_string(),
                device: device.to_string(),
                nonce: float(nonce.get()),
                body: body.clone(),
            },
            Entry::Join { by, name, role, .. } => Self::Join {
                seq,
                at,
                by: by.to_string(),
                name: name.clone(),
                role: role.to_string(),
            },
            Entry::Leave { by, .. } => Self::Leave { seq, at, by: by.to_string() },
        }
    }
}

impl Item {
    /// A row for entries that are not loaded.
    pub(crate) fn gap(from: Seq, to: Seq) -> Self {
        Self::Gap { from: float(from.get()), to: float(to.get()) }
    }
}

/// Seqs, nonces and times are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "the numbers are below 2^53")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

fn pending(pending: &client::Pending) -> Pending {
    let (state, code, retry_after_ms) = match pending.state {
        PendingState::Queued | PendingState::Sent { .. } => ("pending", None, None),
        PendingState::Refused { code, retry_after_ms } => {
            ("refused", Some(code.code()), retry_after_ms.map(float))
        }
        PendingState::Unconfirmed => ("unconfirmed", None, None),
    };
    let (nonce, at) = (float(pending.nonce.get()), float(pending.at.0));
    Pending { nonce, body: pending.body.clone(), at, state, code, retry_after_ms }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Connecting => "connecting",
        Phase::Resuming => "resuming",
        Phase::Live => "live",
        Phase::Waiting => "waiting",
        Phase::Ended => "ended",
    }
}

fn older(older: Older) -> &'static str {
    match older {
        Older::None => "none",
        Older::Idle => "idle",
        Older::Loading => "loading",
        Older::Failed => "failed",
    }
}
