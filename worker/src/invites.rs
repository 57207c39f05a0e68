//! Invites: whoever holds the code sees the room and may enter it.

use protocol::{InviteCode, Timestamp};
use worker::{Method, Request, Response};

use crate::accounts;
use crate::binding::Bindings;
use crate::object::{Object, Question, ask};
use crate::problem::Problem;

/// `GET invites/{code}`
pub(crate) async fn show(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    code: InviteCode,
) -> Result<Response, Problem> {
    let caller = accounts::caller(request, bindings, now)?;
    let question = Question::new(Method::Get, format!("invites/{}", code.invite));
    ask(bindings, Object::Room(code.room), &caller, question).await
}

/// `POST invites/{code}/accept`
pub(crate) async fn accept(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    code: InviteCode,
) -> Result<Response, Problem> {
    let caller = accounts::caller(request, bindings, now)?;
    let question = Question::new(Method::Post, format!("invites/{}/accept", code.invite));
    ask(bindings, Object::Room(code.room), &caller, question).await
}
