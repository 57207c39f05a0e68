//! The end of an account, at the wish of its owner (rule PE4).

use protocol::{Timestamp, UserId, Which};
use serde::Deserialize;
use worker::{Method, Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::credentials::proof::prove;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::object::{Object, Question, ask_for_job};
use crate::problem::{Cause, Problem};
use crate::store::Store;
use crate::{accounts, avatar, ending, request};

/// What `DELETE me` asks for.
#[derive(Deserialize)]
struct Wish {
    password: Option<Password>,
    #[serde(default)]
    erase: bool,
}

/// `DELETE me`. The people's objects hear of it first, and remember it: if what comes after fails,
/// the owner is still there to ask again.
pub(crate) async fn delete(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let Wish { password, erase } = request::json(request).await?;
    let (store, whence) = (Store(bindings.database()?), Whence::of(request));
    prove((bindings, &store), caller, password.as_ref(), &whence, now).await?;
    // Whoever closes the page has said what they want.
    let _staying = bindings.stay();
    let user = caller.user;
    let mut gone = store.bots_of(user).await?;
    gone.push(user);
    for &user in &gone {
        depart(bindings, user).await?;
    }
    let detail = if erase { "erase" } else { "" };
    let (actor, act) = (Some(user), Act::AccountDeleted);
    let note = Note { at: now, actor, act, target: None, detail, whence: &whence };
    let change = store.delete_account(user, erase, &note);
    ending::around((bindings, &store), user, (Which::All, now), change).await?;
    let bucket = bindings.attachments()?;
    for &user in &gone {
        avatar::sweep(&bucket, user, None).await?;
    }
    accounts::farewell()
}

/// Has the object of a user take its leave of every room.
async fn depart(bindings: Bindings<'_>, user: UserId) -> Result<(), Problem> {
    let object = Object::User(user);
    let answer = ask_for_job(bindings, object, Question::new(Method::Post, "depart")).await?;
    match answer.status_code() {
        204 => Ok(()),
        status => {
            let cause = format!("the object of {user} answered {status}");
            Err(Problem::Unavailable(object, Cause(cause)))
        }
    }
}
