//! What a person sees of a room, as JavaScript values.

use client::{Act, More, PendingState, Phase, View};
use protocol::UserId;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::item::{Attachment, Item};
use crate::value::{float, seq};

#[wasm_bindgen(typescript_custom_section)]
const MORE: &str = r#"
/** How far a connection is. */
export type Phase = "idle" | "connecting" | "resuming" | "live" | "waiting" | "ended";

/** Whether more entries can be loaded. */
export type More = "none" | "idle" | "loading" | "failed";

export type Role = "guest" | "member" | "moderator" | "owner";

export type RoomKind = "public" | "private" | "direct" | "announcement";
"#;

/// The state of a room as a person sees it. It never changes; a change makes another one.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RoomSnapshot {
    /// How far the connection is.
    #[tsify(type = "Phase")]
    pub phase: &'static str,
    /// The time of the next attempt, while waiting for it, in milliseconds since 1970.
    #[tsify(type = "number | null")]
    pub retry_at: Option<f64>,
    /// Why the connection ended for good: the name of a close code, or `update` if this version
    /// cannot read what the room says.
    #[tsify(type = "string | null")]
    pub ended: Option<&'static str>,
    /// How many entries the replay still owes.
    pub behind: f64,
    /// The room, once it is known.
    #[tsify(type = "RoomInfo | null")]
    pub room: Option<RoomInfo>,
    /// Who the room takes the caller for.
    #[tsify(type = "You | null")]
    pub you: Option<You>,
    /// How many members the room has.
    pub members: u32,
    /// How many of them are online.
    pub online: u32,
    /// What the room accepts, once it is known.
    #[tsify(type = "Limits | null")]
    pub limits: Option<Limits>,
    /// What is shown of the log, oldest first. An item that did not change is the same object, so
    /// the client puts these in itself, and this stays empty.
    #[tsify(type = "readonly Item[]")]
    pub items: Vec<Item>,
    /// What was done and has not landed.
    #[tsify(type = "readonly Pending[]")]
    pub pending: Vec<Pending>,
    /// Whether the person has to wait before writing more.
    pub outbox_full: bool,
    /// Who writes.
    pub typing: Typing,
    /// Who was renamed meanwhile.
    #[tsify(type = "readonly Named[]")]
    pub named: Vec<Named>,
    /// Whether entries before those that are shown can be loaded.
    #[tsify(type = "More")]
    pub older: &'static str,
    /// The oldest entry that did not expire; zero if none did.
    pub first: f64,
    /// Whether entries after those that are shown can be loaded.
    #[tsify(type = "More")]
    pub newer: &'static str,
    /// Whether the newest entries are shown.
    pub at_present: bool,
    /// The entry that the person jumped to, once it is shown.
    #[tsify(type = "number | null")]
    pub jumped_to: Option<f64>,
    /// Whether the entry that the person wanted to jump to could not be had.
    pub jump_failed: bool,
    /// How far the person has read.
    pub read: f64,
    /// The last entry of the log, as far as it is known.
    pub head: f64,
    /// How many members have read up to a seq or further, the highest seq first.
    #[tsify(type = "readonly [seq: number, readers: number][]")]
    pub receipts: Vec<(f64, u32)>,
    /// The pinned messages, in the order of the log.
    #[tsify(type = "readonly number[]")]
    pub pins: Vec<f64>,
    /// The thread that is open.
    #[tsify(type = "ThreadSnapshot | null")]
    pub thread: Option<ThreadSnapshot>,
    /// The last erasure, which names the version of the pages of history.
    pub revision: f64,
}

/// The thread that is open.
#[derive(Serialize, Tsify)]
pub struct ThreadSnapshot {
    /// Its first message.
    pub root: f64,
    /// The first message, once it is held, and then the replies, oldest first.
    #[tsify(type = "readonly Item[]")]
    pub items: Vec<Item>,
    /// Whether older replies can be loaded.
    #[tsify(type = "More")]
    pub older: &'static str,
    /// Whether nothing of it could be had yet; `loadOlderInThread` tries again.
    pub failed: bool,
}

/// What a room is called. The members are the wire's.
#[derive(Serialize, Tsify)]
pub struct RoomInfo {
    pub id: String,
    pub name: String,
    #[tsify(type = "RoomKind")]
    pub kind: &'static str,
    pub topic: String,
    pub slow_ms: f64,
    pub archived: bool,
}

/// Who the room takes the caller for. The members are the wire's.
#[derive(Serialize, Tsify)]
pub struct You {
    pub user: String,
    #[tsify(type = "Role")]
    pub role: &'static str,
    pub read: f64,
    #[tsify(type = "number | null")]
    pub muted_until: Option<f64>,
}

/// What the room accepts. The members are the wire's.
#[derive(Serialize, Tsify)]
pub struct Limits {
    pub body_bytes_max: usize,
    pub frame_bytes_max: usize,
    pub frame_lines_max: usize,
    pub members_max: usize,
    pub pins_max: usize,
    pub reaction_kinds_max: usize,
    pub mentions_max: usize,
    pub attachments_max: usize,
    pub attachment_bytes_max: f64,
    pub send_burst: u32,
    pub send_every_ms: f64,
}

/// Something that the person did and that has not landed.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Its key.
    pub nonce: f64,
    /// What it is.
    #[tsify(type = "\"send\" | \"edit\" | \"redact\" | \"react\" | \"pin\"")]
    pub kind: &'static str,
    /// The message that it amends.
    #[tsify(type = "number | null")]
    pub target: Option<f64>,
    /// The text, or the new text of an edit.
    pub body: String,
    /// The message that it answers.
    #[tsify(type = "number | null")]
    pub reply_to: Option<f64>,
    /// The first message of the thread that it belongs to.
    #[tsify(type = "number | null")]
    pub thread: Option<f64>,
    /// The files that come with it.
    #[tsify(type = "Attachment[]")]
    pub attachments: Vec<Attachment>,
    /// The reaction.
    #[tsify(type = "string | null")]
    pub emoji: Option<String>,
    /// Whether a reaction or pin is given; else it is taken back.
    #[tsify(type = "boolean | null")]
    pub on: Option<bool>,
    /// When it was done.
    pub at: f64,
    /// How far it is.
    #[tsify(type = "\"pending\" | \"held\" | \"refused\" | \"unconfirmed\"")]
    pub state: &'static str,
    /// Why it was refused, or is held.
    #[tsify(type = "string | null")]
    pub code: Option<&'static str>,
    /// Milliseconds after which a repetition of what was refused may succeed.
    #[tsify(type = "number | null")]
    pub retry_after_ms: Option<f64>,
    /// When what is held is sent again by itself.
    #[tsify(type = "number | null")]
    pub until: Option<f64>,
}

/// Who writes.
#[derive(Serialize, Tsify)]
pub struct Typing {
    /// Some of them.
    pub who: Vec<String>,
    /// How many more.
    pub more: u32,
}

/// Somebody with a new name.
#[derive(Serialize, Tsify)]
pub struct Named {
    /// Who.
    pub user: String,
    /// The display name.
    pub name: String,
}

impl From<&(UserId, String)> for Named {
    fn from((user, name): &(UserId, String)) -> Self {
        Self { user: user.to_string(), name: name.clone() }
    }
}

impl RoomSnapshot {
    /// Everything but the items.
    pub(crate) fn of(view: &View<'_>) -> Self {
        Self {
            phase: phase(view.phase),
            retry_at: view.retry_at.map(|at| float(at.0)),
            ended: view.ended,
            behind: float(view.behind),
            room: view.room.map(RoomInfo::from),
            you: view.you.as_ref().map(You::from),
            members: view.members,
            online: view.online,
            limits: view.limits.map(Limits::from),
            items: Vec::new(),
            pending: view.pending.iter().map(Pending::from).collect(),
            outbox_full: view.outbox_full,
            typing: Typing {
                who: view.typing.iter().map(ToString::to_string).collect(),
                more: view.typing_more,
            },
            named: view.named.iter().map(Named::from).collect(),
            older: more(view.older),
            first: seq(view.first),
            newer: more(view.newer),
            at_present: view.at_present,
            jumped_to: view.jumped_to.map(seq),
            jump_failed: view.jump_failed,
            read: seq(view.read),
            head: seq(view.head),
            receipts: view.receipts.iter().map(|step| (seq(step.seq), step.readers)).collect(),
            pins: view.pins.iter().copied().map(seq).collect(),
            thread: view.thread.map(|thread| ThreadSnapshot {
                root: seq(thread.root),
                items: Vec::new(),
                older: more(thread.older),
                failed: thread.failed,
            }),
            revision: seq(view.revision),
        }
    }
}

impl From<&protocol::RoomInfo> for RoomInfo {
    fn from(room: &protocol::RoomInfo) -> Self {
        Self {
            id: room.id.to_string(),
            name: room.name.clone(),
            kind: room.kind.name(),
            topic: room.topic.clone(),
            slow_ms: float(room.slow_ms),
            archived: room.archived,
        }
    }
}

impl From<&protocol::You> for You {
    fn from(you: &protocol::You) -> Self {
        Self {
            user: you.user.to_string(),
            role: you.role.name(),
            read: seq(you.read),
            muted_until: you.muted_until.map(|until| float(until.0)),
        }
    }
}

impl From<&protocol::Limits> for Limits {
    fn from(limits: &protocol::Limits) -> Self {
        Self {
            body_bytes_max: limits.body_bytes_max,
            frame_bytes_max: limits.frame_bytes_max,
            frame_lines_max: limits.frame_lines_max,
            members_max: limits.members_max,
            pins_max: limits.pins_max,
            reaction_kinds_max: limits.reaction_kinds_max,
            mentions_max: limits.mentions_max,
            attachments_max: limits.attachments_max,
            attachment_bytes_max: float(limits.attachment_bytes_max),
            send_burst: limits.send_burst,
            send_every_ms: float(limits.send_every_ms),
        }
    }
}

impl From<&client::Pending> for Pending {
    fn from(pending: &client::Pending) -> Self {
        let (state, code, retry_after_ms, until) = match pending.state {
            PendingState::Queued | PendingState::Sent { .. } => ("pending", None, None, None),
            PendingState::Held { until, code } => {
                ("held", Some(code.code()), None, Some(float(until.0)))
            }
            PendingState::Refused { code, retry_after_ms } => {
                ("refused", Some(code.code()), retry_after_ms.map(float), None)
            }
            PendingState::Unconfirmed => ("unconfirmed", None, None, None),
        };
        let (reply_to, thread, attachments) = match &pending.act {
            Act::Send { reply_to, thread, attachments, .. } => {
                (*reply_to, *thread, attachments.as_slice())
            }
            Act::Edit { .. } | Act::Redact { .. } | Act::React { .. } | Act::Pin { .. } => {
                (None, None, [].as_slice())
            }
        };
        let (kind, emoji, on) = kind(&pending.act);
        Self {
            nonce: float(pending.nonce.get()),
            kind,
            target: pending.act.target().map(seq),
            body: pending.act.body().to_owned(),
            reply_to: reply_to.map(seq),
            thread: thread.map(seq),
            attachments: attachments.iter().map(Attachment::from).collect(),
            emoji,
            on,
            at: float(pending.at.0),
            state,
            code,
            retry_after_ms,
            until,
        }
    }
}

pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Connecting => "connecting",
        Phase::Resuming => "resuming",
        Phase::Live => "live",
        Phase::Waiting => "waiting",
        Phase::Ended => "ended",
    }
}

fn more(more: More) -> &'static str {
    match more {
        More::None => "none",
        More::Idle => "idle",
        More::Loading => "loading",
        More::Failed => "failed",
    }
}

fn kind(act: &Act) -> (&'static str, Option<String>, Option<bool>) {
    match act {
        Act::Send { .. } => ("send", None, None),
        Act::Edit { .. } => ("edit", None, None),
        Act::Redact { .. } => ("redact", None, None),
        Act::React { emoji, on, .. } => ("react", Some(emoji.clone()), Some(*on)),
        Act::Pin { on, .. } => ("pin", None, Some(*on)),
    }
}
