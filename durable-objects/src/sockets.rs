//! The sockets and timers of an object, as the runtime holds them.

use std::marker::PhantomData;

use protocol::{CloseCode, SessionId};
use room::{SocketState, Wave};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use worker::WebSocket;
use worker::js_sys::Array;

use crate::socket_state;

/// The open sockets of one object, each with what the object writes on it.
pub(crate) struct Sockets<K = SocketState>(raw::Sockets, PhantomData<K>);

/// A frame as the runtime holds it, for several sockets.
#[derive(Clone, Debug)]
pub(crate) struct Text(JsValue);

impl Text {
    pub(crate) fn new(frame: &str) -> Self {
        Self(JsValue::from_str(frame))
    }
}

/// What an object writes on its sockets, so that it survives hibernation.
pub(crate) trait OnSocket: Sized {
    /// The wave in which the socket hears what is broadcast; `None` if it does not.
    fn wave(&self) -> Option<u8>;

    /// Writes it as text.
    fn encode(&self) -> String;

    /// Reads what [`OnSocket::encode`] wrote; `None` for anything else.
    fn decode(text: &str) -> Option<Self>;
}

impl OnSocket for SocketState {
    fn wave(&self) -> Option<u8> {
        self.device.map(|_| self.wave.number())
    }

    fn encode(&self) -> String {
        socket_state::encode(self)
    }

    fn decode(text: &str) -> Option<Self> {
        socket_state::decode(text)
    }
}

impl<K: OnSocket> Sockets<K> {
    /// The sockets of the object whose state is `state`; call [`Sockets::restore`] before use.
    pub(crate) fn new(state: &worker::State) -> Self {
        Self(raw::Sockets::new(state.as_raw().unchecked_ref()), PhantomData)
    }

    /// Finds the sockets that outlived an eviction, and `also` that one.
    pub(crate) fn restore(&self, also: Option<&WebSocket>) -> Vec<(SessionId, K)> {
        let also = also.map_or(JsValue::UNDEFINED, |socket| socket.as_ref().into());
        let read = |row: JsValue| {
            let row: Array = row.dyn_into().ok()?;
            let session = session(&row.get(0))?;
            Some((session, K::decode(&row.get(1).as_string()?)?))
        };
        self.0.restore(&also).into_iter().filter_map(read).collect()
    }

    /// Takes a socket into the object, so that it may hibernate.
    pub(crate) fn accept(&self, socket: &WebSocket, session: SessionId) -> worker::Result<()> {
        Ok(self.0.accept(socket.as_ref().unchecked_ref(), number(session))?)
    }

    /// Writes a state on a socket.
    pub(crate) fn keep(&self, session: SessionId, state: &K) -> worker::Result<()> {
        Ok(self.0.keep(number(session), &state.encode(), state.wave())?)
    }

    /// Writes a note on one of the sockets, in the place of an earlier one.
    pub(crate) fn note(&self, note: &str) {
        self.0.note(note);
    }

    /// The note that outlived an eviction; call [`Sockets::restore`] before.
    pub(crate) fn noted(&self) -> Option<String> {
        self.0.noted()
    }

    /// The session of a socket that the runtime handed over.
    pub(crate) fn session_of(&self, socket: &WebSocket) -> Option<SessionId> {
        session(&self.0.session_of(socket.as_ref().unchecked_ref()))
    }

    /// Sends a frame; answers whether the socket took it.
    pub(crate) fn send(&self, session: SessionId, frame: &str) -> bool {
        self.send_text(session, &Text::new(frame))
    }

    /// The same, with a frame that others get, too.
    pub(crate) fn send_text(&self, session: SessionId, frame: &Text) -> bool {
        self.0.send(number(session), &frame.0)
    }

    /// Sends a frame to every live session; answers those whose sockets did not take it.
    pub(crate) fn broadcast(&self, frame: &str) -> Vec<SessionId> {
        self.0.broadcast(frame).into_iter().filter_map(|dead| session(&dead)).collect()
    }

    /// The same for the live sessions of one wave.
    pub(crate) fn serve(&self, wave: Wave, frame: &str) -> Vec<SessionId> {
        let dead = self.0.serve(wave.number(), frame);
        dead.into_iter().filter_map(|dead| session(&dead)).collect()
    }

    /// Closes a socket and forgets it.
    pub(crate) fn close(&self, session: SessionId, code: CloseCode) {
        self.0.close(number(session), code.number(), code.name());
    }

    /// Closes every socket and forgets them.
    pub(crate) fn close_all(&self, code: CloseCode) {
        self.0.close_all(code.number(), code.name());
    }

    /// Forgets a socket that is gone.
    pub(crate) fn forget(&self, session: SessionId) {
        self.0.forget(number(session));
    }
}

/// One timer, which calls back into the object that owns it.
pub(crate) struct Timer {
    raw: raw::Timer,
    /// Lives as long as the timer may fire.
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    pub(crate) fn new(callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::<dyn FnMut()>::new(callback);
        Self { raw: raw::Timer::new(callback.as_ref()), _callback: callback }
    }

    /// Calls back in `ms` milliseconds, instead of when an earlier call said.
    pub(crate) fn set(&self, ms: u64) {
        self.raw.set(float(ms));
    }

    /// Does not call back.
    pub(crate) fn clear(&self) {
        self.raw.clear();
    }
}

/// Asks for an alarm at `at_ms`, as part of the current turn.
pub(crate) fn arm_alarm(storage: &worker::Storage, at_ms: u64) {
    raw::arm_alarm(storage.as_raw().unchecked_ref(), float(at_ms));
}

/// Runs `work` in a transaction that an error rolls back.
pub(crate) fn atomically(
    storage: &worker::Storage,
    work: &mut dyn FnMut() -> Option<String>,
) -> worker::Result<()> {
    Ok(raw::atomically(storage.as_raw().unchecked_ref(), &mut || work())?)
}

/// Session ids are at most `INTEGER_MAX`, which a double holds exactly.
fn number(session: SessionId) -> f64 {
    float(session.0)
}

#[expect(clippy::cast_precision_loss, reason = "sessions and times are below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number was a session id before JavaScript held it"
)]
fn session(value: &JsValue) -> Option<SessionId> {
    value.as_f64().map(|number| SessionId(number as u64))
}

mod raw {
    use wasm_bindgen::prelude::*;
    use worker::js_sys::Array;

    #[wasm_bindgen(module = "/src/sockets.js")]
    extern "C" {
        pub(super) type Sockets;
        #[wasm_bindgen(constructor)]
        pub(super) fn new(state: &JsValue) -> Sockets;
        #[wasm_bindgen(method)]
        pub(super) fn restore(this: &Sockets, also: &JsValue) -> Array;
        #[wasm_bindgen(method, catch)]
        pub(super) fn accept(this: &Sockets, socket: &JsValue, session: f64)
        -> Result<(), JsValue>;
        #[wasm_bindgen(method, catch)]
        pub(super) fn keep(
            this: &Sockets,
            session: f64,
            text: &str,
            wave: Option<u8>,
        ) -> Result<(), JsValue>;
        #[wasm_bindgen(method)]
        pub(super) fn note(this: &Sockets, note: &str);
        #[wasm_bindgen(method)]
        pub(super) fn noted(this: &Sockets) -> Option<String>;
        #[wasm_bindgen(method, js_name = sessionOf)]
        pub(super) fn session_of(this: &Sockets, socket: &JsValue) -> JsValue;
        #[wasm_bindgen(method)]
        pub(super) fn send(this: &Sockets, session: f64, frame: &JsValue) -> bool;
        #[wasm_bindgen(method)]
        pub(super) fn broadcast(this: &Sockets, frame: &str) -> Array;
        #[wasm_bindgen(method)]
        pub(super) fn serve(this: &Sockets, wave: u8, frame: &str) -> Array;
        #[wasm_bindgen(method)]
        pub(super) fn close(this: &Sockets, session: f64, code: u16, reason: &str);
        #[wasm_bindgen(method, js_name = closeAll)]
        pub(super) fn close_all(this: &Sockets, code: u16, reason: &str);
        #[wasm_bindgen(method)]
        pub(super) fn forget(this: &Sockets, session: f64);

        pub(super) type Timer;
        #[wasm_bindgen(constructor)]
        pub(super) fn new(callback: &JsValue) -> Timer;
        #[wasm_bindgen(method)]
        pub(super) fn set(this: &Timer, ms: f64);
        #[wasm_bindgen(method)]
        pub(super) fn clear(this: &Timer);

        #[wasm_bindgen(js_name = armAlarm)]
        pub(super) fn arm_alarm(storage: &JsValue, at_ms: f64);
        #[wasm_bindgen(catch)]
        pub(super) fn atomically(
            storage: &JsValue,
            work: &mut dyn FnMut() -> Option<String>,
        ) -> Result<(), JsValue>;
    }
}
