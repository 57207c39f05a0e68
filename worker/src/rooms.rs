//! Rooms: founding one, and asking its object everything else.

use std::fmt::Display;
use std::pin::pin;
use std::time::Duration;

use durable_objects::api::{CreateRoom, Leave, Person, USER_HEADER};
use futures::future::{Either, select};
use protocol::limits::{ANSWER_MS_MAX, ROOM_NAME_CHARS_MAX};
use protocol::{RoomId, RoomKind, Timestamp};
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{Delay, Headers, Method, Request, RequestInit, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::label::label;
use crate::problem::{Cause, Problem};
use crate::route::RoomRoute;
use crate::{accounts, random, request};

/// Characters of a topic: a line or two below the room's name.
const TOPIC_CHARS_MAX: usize = 250;

#[derive(Deserialize)]
struct NewRoom {
    name: String,
    kind: String,
    topic: Option<String>,
}

/// What is asked of a room's object.
pub(crate) struct Question {
    /// The method.
    pub(crate) method: Method,
    /// The operation and its query.
    pub(crate) operation: String,
    /// JSON.
    pub(crate) body: Option<String>,
    /// Whether the answer shall be a socket.
    pub(crate) upgrade: bool,
}

/// `POST rooms`
pub(crate) async fn create(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let caller = accounts::caller(request, bindings, now)?;
    let new: NewRoom = request::json(request).await?;
    let kind: RoomKind = new.kind.parse().map_err(|_| Problem::UnsupportedKind)?;
    let name = label(&new.name, ROOM_NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`name` {why}")))?;
    let topic = match new.topic.as_deref().map(str::trim) {
        None | Some("") => String::new(),
        Some(topic) => label(topic, TOPIC_CHARS_MAX)
            .map_err(|why| Problem::BadRequest(format!("`topic` {why}")))?,
    };
    let room = RoomId::from_random(random::for_id()?);
    let owner = person(&caller);
    let body = CreateRoom { room, name, kind, topic, owner };
    let question = post("create", &body)?;
    forward(bindings, room, &caller, question).await
}

/// Everything below `rooms/{room}` except its socket.
pub(crate) async fn ask(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    room: RoomId,
    route: RoomRoute,
) -> Result<Response, Problem> {
    let caller = accounts::caller(request, bindings, now)?;
    let question = match route {
        RoomRoute::Join => post("join", &person(&caller))?,
        RoomRoute::Leave => post("leave", &Leave { user: caller.user })?,
        RoomRoute::Summary => get("summary", request)?,
        RoomRoute::Members => get("members", request)?,
        RoomRoute::Log => get("log", request)?,
    };
    forward(bindings, room, &caller, question).await
}

/// Asks a room's object on behalf of `caller`. Headers of the caller's request never reach it.
///
/// # Errors
/// [`Problem::RoomUnavailable`] if the object does not answer; a refusal of the object is an
/// answer.
pub(crate) async fn forward(
    bindings: Bindings<'_>,
    room: RoomId,
    caller: &Caller,
    question: Question,
) -> Result<Response, Problem> {
    let stub = bindings.room(room)?;
    let request = internal_request(caller, question)
        .map_err(|error| Problem::internal("request to a room", &error))?;
    // An object that panics leaves its callers without any answer, so they do not wait forever.
    let late = pin!(Delay::from(Duration::from_millis(ANSWER_MS_MAX)));
    let answer = pin!(stub.fetch_with_request(request));
    let unavailable =
        |why: &dyn Display| Problem::RoomUnavailable(Cause(format!("room {room}: {why}")));
    match select(answer, late).await {
        Either::Left((answer, _)) => answer.map_err(|error| unavailable(&error)),
        Either::Right(_) => Err(unavailable(&"no answer in time")),
    }
}

fn internal_request(caller: &Caller, question: Question) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set(USER_HEADER, caller.user.as_str())?;
    if question.upgrade {
        headers.set("upgrade", "websocket")?;
    }
    let mut init = RequestInit::new();
    init.with_method(question.method)
        .with_headers(headers)
        .with_body(question.body.as_deref().map(JsValue::from_str));
    Request::new_with_init(&format!("https://room/{}", question.operation), &init)
}

fn post(operation: &str, body: &impl Serialize) -> Result<Question, Problem> {
    let body = serde_json::to_string(body)
        .map_err(|error| Problem::internal("request to a room", &error))?;
    Ok(Question {
        method: Method::Post,
        operation: operation.to_owned(),
        body: Some(body),
        upgrade: false,
    })
}

/// A question with the query as the caller wrote it; the object reads what it knows.
fn get(operation: &str, request: &Request) -> Result<Question, Problem> {
    let url = request::url(request)?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Question {
        method: Method::Get,
        operation: format!("{operation}{query}"),
        body: None,
        upgrade: false,
    })
}

fn person(caller: &Caller) -> Person {
    Person { user: caller.user, name: caller.name.clone() }
}
