//! The room object: one Durable Object for each room.
#![allow(missing_docs, reason = "the platform's macro writes methods without any")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use protocol::codec::{PING, PONG, Violation, decode_client_frame};
use protocol::ordered::Map;
use protocol::{ClientLine, CloseCode, Denial, RoomId, SessionId, Timestamp};
use room::{Act, Answer, Archiving, Founding, Input, Known, Needs, Policy, RequestId};
use worker::wasm_bindgen::prelude::*;
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, durable_object, web_sys,
};

use crate::alarm::Alarm;
use crate::execute::Executed;
use crate::instances::Instances;
use crate::metering::Metering;
use crate::outbox::Delivery;
use crate::problem::Problem;
use crate::replays::Replays;
use crate::sockets::{Sockets, Timer};
use crate::store::{DurableSql, SqlStore, Store, StoreError};
use crate::{alarm, clock, http, log, policy};

thread_local! {
    static INSTANCES: Instances<Shell> = const { Instances::new() };
}

/// One room, on the platform.
#[durable_object(alarm)]
pub struct Room(Rc<Shell>);

/// Everything around the core. Handlers of one object may interleave at an `await`, so state is
/// borrowed only within a turn, which has none.
pub(crate) struct Shell {
    pub(crate) state: State,
    pub(crate) env: Env,
    pub(crate) store: SqlStore<DurableSql>,
    pub(crate) sockets: Sockets,
    pub(crate) timer: Timer,
    pub(crate) replays: Replays,
    /// The core; `None` until an event needs it, and after a failure.
    pub(crate) room: RefCell<Option<room::Room>>,
    pub(crate) waiting: RefCell<Map<RequestId, oneshot::Sender<Outcome>>>,
    last_request: Cell<u64>,
    policy: Policy,
    pub(crate) alarm: Alarm,
    pub(crate) delivery: Delivery,
    pub(crate) meter: Metering,
    /// For what outlives the turn that begins it.
    pub(crate) me: Weak<Self>,
}

/// What a request is answered with.
pub(crate) type Outcome = std::result::Result<Answer, Denial>;

impl DurableObject for Room {
    fn new(state: State, env: Env) -> Self {
        // An object without this answer would be woken by every ping; that is no reason to fail.
        if let Ok(pair) = WebSocketRequestResponsePair::new(PING, PONG) {
            state.set_websocket_auto_response(&pair);
        }
        let policy = policy::read(&env, |cause| log::error("room_policy", None, &cause));
        let shell = Rc::new_cyclic(|me: &Weak<Shell>| {
            let shell = me.clone();
            let woke = move || {
                if let Some(shell) = shell.upgrade() {
                    shell.input_or_log(Input::Woke);
                }
            };
            let shell = me.clone();
            let report = move || {
                if let Some(shell) = shell.upgrade() {
                    shell.count(clock::now());
                }
            };
            Shell {
                store: SqlStore(DurableSql::new(state.storage())),
                sockets: Sockets::new(&state),
                timer: Timer::new(woke),
                replays: Replays::default(),
                room: RefCell::new(None),
                waiting: RefCell::default(),
                last_request: Cell::new(0),
                policy,
                alarm: Alarm::default(),
                delivery: Delivery::default(),
                meter: Metering::new(report),
                me: me.clone(),
                state,
                env,
            }
        });
        let id = shell.state.id().to_string();
        if let Some(evicted) = INSTANCES.with(|instances| instances.succeed(id, &shell)) {
            evicted.let_go();
        }
        Self(shell)
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        match http::answer(&self.0, request).await {
            Ok(response) => Ok(response),
            Err(problem) => {
                let problem = self.0.unless_restoring(problem);
                if problem.is_ours() {
                    self.0.log("room_request", &problem);
                    self.0.count(clock::now());
                }
                problem.into_response()
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        alarm::rang(&self.0).await;
        Response::empty()
    }
}

/// The events of sockets. Each is done within one turn, so none needs the promise that the
/// platform's macro makes for it.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
impl Room {
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn websocket_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        // What is no text is binary.
        let text = message.as_string().ok_or(Violation::Malformed);
        self.0.frame(&socket.into(), text.and_then(|text| decode_client_frame(&text)));
    }

    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn websocket_close(&self, socket: web_sys::WebSocket) {
        self.0.disconnected(&socket.into());
    }

    #[wasm_bindgen(js_name = webSocketError)]
    pub fn websocket_error(&self, socket: web_sys::WebSocket) {
        self.0.disconnected(&socket.into());
    }
}

impl Shell {
    /// Hands an input to the core and carries out its effects, in one turn.
    ///
    /// If that fails midway, memory may be ahead of storage: the room starts anew, and everyone
    /// comes back to what is stored.
    pub(crate) fn input(&self, input: Input) -> std::result::Result<(), Problem> {
        self.input_at(clock::now(), input)
    }

    fn input_at(&self, now: Timestamp, input: Input) -> std::result::Result<(), Problem> {
        let done = self.turn(now, input);
        self.count(now);
        done
    }

    fn turn(&self, now: Timestamp, input: Input) -> std::result::Result<(), Problem> {
        self.load()?;
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let effects = match self.room.borrow_mut().as_mut() {
                Some(room) => room.handle(now, input),
                None => return Err(Problem::NoSuchRoom),
            };
            let Executed { dead, is_gone } =
                self.execute(effects).inspect_err(|_| self.start_anew())?;
            if is_gone {
                self.forget();
                break;
            }
            for session in dead {
                self.sockets.forget(session);
                inputs.push_back(Input::Disconnected { session });
            }
        }
        Ok(())
    }

    /// The same, for events that nobody waits for.
    pub(crate) fn input_or_log(&self, input: Input) {
        self.log_failure(self.input(input));
    }

    fn log_failure(&self, done: std::result::Result<(), Problem>) {
        match done {
            // A timer or a late frame of a room that was never founded concerns nobody.
            Ok(()) | Err(Problem::NoSuchRoom) => {}
            Err(problem) => self.log("room_turn", &problem),
        }
    }

    /// Founds the room of this object.
    pub(crate) fn found(&self, founding: Founding) -> std::result::Result<(), Problem> {
        if self.load()? {
            return Err(Problem::RoomExists);
        }
        if self.store.deleted()?.is_some() || self.store.is_restoring()? {
            return Err(Problem::NoSuchRoom);
        }
        let (room, effects) = room::Room::found(clock::now(), founding, self.policy);
        self.meter.woke(None);
        *self.room.borrow_mut() = Some(room);
        self.execute(effects).inspect_err(|_| self.start_anew())?;
        Ok(())
    }

    /// Asks the core, and waits until what it accepted is stored.
    pub(crate) async fn request(&self, act: Act) -> std::result::Result<Answer, Problem> {
        self.ask(|request| Input::Request { request, act }).await
    }

    /// The same for what the archive job asks, which is stored in the same turn.
    pub(crate) async fn archive(&self, act: Archiving) -> std::result::Result<Answer, Problem> {
        self.ask(|request| Input::Archive { request, act }).await
    }

    async fn ask(
        &self,
        input: impl FnOnce(RequestId) -> Input,
    ) -> std::result::Result<Answer, Problem> {
        let request = RequestId(self.last_request.get().wrapping_add(1));
        self.last_request.set(request.0);
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(request, sender);
        let asked = self.input(input(request));
        if asked.is_err() {
            self.waiting.borrow_mut().remove(&request);
        }
        asked?;
        receiver.await.map_err(|_| Problem::Restarted)?.map_err(Problem::from)
    }

    /// Reads from the core; `NoSuchRoom` if there is none.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&room::Room) -> T,
    ) -> std::result::Result<T, Problem> {
        self.load()?;
        self.room.borrow().as_ref().map(read).ok_or(Problem::NoSuchRoom)
    }

    /// A room that is being restored is none yet, but will be (rule RS1).
    fn unless_restoring(&self, problem: Problem) -> Problem {
        let is_restoring =
            matches!(problem, Problem::NoSuchRoom) && self.store.is_restoring().unwrap_or_default();
        if is_restoring { Problem::Restoring } else { problem }
    }

    /// Whether everything that the room accepted is stored.
    pub(crate) fn is_flushed(&self) -> std::result::Result<bool, StoreError> {
        self.load()?;
        let is_flushed = |room: &room::Room| room.head() == room.stored_head();
        Ok(self.room.borrow().as_ref().is_none_or(is_flushed))
    }

    /// Writes one line to the log, with what an operator needs to find the room, and counts it.
    pub(crate) fn log(&self, event: &str, problem: &dyn std::fmt::Display) {
        self.meter.failed();
        log::error(event, self.state.id().name().as_deref(), problem);
    }

    /// Whether there is a room, with its core in memory.
    pub(crate) fn is_there(&self) -> std::result::Result<bool, StoreError> {
        self.load()
    }

    /// The room's id, also after it was deleted, as long as somebody must be told.
    pub(crate) fn id(&self) -> std::result::Result<Option<RoomId>, StoreError> {
        if self.load()? {
            return Ok(self.room.borrow().as_ref().map(|room| room.settings().id));
        }
        self.store.deleted()
    }

    /// Makes sure that the core is in memory; answers whether there is one.
    fn load(&self) -> std::result::Result<bool, StoreError> {
        self.load_with(None)
    }

    fn load_with(&self, socket: Option<&WebSocket>) -> std::result::Result<bool, StoreError> {
        if self.room.borrow().is_some() {
            return Ok(true);
        }
        let Some(mut snapshot) = self.store.load()? else {
            return Ok(false);
        };
        snapshot.sockets = self.sockets.restore(socket);
        self.meter.woke(self.sockets.noted());
        let mut room = room::Room::restore(snapshot, self.policy);
        let effects = room.handle(clock::now(), Input::Woke);
        *self.room.borrow_mut() = Some(room);
        let Executed { dead, .. } = self.execute(effects).inspect_err(|_| self.start_anew())?;
        // A log that is older than its index is filled in without waiting for what is said next.
        if self.store.index_is_due()? {
            self.arm()?;
        }
        // Their close events are on the way; a room that has just woken can wait for them.
        for session in dead {
            self.sockets.forget(session);
        }
        Ok(true)
    }

    /// Hands over a frame, with what storage knows of the messages that it is about.
    fn frame(&self, socket: &WebSocket, frame: std::result::Result<Vec<ClientLine>, Violation>) {
        let Some(session) = self.session_of(socket) else {
            return;
        };
        // One time for both: what the room needs depends on it.
        let now = clock::now();
        let needs = self.read(|room| room.needs(now, session, &frame)).unwrap_or_default();
        let known = match needs {
            Needs { ref messages, ref uploads, .. }
                if messages.is_empty() && uploads.is_empty() =>
            {
                Ok(Known::default())
            }
            needs => self.store.known(&needs),
        };
        match known {
            Ok(known) => {
                self.log_failure(self.input_at(now, Input::Frame { session, frame, known }));
            }
            Err(error) => {
                // What is lost here would never be answered.
                self.log("room_turn", &error);
                self.start_anew();
            }
        }
    }

    /// Forgets everything that is not stored and sends everyone away, to come back at once.
    fn start_anew(&self) {
        let n_sessions = self.room.borrow().as_ref().map_or(0, room::Room::n_sessions);
        self.meter.erred(CloseCode::Restart.name(), u64::from(n_sessions));
        self.sockets.close_all(CloseCode::Restart);
        self.forget();
    }

    fn forget(&self) {
        self.let_go();
        self.waiting.borrow_mut().clear();
    }

    /// Frees what can be read again. Whoever waits goes on waiting.
    fn let_go(&self) {
        *self.room.borrow_mut() = None;
        self.replays.forget();
    }

    fn disconnected(&self, socket: &WebSocket) {
        if let Some(session) = self.session_of(socket) {
            self.sockets.forget(session);
            self.input_or_log(Input::Disconnected { session });
        }
    }

    /// The session of a socket, if the room can be loaded to hear of it.
    fn session_of(&self, socket: &WebSocket) -> Option<SessionId> {
        let session = self.sockets.session_of(socket)?;
        // The runtime no longer lists a socket that closed while the room hibernated.
        match self.load_with(Some(socket)) {
            Ok(_) => Some(session),
            Err(error) => {
                self.log("room_load", &error);
                None
            }
        }
    }
}
