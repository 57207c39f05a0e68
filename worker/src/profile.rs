//! What people do about their own account, and see of others (rules PE1 to PE5).

use object_api::errand::Errand;
use protocol::Timestamp;
use protocol::limits::DISPLAY_NAME_CHARS_MAX;
use serde::Deserialize;
use worker::{Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::label::person_name;
use crate::problem::Problem;
use crate::route::PeopleRoute;
use crate::store::{RENAME_EVERY_MS, Store};
use crate::{accounts, admin, avatar, blocks, deletion, ending, export, request};

/// What `PATCH me` asks for.
#[derive(Deserialize)]
struct Changes {
    display_name: Option<String>,
}

/// Answers what somebody asks about the own account, or about another person.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, route): (&Caller, PeopleRoute),
) -> Result<Response, Problem> {
    match route {
        PeopleRoute::Rename => rename(request, bindings, now, caller).await,
        PeopleRoute::PutAvatar => avatar::put(request, bindings, caller).await,
        PeopleRoute::DeleteAvatar => avatar::remove(bindings, caller).await,
        PeopleRoute::Avatar(user) => avatar::show(request, bindings, user).await,
        PeopleRoute::Blocks => blocks::list(bindings, caller).await,
        PeopleRoute::Block(user) => blocks::put(bindings, now, (caller, user)).await,
        PeopleRoute::Unblock(user) => blocks::remove(bindings, (caller, user)).await,
        PeopleRoute::Audit => admin::mine(request, bindings, caller.user).await,
        PeopleRoute::Delete => deletion::delete(request, bindings, now, caller).await,
        PeopleRoute::Export => export::start(request, bindings, now, caller).await,
    }
}

/// `PATCH me`
async fn rename(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let Changes { display_name } = request::json(request).await?;
    if let Some(name) = display_name {
        let name = person_name(&name, DISPLAY_NAME_CHARS_MAX)
            .map_err(|why| Problem::BadRequest(format!("`display_name` {why}")))?;
        let (actor, whence) = (Some(caller.user), Whence::of(request));
        let (act, detail) = (Act::Renamed, "");
        let note = Note { at: now, actor, act, target: None, detail, whence: &whence };
        let store = Store(bindings.database()?);
        if !store.rename(caller.user, &name, &note).await? {
            return Err(Problem::rate_limited(RENAME_EVERY_MS));
        }
        ending::send((bindings.env, &store), caller.user, Errand::Renamed { name }).await?;
    }
    accounts::me(bindings, caller).await
}
