//! Erasing a user: where they were, and what D1 and their inbox have of them (rule AA7).

use protocol::{Timestamp, UserId, Which};
use serde_json::json;
use worker::{Method, Request, Response};

use super::Refusal;
use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::object::{Object, Question, ask_for_job};
use crate::problem::{Cause, Problem};
use crate::store::{Erased, Store};
use crate::{avatar, cursor, ending, reply};

/// `GET archive/users/{user}/rooms`
pub(super) async fn rooms(store: &Store, user: UserId) -> Result<Response, Problem> {
    reply::text("application/json", store.rooms_of(user).await?)
}

/// `GET archive/erasures?cursor=`
pub(super) async fn erasures(request: &Request, store: &Store) -> Result<Response, Problem> {
    let (users, last) = store.erasures(cursor::parameter(request)?).await?;
    let cursor = last.map(|last| cursor::encode(&last)).transpose()?;
    reply::json(200, &json!({ "users": users, "cursor": cursor }))
}

/// `POST archive/erasures/{user}/done`
pub(super) async fn erasure_done(store: &Store, user: UserId) -> Result<Response, Problem> {
    let was_asked = store.erasure_done(user).await?;
    if was_asked { Ok(reply::nothing()) } else { Err(Refusal::NoSuchUser.into()) }
}

/// `DELETE archive/users/{user}`
pub(super) async fn erase(
    bindings: Bindings<'_>,
    store: &Store,
    now: Timestamp,
    (user, whence): (UserId, &Whence),
) -> Result<Response, Problem> {
    let note = Note {
        at: now,
        actor: None,
        act: Act::AccountDeleted,
        target: Some(user.as_str()),
        detail: "erased",
        whence,
    };
    let erased = store.erase_user(user, &note);
    let Erased { is_known, passwords, sign_ins } =
        ending::around((bindings, store), user, (Which::All, now), erased).await?;
    let object = Object::User(user);
    let answer = ask_for_job(bindings, object, Question::new(Method::Delete, "")).await?;
    if answer.status_code() != 204 {
        let cause = format!("the inbox of {user} answered {}", answer.status_code());
        return Err(Problem::Unavailable(object, Cause(cause)));
    }
    avatar::sweep(&bindings.attachments()?, user).await?;
    if !is_known {
        return Err(Refusal::NoSuchUser.into());
    }
    reply::json(200, &json!({ "password": passwords > 0, "sign_ins": sign_ins }))
}
