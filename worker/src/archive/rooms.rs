//! Rooms: the list that D1 has of them, and what their objects answer.

use object_api::url::RequestUrl;
use protocol::{RoomId, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use worker::{Method, Request, Response};

use super::Refusal;
use crate::binding::Bindings;
use crate::object::{Object, Question, ask_for_job};
use crate::problem::Problem;
use crate::store::{Listed, Standing, Store};
use crate::{reply, request};

/// Milliseconds that a room has for one bounded batch.
const BATCH_MS_MAX: u64 = 60_000;

/// How the answer of a room begins that has nothing to seal.
const NOTHING_SEALED: &str = "{\"range\":null";

/// `GET archive/rooms?state=&before=&cursor=`
pub(super) async fn list(request: &Request, store: &Store) -> Result<Response, Problem> {
    let before = request::parameter(request, "before").map(|text| text.parse().map(Timestamp));
    let state = request::parameter(request, "state");
    let listed = match (state.as_deref(), before) {
        (_, Some(Err(_))) => Err("`before` is a time in milliseconds"),
        (Some("dirty"), _) => Ok(Listed::Dirty),
        (Some("expiring"), Some(Ok(before))) => Ok(Listed::Expiring { before }),
        (Some("expiring"), None) => Err("say what expires: add `before=` in milliseconds"),
        (Some("deleted"), _) => Ok(Listed::Deleted),
        (Some("held"), _) => Ok(Listed::Held),
        (Some("all") | None, _) => Ok(Listed::All),
        (Some(_), _) => Err("`state` is `dirty`, `expiring`, `deleted`, `held` or `all`"),
    };
    let listed = listed.map_err(|why| Problem::BadRequest(why.to_owned()))?;
    let after = request::parameter(request, "cursor").unwrap_or_default();
    if !after.is_empty() && after.parse::<RoomId>().is_err() {
        let why = "`cursor` is not one; begin again without it";
        return Err(Problem::BadRequest(why.to_owned()));
    }
    reply::text("application/json", store.list_rooms(listed, &after).await?)
}

/// What to ask the room's object: the same as the job asked.
pub(super) fn question(request: &Request, method: Method, operation: &str, body: &str) -> Question {
    let url = RequestUrl::of(request);
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let slash = if operation.is_empty() { "" } else { "/" };
    let path = format!("archive{slash}{operation}{query}");
    let question = Question::new(method, path).within_ms(BATCH_MS_MAX);
    if body.is_empty() { question } else { question.with_body(body.to_owned()) }
}

/// What the room's object answers. Where the room stands after that, D1 learns, too.
pub(super) async fn forward(
    bindings: Bindings<'_>,
    store: &Store,
    (room, operation): (RoomId, &str),
    question: Question,
) -> Result<Response, Problem> {
    let mut answer = ask_for_job(bindings, Object::Room(room), question).await?;
    let tells = matches!(operation, "seal" | "acknowledge" | "expire" | "hold" | "restore/finish");
    if answer.status_code() != 200 || !tells {
        return Ok(answer);
    }
    let failed = |error: &dyn std::fmt::Display| Problem::internal("answer of a room", error);
    let text = answer.text().await.map_err(|error| failed(&error))?;
    // What was sealed is not archived yet, and may come with all members of the room.
    if operation == "seal" && !text.starts_with(NOTHING_SEALED) {
        return reply::text("application/json", text);
    }
    let mut standing = standing(&text).map_err(|error| failed(&error))?;
    // What a room said of its hold before somebody set it may arrive after that; and a room that
    // comes back does not know that it was held.
    if operation != "hold" {
        standing.hold = None;
    }
    store.room_stands(room, &standing).await?;
    reply::text("application/json", text)
}

/// `POST archive/rooms/{room}/forgotten`
pub(super) async fn forgotten(
    body: &str,
    store: &Store,
    room: RoomId,
) -> Result<Response, Problem> {
    let body: Value = super::read(body)?;
    let fence = body.get("fence").and_then(Value::as_u64).ok_or_else(|| {
        Problem::BadRequest("`fence` is missing; say which lease you work under".to_owned())
    })?;
    let bucket = Sha256::digest(room.as_str()).first().copied().unwrap_or_default();
    if store.is_fenced(bucket, fence).await? {
        return Err(Refusal::Fenced.into());
    }
    match store.forget_room(room).await? {
        None => Err(Problem::NoSuchRoom),
        Some(false) => Err(Refusal::NotDeleted.into()),
        Some(true) => Ok(reply::nothing()),
    }
}

/// Where a room stands, as any of its answers says it: itself, or in `status`.
fn standing(text: &str) -> serde_json::Result<Standing> {
    let answer: Value = serde_json::from_str(text)?;
    let status = answer.get("status").unwrap_or(&answer);
    let number = |name: &str| status.get(name).and_then(Value::as_u64);
    Ok(Standing {
        head: number("head").unwrap_or_default(),
        archived: number("archived").unwrap_or_default(),
        oldest_at: number("oldest_at"),
        hold: status.get("hold").and_then(Value::as_bool),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aa4_a_room_says_where_it_stands_by_itself_or_beside_something_else() {
        let status = r#"{"room":"0123456789abcdefghjk","epoch":"0123456789abcdefghjk",
            "head":9,"archived":7,"expired":0,"revision":3,"oldest_at":5,"hold":true}"#;
        for text in [status, &format!(r#"{{"entries":3,"has_more":true,"status":{status}}}"#)] {
            let Standing { head, archived, oldest_at, hold } = standing(text).unwrap();
            assert_eq!((head, archived, oldest_at, hold), (9, 7, Some(5), Some(true)), "{text}");
        }
        assert!(standing("lines").is_err());
        let sealed = protocol::archive::Sealed {
            range: None,
            status: serde_json::from_str(status).unwrap(),
            state: None,
        };
        assert!(serde_json::to_string(&sealed).unwrap().starts_with(NOTHING_SEALED));
    }
}
