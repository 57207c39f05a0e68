//! The client machine, as a JavaScript object.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use client::{Client, Effect, Input, Saved};
use js_sys::{Array, Function, Reflect};
use protocol::{Nonce, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::host::{Host, report};
use crate::snapshot::{Item, RoomSnapshot};

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

/// The client of one room.
///
/// Times are milliseconds since 1970. The host reports what came of a call after that call, not
/// from within it.
#[wasm_bindgen]
pub struct RoomClient {
    client: RefCell<Client>,
    host: Host,
    /// The items that JavaScript already holds, so that they keep their identity.
    items: RefCell<BTreeMap<Seq, JsValue>>,
    snapshot: RefCell<Option<JsValue>>,
    listeners: Listeners,
    last_listener: Cell<u32>,
}

type Listeners = Rc<RefCell<BTreeMap<u32, Function>>>;

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
            items: RefCell::default(),
            snapshot: RefCell::default(),
            listeners: Rc::default(),
            last_listener: Cell::new(0),
        })
    }

    /// Calls `listener` after every change; answers what ends that.
    #[wasm_bindgen(unchecked_return_type = "() => void")]
    pub fn subscribe(
        &self,
        #[wasm_bindgen(unchecked_param_type = "() => void")] listener: Function,
    ) -> JsValue {
        let key = self.last_listener.get().wrapping_add(1);
        self.last_listener.set(key);
        self.listeners.borrow_mut().insert(key, listener);
        let listeners = Rc::clone(&self.listeners);
        let unsubscribe = move || drop(listeners.borrow_mut().remove(&key));
        Closure::<dyn FnMut()>::new(unsubscribe).into_js_value()
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
        let items = self.js_items(&client)?;
        Reflect::set(&snapshot, &"items".into(), &items)
            .map_err(|_| JsError::new("a snapshot takes its items"))?;
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

    /// The network may be back, or the person does not want to wait.
    pub fn reconnect(&self, now: f64) {
        self.input(now, Input::Reconnect);
    }

    /// The person wrote a message.
    pub fn send(&self, now: f64, body: String) {
        self.input(now, Input::Send(body));
    }

    /// The person wants a refused or unconfirmed message to be sent again.
    pub fn retry(&self, now: f64, nonce: f64) {
        if let Some(nonce) = number(nonce).and_then(|nonce| Nonce::try_from(nonce).ok()) {
            self.input(now, Input::Retry(nonce));
        }
    }

    /// The person gives up a message that was not sent.
    pub fn discard(&self, now: f64, nonce: f64) {
        if let Some(nonce) = number(nonce).and_then(|nonce| Nonce::try_from(nonce).ok()) {
            self.input(now, Input::Discard(nonce));
        }
    }

    /// The person writes, or stopped.
    pub fn typing(&self, now: f64, on: bool) {
        self.input(now, Input::Typing(on));
    }

    /// The person looks at where entries are missing.
    #[wasm_bindgen(js_name = loadOlder)]
    pub fn load_older(&self, now: f64) {
        self.input(now, Input::LoadOlder);
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

    /// A page of history arrived.
    #[wasm_bindgen(js_name = historyLoaded)]
    pub fn history_loaded(&self, now: f64, before: f64, page: String) {
        if let Some(before) = number(before).and_then(|before| Seq::try_from(before).ok()) {
            self.input(now, Input::HistoryLoaded { before, page });
        }
    }

    /// A page of history could not be had.
    #[wasm_bindgen(js_name = historyFailed)]
    pub fn history_failed(&self, now: f64, before: f64) {
        if let Some(before) = number(before).and_then(|before| Seq::try_from(before).ok()) {
            self.input(now, Input::HistoryFailed { before });
        }
    }
}

impl RoomClient {
    fn input(&self, now: f64, input: Input) {
        let now = Timestamp(number(now).unwrap_or_default());
        // The borrow ends before the host is called, so that it may call back.
        let effects = self.client.borrow_mut().handle(now, input);
        let mut changed = false;
        for effect in effects.0 {
            match effect {
                Effect::Open => report(self.host.open()),
                Effect::Transmit(frame) => report(self.host.transmit(&frame)),
                Effect::Close => report(self.host.close()),
                Effect::WakeAt(at) => report(self.host.wake_at(crate::snapshot::float(at.0))),
                Effect::FetchHistory { before } => {
                    report(self.host.fetch_history(crate::snapshot::float(before.get())));
                }
                Effect::Persist(saved) => report(self.host.persist(&saved.to_text())),
                Effect::Changed => changed = true,
            }
        }
        if changed {
            self.snapshot.borrow_mut().take();
            let listeners: Vec<Function> = self.listeners.borrow().values().cloned().collect();
            for listener in listeners {
                report(listener.call0(&JsValue::UNDEFINED).map(drop));
            }
        }
    }

    fn js_items(&self, client: &Client) -> Result<Array, JsError> {
        let mut held = std::mem::take(&mut *self.items.borrow_mut());
        let mut kept = BTreeMap::new();
        let items = Array::new();
        for item in client.items() {
            let entry = match item {
                client::Item::Gap { from, to } => {
                    items.push(&to_js(&Item::gap(from, to))?);
                    continue;
                }
                client::Item::Entry(entry) => entry,
            };
            let value = match held.remove(&entry.seq()) {
                Some(value) => value,
                None => to_js(&Item::from(entry))?,
            };
            items.push(&value);
            kept.insert(entry.seq(), value);
        }
        *self.items.borrow_mut() = kept;
        Ok(items)
    }
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsError> {
    let serializer = Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(JsError::from)
}

/// A whole number that JavaScript holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked"
)]
fn number(value: f64) -> Option<u64> {
    let is_exact = (0.0..=9_007_199_254_740_991.0).contains(&value);
    is_exact.then_some(value as u64)
}
