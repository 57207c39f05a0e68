//! Who does not want to hear of whom (rule PE3).

use object_api::room::Block;
use protocol::{Refusal, Timestamp, UserId};
use worker::{Method, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::{Object, Question, ask};
use crate::problem::{Cause, Problem};
use crate::reply;
use crate::rooms::direct;
use crate::store::{Blocking, Store};

/// `GET me/blocks`
pub(crate) async fn list(bindings: Bindings<'_>, caller: &Caller) -> Result<Response, Problem> {
    let users = Store(bindings.database()?).blocks(caller.user).await?;
    reply::json(200, &serde_json::json!({ "users": users }))
}

/// `PUT me/blocks/{user}`
pub(crate) async fn put(
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, user): (&Caller, UserId),
) -> Result<Response, Problem> {
    if user == caller.user {
        let why = "nobody blocks the own account; give somebody else's id";
        return Err(Problem::BadRequest(why.to_owned()));
    }
    match Store(bindings.database()?).block(caller.user, user, now).await? {
        Blocking::Done => {}
        Blocking::NoSuchUser => return Err(Problem::NoSuchAccount),
        Blocking::TooMany(max) => {
            let why = format!("an account blocks at most {max} people; unblock somebody first");
            return Err(Problem::BadRequest(why));
        }
    }
    tell_all(bindings, caller, user).await?;
    Ok(reply::nothing())
}

/// `DELETE me/blocks/{user}`
pub(crate) async fn remove(
    bindings: Bindings<'_>,
    (caller, user): (&Caller, UserId),
) -> Result<Response, Problem> {
    Store(bindings.database()?).unblock(caller.user, user).await?;
    tell_all(bindings, caller, user).await?;
    Ok(reply::nothing())
}

/// Whether `caller` may open a direct room with these.
///
/// # Errors
/// [`Refusal::Blocked`] if one of them blocks the caller.
pub(crate) async fn may_open(
    bindings: Bindings<'_>,
    caller: &Caller,
    users: &[UserId],
) -> Result<(), Problem> {
    let blocked = Store(bindings.database()?).blockers(caller.user, users).await?;
    if blocked.is_empty() { Ok(()) } else { Err(Refusal::Blocked.into()) }
}

/// Tells the direct room of two, which was just founded, who of them blocks the other. A block
/// that is made at the same time is told by whoever makes it, or found here.
///
/// # Errors
/// [`Problem::Unavailable`] if the room does not answer.
pub(crate) async fn opened(
    bindings: Bindings<'_>,
    caller: &Caller,
    users: &[UserId],
) -> Result<(), Problem> {
    let &[one, other] = users else {
        return Ok(());
    };
    let store = Store(bindings.database()?);
    for (by, user) in [(one, other), (other, one)] {
        if !store.blockers(user, &[by]).await?.is_empty() {
            tell(bindings, caller, (by, user), true).await?;
        }
    }
    Ok(())
}

/// Tells the direct rooms of the caller with a person, and with each bot of theirs, whether the
/// caller takes messages there.
async fn tell_all(bindings: Bindings<'_>, caller: &Caller, user: UserId) -> Result<(), Problem> {
    let others = Store(bindings.database()?).with_bots(caller.user, user).await?;
    let told =
        others.iter().map(|other| tell(bindings, caller, (caller.user, other.id), other.blocked));
    futures::future::try_join_all(told).await.map(drop)
}

/// Tells the direct room of two, if there is one, whether `by` takes messages of the other.
async fn tell(
    bindings: Bindings<'_>,
    caller: &Caller,
    (by, user): (UserId, UserId),
    on: bool,
) -> Result<(), Problem> {
    let room = direct::room_id(&direct::members(by, &[user])?);
    let question = Question::new(Method::Put, "block").with_json(&Block { by, on })?;
    let answer = ask(bindings, Object::Room(room), caller, question).await?;
    match answer.status_code() {
        204 | 404 => Ok(()),
        status => {
            let cause = format!("room {room} answered {status}");
            Err(Problem::Unavailable(Object::Room(room), Cause(cause)))
        }
    }
}
