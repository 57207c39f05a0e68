//! What administrators see and do (rules AD1 to AD3 and AU2). Who may ask was decided before, and
//! nothing here wakes a room.

mod log;

use protocol::{Timestamp, UserId, Which};
use serde::Deserialize;
use worker::{Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::route::AdminRoute;
use crate::store::{AccountChange, Store};
use crate::{ending, live, reply, request};

pub(crate) use log::mine;

/// What `PATCH admin/users/{id}` asks for.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Change {
    disabled: Option<bool>,
    admin: Option<bool>,
}

/// Answers an administrator.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, route): (&Caller, AdminRoute),
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let listed = listed(bindings)?;
    let part = request::parameter(request, "q").unwrap_or_default();
    let after = request::parameter(request, "cursor").unwrap_or_default();
    let json = match route {
        AdminRoute::Users => store.admin_users(part.trim(), &after, (&listed, now)).await?,
        AdminRoute::Rooms => store.admin_rooms(part.trim(), &after).await?,
        AdminRoute::Archive => store.archive_figures(now).await?,
        AdminRoute::Figures => store.figures(&listed, now).await?,
        AdminRoute::Live => return live::figures(bindings).await,
        AdminRoute::Audit => return log::all(request, store, caller, now).await,
        AdminRoute::ChangeUser(user) => {
            let changes = changes(request::json(request).await?)?;
            act(request, bindings, (caller, now), (user, &listed), &changes).await?;
            shown(&store, user, (&listed, now)).await?
        }
        AdminRoute::SignOutUser(user) => {
            let changes = [AccountChange::SignedOut];
            act(request, bindings, (caller, now), (user, &listed), &changes).await?;
            return Ok(reply::nothing());
        }
    };
    reply::text("application/json", json)
}

/// Does these to the account of another.
async fn act(
    request: &Request,
    bindings: Bindings<'_>,
    (caller, now): (&Caller, Timestamp),
    (user, listed): (UserId, &str),
    changes: &[AccountChange],
) -> Result<(), Problem> {
    if user == caller.user {
        return Err(Problem::NotYourself);
    }
    let store = Store(bindings.database()?);
    shown(&store, user, ("[]", now)).await?;
    let whence = Whence::of(request);
    for &change in changes {
        let (at, actor, target) = (now, Some(caller.user), Some(user.as_str()));
        let note = Note { at, actor, act: change.act(), target, detail: "", whence: &whence };
        let done = store.change_account((user, listed), change, &note);
        let is_done = match change.ends() {
            Some(of) => ending::around((bindings, &store), user, (of, now), done).await?,
            None => done.await?,
        };
        // As long as the caller is one, an administrator stays: whoever is none finds nothing here.
        if !is_done {
            return Err(Problem::NotFound);
        }
    }
    Ok(())
}

async fn shown(store: &Store, user: UserId, listed: (&str, Timestamp)) -> Result<String, Problem> {
    store.admin_user(user, listed).await?.ok_or(Problem::NotFound)
}

fn changes(change: Change) -> Result<Vec<AccountChange>, Problem> {
    let disabled = change.disabled.map(AccountChange::Disabled);
    let admin = change.admin.map(AccountChange::Admin);
    let changes: Vec<AccountChange> = disabled.into_iter().chain(admin).collect();
    if changes.is_empty() {
        return Err(Problem::BadRequest("give `disabled` or `admin`".to_owned()));
    }
    Ok(changes)
}

/// The names that the deployment lists, as JSON.
fn listed(bindings: Bindings<'_>) -> Result<String, Problem> {
    serde_json::to_string(&bindings.admins())
        .map_err(|error| Problem::internal("names of administrators", &error))
}

impl AccountChange {
    /// Which sign-ins and tokens end with it (rule TK5).
    fn ends(self) -> Option<Which> {
        match self {
            Self::Disabled(true) => Some(Which::All),
            Self::SignedOut => Some(Which::SignIns { but: None }),
            Self::Disabled(false) | Self::Admin(_) => None,
        }
    }

    /// What is written down about it.
    fn act(self) -> Act {
        match self {
            Self::Disabled(true) => Act::AccountDisabled,
            Self::Disabled(false) => Act::AccountEnabled,
            Self::Admin(true) => Act::AdminGranted,
            Self::Admin(false) => Act::AdminTaken,
            Self::SignedOut => Act::SignedOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ad2_a_change_changes_something() {
        let read = |text: &str| changes(serde_json::from_str(text).unwrap());
        let both = read(r#"{"disabled":true,"admin":false}"#).unwrap();
        assert_eq!(both, [AccountChange::Disabled(true), AccountChange::Admin(false)]);
        assert_eq!(read("{}").unwrap_err().code(), "bad_request");
    }
}
