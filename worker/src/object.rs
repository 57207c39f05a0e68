//! Asking an object: a room's, or the one that keeps a user's own list of rooms.
//!
//! The Worker has verified who asks and says so in headers; no header of the caller's own request
//! reaches an object.

use std::fmt::Display;

use object_api::deadline::within_ms;
use object_api::room::{GRANT_HEADER, NAME_HEADER, USER_HEADER};
use object_api::url::RequestUrl;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use protocol::limits::ANSWER_MS_MAX;
use protocol::{RoomId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Headers, Method, Request, Response, Stub};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::{Cause, Problem};
use crate::{binding, request};

/// Which object is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Object {
    /// A room, whether or not it was founded.
    Room(RoomId),
    /// The caller's own.
    Mine,
    /// That of a user who does not ask.
    User(UserId),
    /// The one that answers for all meters.
    Meter,
}

/// What is asked of an object.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    method: Method,
    /// The path without its first slash, and the query.
    operation: String,
    body: Option<String>,
    is_upgrade: bool,
    within_ms: u64,
}

impl Question {
    /// A question without a body.
    pub(crate) fn new(method: Method, operation: impl Into<String>) -> Self {
        Self {
            method,
            operation: operation.into(),
            body: None,
            is_upgrade: false,
            within_ms: ANSWER_MS_MAX,
        }
    }

    /// A question whose answer is a socket.
    pub(crate) fn upgrade(operation: &str) -> Self {
        Self { is_upgrade: true, ..Self::new(Method::Get, operation) }
    }

    /// The question with `body` as JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) fn with_json(self, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(body)
            .map_err(|error| Problem::internal("question to an object", &error))?;
        Ok(self.with_body(body))
    }

    /// The question with a body as the caller wrote it.
    pub(crate) fn with_body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The question, with an end to the patience for its answer.
    pub(crate) fn within_ms(self, within_ms: u64) -> Self {
        Self { within_ms, ..self }
    }
}

/// Asks an object on behalf of `caller`. A refusal of the object is an answer.
///
/// # Errors
/// [`Problem::Unavailable`] if the object does not answer.
pub(crate) async fn ask(
    bindings: Bindings<'_>,
    object: Object,
    caller: &Caller,
    question: Question,
) -> Result<Response, Problem> {
    ask_as(bindings, object, Some(caller), question).await
}

/// Asks a room on behalf of `caller`, in what outlives the request that began it.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_room(
    env: &Env,
    room: RoomId,
    caller: &Caller,
    question: Question,
) -> Result<Response, Problem> {
    let (stub, object) = (binding::room_in(env, room)?, Object::Room(room));
    ask_stub(&stub, (object, &format!("room {room}")), Some(caller), &question).await
}

/// Asks the object of a user on behalf of nobody, in what outlives the request that began it or
/// never had one.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_user(
    env: &Env,
    user: UserId,
    question: Question,
) -> Result<Response, Problem> {
    let (stub, object) = (binding::user_in(env, user)?, Object::User(user));
    ask_stub(&stub, (object, &format!("user {user}")), None, &question).await
}

/// Asks the meter that answers for all, for whoever runs the deployment.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_meter(env: &Env, question: Question) -> Result<Response, Problem> {
    ask_stub(&binding::meter_in(env)?, (Object::Meter, "meter"), None, &question).await
}

/// Asks an object on behalf of nobody, for an archive job.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_for_job(
    bindings: Bindings<'_>,
    object: Object,
    question: Question,
) -> Result<Response, Problem> {
    ask_as(bindings, object, None, question).await
}

/// Asks an object what the caller asks, in the caller's words.
///
/// # Errors
/// 401, 413, and as [`ask`].
pub(crate) async fn forward(
    request: &mut Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    object: Object,
    (method, operation): (Method, String),
) -> Result<Response, Problem> {
    let url = RequestUrl::of(request);
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let has_body = !matches!(method, Method::Get);
    let mut question = Question::new(method, format!("{operation}{query}"));
    if has_body && let Some(body) = request::text(request).await? {
        question = question.with_body(body);
    }
    ask(bindings, object, caller, question).await
}

/// The JSON of an answer that is not a refusal; a refusal is for the caller.
///
/// # Errors
/// An internal failure, if the answer cannot be read.
pub(crate) async fn json<T: DeserializeOwned>(
    mut answer: Response,
) -> Result<Result<T, Response>, Problem> {
    if !matches!(answer.status_code(), 200..=299) {
        return Ok(Err(answer));
    }
    let read = answer.json().await;
    read.map(Ok).map_err(|error| Problem::internal("answer of an object", &error))
}

async fn ask_as(
    bindings: Bindings<'_>,
    object: Object,
    caller: Option<&Caller>,
    question: Question,
) -> Result<Response, Problem> {
    let user = |user: UserId| bindings.user(user).map(|stub| (stub, format!("user {user}")));
    let (stub, whose) = match (object, caller) {
        (Object::Room(room), _) => (bindings.room(room)?, format!("room {room}")),
        (Object::User(of), _) => user(of)?,
        (Object::Mine, Some(caller)) => user(caller.user)?,
        (Object::Meter, _) => (binding::meter_in(bindings.env)?, "meter".to_owned()),
        (Object::Mine, None) => return Err(Problem::NotFound),
    };
    ask_stub(&stub, (object, &whose), caller, &question).await
}

async fn ask_stub(
    stub: &Stub,
    (object, whose): (Object, &str),
    caller: Option<&Caller>,
    question: &Question,
) -> Result<Response, Problem> {
    // An object that panics leaves its callers without any answer, so they do not wait forever.
    let patience_ms = question.within_ms;
    let request = internal_request(caller, question)
        .map_err(|error| Problem::internal("question to an object", &error))?;
    let unavailable =
        |why: &dyn Display| Problem::Unavailable(object, Cause(format!("{whose}: {why}")));
    match within_ms(patience_ms, stub.fetch_with_request(request)).await {
        Some(answer) => answer.map_err(|error| unavailable(&error)),
        None => Err(unavailable(&"no answer in time")),
    }
}

fn internal_request(caller: Option<&Caller>, question: &Question) -> worker::Result<Request> {
    let headers = Headers::new();
    if let Some(caller @ Caller { user, name, .. }) = caller {
        headers.set(USER_HEADER, user.as_str())?;
        headers.set(GRANT_HEADER, &caller.grant().to_string())?;
        headers.set(NAME_HEADER, &utf8_percent_encode(name, NON_ALPHANUMERIC).to_string())?;
    }
    if question.is_upgrade {
        headers.set("upgrade", "websocket")?;
    }
    let url = format!("https://object/{}", question.operation);
    object_api::question::request(&question.method, &url, &headers, question.body.as_deref())
}
