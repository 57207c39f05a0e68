//! The user object: one Durable Object for each user, which keeps the user's list of rooms.
#![allow(missing_docs, reason = "the platform's macro writes methods without any")]

mod delivery;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use object_api::errand::{Errand, NewErrand, Told};
use object_api::room::GRANT_HEADER;
use object_api::user::{Delivered, Mute, Rooms, Standing};
use protocol::codec::{PING, PONG, SUBPROTOCOL};
use protocol::limits::INBOX_ROOMS_MAX;
use protocol::ordered::Set;
use protocol::{CloseCode, Denial, Grant, Refusal, RoomId, SessionId, Timestamp};
use serde::de::DeserializeOwned;
use user::{Effect, Effects, Inbox, Input, Rate, Snapshot, Socket};
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::{
    DurableObject, Env, Error, Headers, Method, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, WebSocketPair, durable_object, wasm_bindgen,
};

use crate::instances::Instances;
use crate::problem::Problem;
use crate::sockets::{OnSocket, Sockets};
use crate::store::{DurableSql, Errands, Standings, StoreError};
use crate::{clock, log, policy};
use delivery::Delivery;

thread_local! {
    static INSTANCES: Instances<Desk> = const { Instances::new() };
}

/// One user, on the platform.
#[durable_object]
pub struct User(Rc<Desk>);

/// Everything around the core. Handlers may interleave at an `await`, so the core is borrowed only
/// within a turn, which has none.
struct Desk {
    state: State,
    env: Env,
    store: Standings<DurableSql>,
    errands: Errands<DurableSql>,
    delivery: Delivery,
    sockets: Sockets<Socket>,
    /// The core; `None` until an event needs it, and after a failure.
    inbox: RefCell<Option<Inbox>>,
    founding: Rate,
}

impl DurableObject for User {
    fn new(state: State, env: Env) -> Self {
        // An object without this answer would be woken by every ping; that is no reason to fail.
        if let Ok(pair) = WebSocketRequestResponsePair::new(PING, PONG) {
            state.set_websocket_auto_response(&pair);
        }
        let desk = Rc::new(Desk {
            store: Standings(DurableSql::new(state.storage())),
            errands: Errands(DurableSql::new(state.storage())),
            delivery: Delivery::default(),
            sockets: Sockets::new(&state),
            inbox: RefCell::new(None),
            founding: policy::read_founding(&env, |cause| log::error("user_policy", None, &cause)),
            state,
            env,
        });
        let id = desk.state.id().to_string();
        if let Some(evicted) = INSTANCES.with(|instances| instances.succeed(id, &desk)) {
            *evicted.inbox.borrow_mut() = None;
        }
        Self(desk)
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        match self.0.answer(request).await {
            Ok(response) => Ok(response),
            Err(problem) => {
                if problem.is_ours() {
                    self.0.log("user_request", &problem);
                }
                problem.into_response()
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        if let Err(error) = self.0.input(Input::Woke) {
            self.0.log("user_alarm", &error);
        }
        delivery::start(&self.0).await;
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        _message: WebSocketIncomingMessage,
    ) -> Result<()> {
        self.0.input_from(&socket, |session| Input::Frame { session });
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        self.0.disconnected(&socket);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _error: Error) -> Result<()> {
        self.0.disconnected(&socket);
        Ok(())
    }
}

impl Desk {
    /// Answers a room or the Worker; see [`object_api::user`].
    async fn answer(
        self: &Rc<Self>,
        mut request: Request,
    ) -> std::result::Result<Response, Problem> {
        let path = request.path();
        let grant = grant(&request)?;
        if let Some(grant) = grant
            && self.read(|inbox| inbox.has_ended(&grant))?
        {
            return Err(Problem::SignedOut);
        }
        match (request.method(), path.as_str()) {
            (Method::Post, "/standing") => {
                let told: Standing = body(&mut request).await?;
                self.recall(told.room)?;
                self.leave_again(&told)?;
                self.input(Input::Told(heard(told)))?;
                let now = clock::now();
                let delivered = self.read(|inbox| Delivered {
                    watching: inbox.is_watched(),
                    endings: inbox.endings(now).collect(),
                })?;
                Ok(Response::from_json(&delivered)?)
            }
            (Method::Post, "/errands") => self.errand(body(&mut request).await?),
            (Method::Post, "/found") => self.found(),
            (Method::Get, "/rooms") => {
                Ok(Response::from_json(&Rooms { rooms: self.read(Inbox::rooms)? })?)
            }
            (Method::Get, "/socket") => self.socket(grant),
            (Method::Delete, "/") => self.forget(),
            (Method::Patch, path) => match path.strip_prefix("/rooms/") {
                Some(room) => {
                    let room = room.parse().map_err(|_| Problem::NoSuchRoom)?;
                    self.mute(room, body(&mut request).await?)
                }
                None => Err(Problem::NotFound),
            },
            _ => Err(Problem::NotFound),
        }
    }

    /// Stores an errand for every room of the user, and heeds it itself.
    fn errand(self: &Rc<Self>, new: NewErrand) -> std::result::Result<Response, Problem> {
        let NewErrand { user, errand, rooms } = new;
        let rooms = Set::of(self.store.rooms()?.into_iter().chain(rooms));
        let told = Told { user, errand };
        self.errands.add(&told, &rooms, clock::now())?;
        delivery::arm_soon(self);
        match told.errand {
            Errand::SignedOut(ending) => self.input(Input::SignedOut(ending))?,
            Errand::Departed => self.errands.depart(user)?,
            Errand::Renamed { .. } => {}
        }
        // Nobody needs to wait for the rooms.
        drop(delivery::start(self));
        Ok(Response::empty()?.with_status(204))
    }

    /// A room that somebody joined while the account was being deleted hears of that, too.
    fn leave_again(self: &Rc<Self>, told: &Standing) -> std::result::Result<(), Problem> {
        if told.standing.is_some()
            && let Some(user) = self.errands.departed()?
        {
            let departed = Told { user, errand: Errand::Departed };
            self.errands.add(&departed, &Set::of([told.room]), clock::now())?;
            delivery::arm_soon(self);
            drop(delivery::start(self));
        }
        Ok(())
    }

    fn found(&self) -> std::result::Result<Response, Problem> {
        if let Some(ms) = self.read(|inbox| inbox.found_wait_ms(clock::now()))? {
            return Err(Denial::until(Refusal::RateLimited, ms).into());
        }
        self.input(Input::Found)?;
        Ok(Response::empty()?.with_status(204))
    }

    /// The user was erased: nothing stays, and nobody listens any more.
    fn forget(&self) -> std::result::Result<Response, Problem> {
        self.load(None)?;
        self.store.forget()?;
        self.start_anew();
        Ok(Response::empty()?.with_status(204))
    }

    fn mute(&self, room: RoomId, Mute { muted }: Mute) -> std::result::Result<Response, Problem> {
        self.recall(room)?;
        if !self.read(|inbox| inbox.has(room))? {
            return Err(Problem::NoSuchRoom);
        }
        self.input(Input::Mute { room, muted })?;
        Ok(Response::empty()?.with_status(204))
    }

    fn socket(&self, grant: Option<Grant>) -> std::result::Result<Response, Problem> {
        // Before the new socket is accepted: it is not one that outlived an eviction.
        self.load(None)?;
        let pair = WebSocketPair::new()?;
        let session = clock::new_session();
        self.sockets.accept(&pair.server, session)?;
        self.input(Input::Connected { session, grant })?;
        if grant.is_some_and(|grant| grant.until.is_some()) {
            delivery::arm(self, self.errands.next_at()?);
        }
        let headers = Headers::new();
        headers.set("sec-websocket-protocol", SUBPROTOCOL)?;
        Ok(Response::from_websocket(pair.client)?.with_headers(headers))
    }

    /// Hands an input to the core and carries out its effects, in one turn.
    ///
    /// If that fails midway, memory may be ahead of storage: the inbox starts anew, and everyone
    /// comes back to what is stored.
    fn input(&self, input: Input) -> std::result::Result<(), StoreError> {
        self.load(None)?;
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let handle = |inbox: &mut Inbox| inbox.handle(clock::now(), input);
            let effects = self.inbox.borrow_mut().as_mut().map(handle).unwrap_or_default();
            for session in self.execute(effects).inspect_err(|_| self.start_anew())? {
                self.sockets.forget(session);
                inputs.push_back(Input::Disconnected { session });
            }
        }
        Ok(())
    }

    /// Carries out effects front to back; answers the sockets that turned out to be dead.
    fn execute(&self, effects: Effects) -> std::result::Result<Vec<SessionId>, StoreError> {
        let mut dead = Vec::new();
        for effect in effects.0 {
            match effect {
                Effect::Store(standing) => self.store.put(&standing)?,
                Effect::StoreCredit { full_at } => self.store.put_credit(full_at)?,
                Effect::StoreEndings(endings) => self.store.put_endings(&endings)?,
                Effect::Keep { session, socket } => self
                    .sockets
                    .keep(session, &socket)
                    .map_err(|error| StoreError::Sql(error.to_string()))?,
                Effect::Send { session, frame } => {
                    if !self.sockets.send(session, &frame) {
                        dead.push(session);
                    }
                }
                Effect::Broadcast(frame) => dead.extend(self.sockets.broadcast(&frame)),
                Effect::Close { session, code } => self.sockets.close(session, code),
            }
        }
        Ok(dead)
    }

    /// Makes sure that the core has in memory what is stored of a room.
    fn recall(&self, room: RoomId) -> std::result::Result<(), Problem> {
        if !self.read(|inbox| inbox.holds(room))?
            && let Some(standing) = self.store.get(room)?
        {
            self.input(Input::Recalled(standing))?;
        }
        Ok(())
    }

    fn read<T>(&self, read: impl FnOnce(&Inbox) -> T) -> std::result::Result<T, Problem> {
        self.load(None)?;
        self.inbox.borrow().as_ref().map(read).ok_or(Problem::Restarted)
    }

    /// Makes sure that the core is in memory. The runtime no longer lists `socket` if it closed
    /// while the inbox hibernated.
    fn load(&self, socket: Option<&WebSocket>) -> std::result::Result<(), StoreError> {
        if self.inbox.borrow().is_none() {
            let standings = self.store.newest(INBOX_ROOMS_MAX)?;
            let full_at = self.store.credit()?.unwrap_or_default();
            let endings = self.store.endings()?;
            let sockets = self.sockets.restore(socket);
            let snapshot = Snapshot { standings, full_at, endings, sockets };
            *self.inbox.borrow_mut() = Some(Inbox::restore(snapshot, self.founding));
        }
        Ok(())
    }

    fn start_anew(&self) {
        self.sockets.close_all(CloseCode::Restart);
        *self.inbox.borrow_mut() = None;
    }

    fn disconnected(&self, socket: &WebSocket) {
        self.input_from(socket, |session| {
            self.sockets.forget(session);
            Input::Disconnected { session }
        });
    }

    fn input_from(&self, socket: &WebSocket, input: impl FnOnce(SessionId) -> Input) {
        if let Some(session) = self.sockets.session_of(socket)
            && let Err(error) = self.load(Some(socket)).and_then(|()| self.input(input(session)))
        {
            self.log("user_turn", &error);
        }
    }

    fn log(&self, event: &str, cause: &dyn std::fmt::Display) {
        log::error(event, self.state.id().name().as_deref(), cause);
    }
}

impl OnSocket for Socket {
    fn wave(&self) -> Option<u8> {
        Some(0)
    }

    fn encode(&self) -> String {
        let grant = self.grant.map(|grant| format!(" {grant}")).unwrap_or_default();
        format!("{}{grant}", self.since.0)
    }

    /// A socket of an older version has no grant.
    fn decode(text: &str) -> Option<Self> {
        let (since, grant) = match text.split_once(' ') {
            Some((since, grant)) => (since, Some(grant.parse().ok()?)),
            None => (text, None),
        };
        Some(Self { since: Timestamp(since.parse().ok()?), grant })
    }
}

/// What a room tells, as the core takes it.
fn heard(told: Standing) -> user::Standing {
    let Standing { room, seq, standing } = told;
    user::Standing { room, seq, shown: standing.map(|standing| standing.shown(room)) }
}

/// What let the caller in; rooms, jobs and a Worker of an older version bring nothing.
fn grant(request: &Request) -> std::result::Result<Option<Grant>, Problem> {
    let Some(grant) = request.headers().get(GRANT_HEADER)? else {
        return Ok(None);
    };
    grant.parse().map(Some).map_err(|_| Problem::BadRequest(format!("no {GRANT_HEADER}")))
}

async fn body<T: DeserializeOwned>(request: &mut Request) -> std::result::Result<T, Problem> {
    let text = request.text().await?;
    serde_json::from_str(&text).map_err(|error| Problem::BadRequest(error.to_string()))
}
