//! The client machine of a room, as a JavaScript object.

use std::cell::RefCell;

use client::{Act, Client, Effect, Input, Page, PageId, Saved};
use js_sys::Reflect;
use protocol::{Nonce, Seq};
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::host::{Host, report};
use crate::item::JsItems;
use crate::listeners::Listeners;
use crate::snapshot::RoomSnapshot;
use crate::value::{float, key, number, seq, time, to_js};

/// Who a client is.
#[derive(Deserialize, Tsify)]
pub struct Config {
    /// The person.
    pub user: String,
    /// The installation. Two running clients never share one.
    pub device: String,
    /// Any number; fresh and random, so that clients do not reconnect all at once.
    pub seed: f64,
    /// What an earlier client of the same device and room persisted last.
    #[serde(default)]
    #[tsify(optional)]
    pub saved: Option<String>,
}

/// A page of history, as the host is asked for it.
#[derive(Serialize)]
struct PageRequest {
    t: &'static str,
    seq: f64,
    before: Option<f64>,
    revision: f64,
}

/// The client of one room.
///
/// Times are milliseconds since 1970. The host reports what came of a call after that call, not
/// from within it. A seq or nonce that is no whole number is ignored.
#[wasm_bindgen]
pub struct RoomClient {
    client: RefCell<Client>,
    host: Host,
    items: JsItems,
    thread_items: JsItems,
    snapshot: RefCell<Option<JsValue>>,
    listeners: Listeners,
}

#[wasm_bindgen]
impl RoomClient {
    /// A client that has not started.
    ///
    /// # Errors
    /// If the config is none, or one of its ids is not an id.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "Config")] config: JsValue,
        host: Host,
    ) -> Result<RoomClient, JsError> {
        let config: Config = serde_wasm_bindgen::from_value(config)?;
        let saved = config.saved.as_deref().and_then(Saved::parse);
        let config = client::Config {
            user: config.user.parse()?,
            device: config.device.parse()?,
            seed: config.seed.to_bits(),
        };
        Ok(Self {
            client: RefCell::new(Client::new(config, saved)),
            host,
            items: JsItems::default(),
            thread_items: JsItems::default(),
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
    #[wasm_bindgen(js_name = getSnapshot, unchecked_return_type = "RoomSnapshot")]
    pub fn snapshot(&self) -> Result<JsValue, JsError> {
        if let Some(snapshot) = self.snapshot.borrow().as_ref() {
            return Ok(snapshot.clone());
        }
        let client = self.client.borrow();
        let snapshot = to_js(&RoomSnapshot::of(&client.view()))?;
        set_items(&snapshot, &self.items.array(client.items())?)?;
        let thread_items = self.thread_items.array(client.thread_items())?;
        let thread = Reflect::get(&snapshot, &"thread".into()).unwrap_or(JsValue::NULL);
        if thread.is_object() {
            set_items(&thread, &thread_items)?;
        }
        *self.snapshot.borrow_mut() = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// The person opened the room.
    pub fn start(&self, now: f64) {
        self.input(now, Input::Start);
    }

    /// The person closed the room.
    pub fn stop(&self, now: f64) {
        self.input(now, Input::Stop);
    }

    /// The person looks at something else, and may close the page there.
    pub fn away(&self, now: f64) {
        self.input(now, Input::Away);
    }

    /// The network may be back, or the person does not want to wait.
    pub fn reconnect(&self, now: f64) {
        self.input(now, Input::Reconnect);
    }

    /// The person wrote a message.
    ///
    /// # Errors
    /// If an attachment is none.
    pub fn send(
        &self,
        now: f64,
        body: String,
        #[wasm_bindgen(js_name = replyTo, unchecked_optional_param_type = "number | null")]
        reply_to: Option<f64>,
        #[wasm_bindgen(unchecked_optional_param_type = "number | null")] thread: Option<f64>,
        #[wasm_bindgen(unchecked_optional_param_type = "readonly Attachment[] | null")]
        attachments: Option<js_sys::Array>,
    ) -> Result<(), JsError> {
        let attachments: Vec<protocol::Attachment> = match attachments {
            Some(attachments) => serde_wasm_bindgen::from_value(attachments.into())?,
            None => Vec::new(),
        };
        let (reply_to, thread) = (reply_to.and_then(key), thread.and_then(key));
        let act = Act::Send { body, reply_to, thread, attachments };
        self.input(now, Input::Act(act));
        Ok(())
    }

    /// The person replaced the text of an own message.
    pub fn edit(&self, now: f64, target: f64, body: String) {
        self.act(now, target, |target| Act::Edit { target, body });
    }

    /// The person erased a message.
    pub fn redact(&self, now: f64, target: f64) {
        self.act(now, target, |target| Act::Redact { target });
    }

    /// The person reacted to a message, or took that back.
    pub fn react(&self, now: f64, target: f64, emoji: String, on: bool) {
        self.act(now, target, |target| Act::React { target, emoji, on });
    }

    /// The person pinned a message, or unpinned it.
    pub fn pin(&self, now: f64, target: f64, on: bool) {
        self.act(now, target, |target| Act::Pin { target, on });
    }

    /// The person wants what was refused or is unconfirmed to be sent again.
    pub fn retry(&self, now: f64, nonce: f64) {
        self.input_of(now, key::<Nonce>(nonce).map(Input::Retry));
    }

    /// The person gives up what was refused, or is unconfirmed or held.
    pub fn discard(&self, now: f64, nonce: f64) {
        self.input_of(now, key::<Nonce>(nonce).map(Input::Discard));
    }

    /// The person writes, or stopped.
    pub fn typing(&self, now: f64, on: bool) {
        self.input(now, Input::Typing(on));
    }

    /// The person has seen everything up to this entry.
    pub fn read(&self, now: f64, seq: f64) {
        self.input_of(now, key::<Seq>(seq).map(Input::Read));
    }

    /// The person looks at the oldest entry that is shown.
    #[wasm_bindgen(js_name = loadOlder)]
    pub fn load_older(&self, now: f64) {
        self.input(now, Input::LoadOlder);
    }

    /// The person looks at the newest entry that is shown.
    #[wasm_bindgen(js_name = loadNewer)]
    pub fn load_newer(&self, now: f64) {
        self.input(now, Input::LoadNewer);
    }

    /// The person wants to see this entry and what surrounds it.
    pub fn jump(&self, now: f64, seq: f64) {
        self.input_of(now, key::<Seq>(seq).map(Input::Jump));
    }

    /// The person wants to see the newest entries.
    pub fn present(&self, now: f64) {
        self.input(now, Input::Present);
    }

    /// The person opened the thread that begins at this message.
    #[wasm_bindgen(js_name = openThread)]
    pub fn open_thread(&self, now: f64, root: f64) {
        self.input_of(now, key::<Seq>(root).map(Input::OpenThread));
    }

    /// The person closed the thread.
    #[wasm_bindgen(js_name = closeThread)]
    pub fn close_thread(&self, now: f64) {
        self.input(now, Input::CloseThread);
    }

    /// The person looks at the oldest reply that is shown, or tries again to open the thread.
    #[wasm_bindgen(js_name = loadOlderInThread)]
    pub fn load_older_in_thread(&self, now: f64) {
        self.input(now, Input::LoadOlderInThread);
    }

    /// The socket is open.
    pub fn opened(&self, now: f64) {
        self.input(now, Input::Opened);
    }

    /// A frame arrived.
    pub fn received(&self, now: f64, frame: String) {
        self.input(now, Input::Received(frame));
    }

    /// The socket closed, or never opened; with the number of the close frame, or 1006.
    pub fn closed(&self, now: f64, code: u16) {
        self.input(now, Input::Closed(code));
    }

    /// The time that was asked for has come.
    pub fn woke(&self, now: f64) {
        self.input(now, Input::Woke);
    }

    /// A page arrived: its text and that of its amendments, one after the other. `more` says of a
    /// thread whether it has older replies.
    #[wasm_bindgen(js_name = pageLoaded)]
    pub fn page_loaded(&self, now: f64, id: f64, text: String, more: bool) {
        let loaded = |id| Input::PageLoaded { id: PageId(id), text, more };
        self.input_of(now, number(id).map(loaded));
    }

    /// A page could not be had.
    #[wasm_bindgen(js_name = pageFailed)]
    pub fn page_failed(&self, now: f64, id: f64) {
        self.input_of(now, number(id).map(|id| Input::PageFailed { id: PageId(id) }));
    }
}

impl RoomClient {
    fn act(&self, now: f64, target: f64, act: impl FnOnce(Seq) -> Act) {
        self.input_of(now, key(target).map(|target| Input::Act(act(target))));
    }

    fn input_of(&self, now: f64, input: Option<Input>) {
        if let Some(input) = input {
            self.input(now, input);
        }
    }

    fn input(&self, now: f64, input: Input) {
        // The borrow ends before the host is called, so that it may call back.
        let effects = self.client.borrow_mut().handle(time(now), input);
        let mut changed = false;
        for effect in effects.0 {
            match effect {
                Effect::Open => report(self.host.open()),
                Effect::Transmit(frame) => report(self.host.transmit(&frame)),
                Effect::Close => report(self.host.close()),
                Effect::WakeAt(at) => report(self.host.wake_at(float(at.0))),
                Effect::Fetch { id, page, revision } => report(self.fetch(id, page, revision)),
                Effect::Persist(saved) => report(self.host.persist(&saved.to_text())),
                Effect::Changed => changed = true,
            }
        }
        if changed {
            self.snapshot.borrow_mut().take();
            self.listeners.call();
        }
    }

    fn fetch(&self, id: PageId, page: Page, revision: Seq) -> Result<(), JsValue> {
        let (t, at, before) = match page {
            Page::Before { seq } => ("before", seq, None),
            Page::After { seq } => ("after", seq, None),
            Page::Around { seq } => ("around", seq, None),
            Page::Thread { root, before } => ("thread", root, before),
        };
        let before = before.map(seq);
        let request = PageRequest { t, seq: seq(at), before, revision: seq(revision) };
        self.host.fetch_page(float(id.0), to_js(&request)?)
    }
}

fn set_items(object: &JsValue, items: &js_sys::Array) -> Result<(), JsError> {
    let done = Reflect::set(object, &"items".into(), items);
    done.map(drop).map_err(|_| JsError::new("a snapshot takes its items"))
}
