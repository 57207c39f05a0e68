//! Invites: whoever holds the code sees the room and may enter it.

use protocol::InviteCode;
use worker::{Method, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{Object, Question, ask};
use crate::problem::Problem;

/// `GET invites/{code}`
pub(crate) async fn show(
    bindings: Bindings<'_>,
    caller: &Caller,
    code: InviteCode,
) -> Result<Response, Problem> {
    let question = Question::new(Method::Get, format!("invites/{}", code.invite));
    ask(bindings, Object::Room(code.room), caller, question).await
}

/// `POST invites/{code}/accept`
pub(crate) async fn accept(
    bindings: Bindings<'_>,
    caller: &Caller,
    code: InviteCode,
) -> Result<Response, Problem> {
    let question = Question::new(Method::Post, format!("invites/{}/accept", code.invite));
    ask(bindings, Object::Room(code.room), caller, question).await
}
