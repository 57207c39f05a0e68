//! Where the caller is signed in (rule SN1).

use protocol::{SignInId, Which};
use serde::Serialize;
use worker::{Request, Response};

use super::Asked;
use crate::audit::{Act, Note, Whence};
use crate::problem::Problem;
use crate::store::ListedSignIn;
use crate::{accounts, ending, reply, request};

#[derive(Serialize)]
struct SignIns {
    sign_ins: Vec<ListedSignIn>,
}

/// `GET me/sign-ins`
pub(super) async fn list(asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { store, caller, now, .. } = asked;
    let sign_ins = store.sign_ins(caller.user, caller.sign_in, now).await?;
    reply::json(200, &SignIns { sign_ins })
}

/// `DELETE me/sign-ins/{id}`
pub(super) async fn end(
    request: &Request,
    asked: Asked<'_>,
    id: &str,
) -> Result<Response, Problem> {
    let Asked { bindings, store, caller, now } = asked;
    let id: SignInId = id.parse().map_err(|_| Problem::NotFound)?;
    let found = store.sign_in(&id).await?;
    if found.is_none_or(|found| found.account.id != caller.user) {
        return Err(Problem::NotFound);
    }
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::SignedOut,
        target: Some(id.as_str()),
        detail: "",
        whence: &Whence::of(request),
    };
    let change = store.end_sign_in(&id, &note);
    ending::around((bindings, store), caller.user, (Which::One { id }, now), change).await?;
    if id == caller.sign_in { accounts::farewell() } else { Ok(reply::nothing()) }
}

/// `DELETE me/sign-ins` and `DELETE me/sign-ins?others=true`
pub(super) async fn end_all(request: &Request, asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { bindings, store, caller, now } = asked;
    let others = match request::parameter(request, "others").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let how = "`others` is `true` to stay signed in here, or left out";
            return Err(Problem::BadRequest(how.to_owned()));
        }
    };
    let but = others.then_some(caller.sign_in);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::SignedOut,
        target: None,
        detail: if others { "others" } else { "all" },
        whence: &Whence::of(request),
    };
    let change = store.end_sign_ins(caller.user, but, &note);
    let of = Which::SignIns { but };
    ending::around((bindings, store), caller.user, (of, now), change).await?;
    if others { Ok(reply::nothing()) } else { accounts::farewell() }
}
