//! The client machine of a user's inbox, as a JavaScript object.

use std::cell::RefCell;

use client::{Effect, Inbox, InboxInput, InboxView};
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::host::{InboxHost, report};
use crate::listeners::Listeners;
use crate::snapshot::phase;
use crate::value::{float, seq, time, to_js};

/// What spreads the reconnects of many inboxes.
#[derive(Deserialize, Tsify)]
pub struct InboxConfig {
    /// Any number; fresh and random.
    pub seed: f64,
}

/// The state of an inbox as a person sees it. It never changes; a change makes another one.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct InboxSnapshot {
    /// How far the connection is.
    #[tsify(type = "Phase")]
    pub phase: &'static str,
    /// The time of the next attempt, while waiting for it, in milliseconds since 1970.
    #[tsify(type = "number | null")]
    pub retry_at: Option<f64>,
    /// Why the connection ended for good: the name of a close code, or `update` if this version
    /// cannot read the list.
    #[tsify(type = "string | null")]
    pub ended: Option<&'static str>,
    /// The rooms, the one with the newest entry first.
    #[tsify(type = "readonly InboxRoom[]")]
    pub rooms: Vec<InboxRoom>,
    /// How many messages are not read, in rooms that are not muted.
    pub unread: u32,
    /// How many of all the messages that are not read mention the user.
    pub mentions: u32,
}

/// One room in a user's list. The members are the wire's.
#[derive(Serialize, Tsify)]
pub struct InboxRoom {
    pub room: String,
    pub name: String,
    #[tsify(type = "RoomKind")]
    pub kind: &'static str,
    pub topic: String,
    pub archived: bool,
    #[tsify(type = "Role")]
    pub role: &'static str,
    pub people: Vec<String>,
    pub last_at: f64,
    pub read_seq: f64,
    pub unread: u32,
    pub mentions: u32,
    pub muted: bool,
}

/// The client of a user's inbox; see `RoomClient` for how to use it.
#[wasm_bindgen]
pub struct InboxClient {
    inbox: RefCell<Inbox>,
    host: InboxHost,
    snapshot: RefCell<Option<JsValue>>,
    listeners: Listeners,
}

#[wasm_bindgen]
impl InboxClient {
    /// An inbox that has not started.
    ///
    /// # Errors
    /// If the config is none.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "InboxConfig")] config: JsValue,
        host: InboxHost,
    ) -> Result<InboxClient, JsError> {
        let config: InboxConfig = serde_wasm_bindgen::from_value(config)?;
        Ok(Self {
            inbox: RefCell::new(Inbox::new(config.seed.to_bits())),
            host,
            snapshot: RefCell::default(),
            listeners: Listeners::default(),
        })
    }

    /// Calls `listener` after every change; answers what ends that.
    #[wasm_bindgen(unchecked_return_type = "() => void")]
    pub fn subscribe(
        &self,
        #[wasm_bindgen(unchecked_param_type = "() => void")] listener: js_sys::Function,
    ) -> JsValue {
        self.listeners.add(listener)
    }

    /// What the person sees; the same object until something changes.
    ///
    /// # Errors
    /// If JavaScript does not take the values.
    #[wasm_bindgen(js_name = getSnapshot, unchecked_return_type = "InboxSnapshot")]
    pub fn snapshot(&self) -> Result<JsValue, JsError> {
        if let Some(snapshot) = self.snapshot.borrow().as_ref() {
            return Ok(snapshot.clone());
        }
        let snapshot = to_js(&InboxSnapshot::of(&self.inbox.borrow().view()))?;
        *self.snapshot.borrow_mut() = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// The person is here.
    pub fn start(&self, now: f64) {
        self.input(now, InboxInput::Start);
    }

    /// The person left.
    pub fn stop(&self, now: f64) {
        self.input(now, InboxInput::Stop);
    }

    /// The network may be back, or the person does not want to wait.
    pub fn reconnect(&self, now: f64) {
        self.input(now, InboxInput::Reconnect);
    }

    /// The socket is open.
    pub fn opened(&self, now: f64) {
        self.input(now, InboxInput::Opened);
    }

    /// A frame arrived.
    pub fn received(&self, now: f64, frame: String) {
        self.input(now, InboxInput::Received(frame));
    }

    /// The socket closed, or never opened; with the number of the close frame, or 1006.
    pub fn closed(&self, now: f64, code: u16) {
        self.input(now, InboxInput::Closed(code));
    }

    /// The time that was asked for has come.
    pub fn woke(&self, now: f64) {
        self.input(now, InboxInput::Woke);
    }
}

impl InboxClient {
    fn input(&self, now: f64, input: InboxInput) {
        // The borrow ends before the host is called, so that it may call back.
        let effects = self.inbox.borrow_mut().handle(time(now), input);
        let mut changed = false;
        for effect in effects.0 {
            match effect {
                Effect::Open => report(self.host.open()),
                Effect::Transmit(frame) => report(self.host.transmit(&frame)),
                Effect::Close => report(self.host.close()),
                Effect::WakeAt(at) => report(self.host.wake_at(float(at.0))),
                Effect::Changed => changed = true,
                // An inbox has no pages, and nothing to store.
                Effect::Fetch { .. } | Effect::Persist(_) => {}
            }
        }
        if changed {
            self.snapshot.borrow_mut().take();
            self.listeners.call();
        }
    }
}

impl InboxSnapshot {
    fn of(view: &InboxView<'_>) -> Self {
        Self {
            phase: phase(view.phase),
            retry_at: view.retry_at.map(|at| float(at.0)),
            ended: view.ended,
            rooms: view.rooms.iter().map(InboxRoom::from).collect(),
            unread: view.unread,
            mentions: view.mentions,
        }
    }
}

impl From<&protocol::InboxRoom> for InboxRoom {
    fn from(room: &protocol::InboxRoom) -> Self {
        Self {
            room: room.room.to_string(),
            name: room.name.clone(),
            kind: room.kind.name(),
            topic: room.topic.clone(),
            archived: room.archived,
            role: room.role.name(),
            people: room.people.iter().map(ToString::to_string).collect(),
            last_at: float(room.last_at.0),
            read_seq: seq(room.read_seq),
            unread: room.unread,
            mentions: room.mentions,
            muted: room.muted,
        }
    }
}
