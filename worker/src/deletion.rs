//! The end of an account, at the wish of its owner (rule PE4).

use protocol::{Timestamp, Which};
use serde::Deserialize;
use worker::{Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::credentials::proof::prove;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::problem::Problem;
use crate::store::Store;
use crate::{accounts, departure, ending, request};

/// What `DELETE me` asks for.
#[derive(Deserialize)]
struct Wish {
    password: Option<Password>,
    #[serde(default)]
    erase: bool,
}

/// `DELETE me`. Once D1 has forgotten the account, it is gone whatever fails.
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
    let mut gone = store.bot_ids(user).await?;
    gone.push(user);
    let detail = if erase { "erase" } else { "" };
    let (actor, act) = (Some(user), Act::AccountDeleted);
    let note = Note { at: now, actor, act, target: None, detail, whence: &whence };
    let deleted = store.delete_account(user, erase, &note);
    ending::around((bindings, &store), user, (Which::All, now), deleted).await?;
    departure::begin(bindings.env, &store, &gone).await;
    accounts::farewell()
}
