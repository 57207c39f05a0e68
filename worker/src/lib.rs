//! Entry points at the edge: routes, identity, bindings.
//!
//! The Worker says who asks and forwards; it decides nothing about chat. What a room answers
//! passes through as it is.

mod accounts;
mod admin;
mod admission;
mod archive;
mod audit;
mod avatar;
mod binding;
mod blocks;
mod clock;
mod credentials;
mod cursor;
mod deletion;
mod departure;
mod ending;
mod export;
mod files;
mod identity;
mod invites;
mod label;
mod letters;
mod limits;
mod live;
mod log;
mod mail;
mod members;
mod object;
mod origin;
mod people;
mod platform;
mod problem;
mod profile;
mod providers;
mod random;
mod reply;
mod request;
mod rights;
mod rooms;
mod route;
mod search;
mod socket;
mod store;
mod tokens;

use protocol::RoomId;
use worker::{Context, Env, Method, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::object::Object;
use crate::problem::Problem;
use crate::route::{RoomRoute, Route};
use crate::store::Store;

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let facts = request::facts(&request);
    let bindings = Bindings { env: &env, context: &context };
    let answer = match answer(request, bindings, &facts).await {
        Ok(response) => response,
        Err(problem) => {
            log::problem(&problem, &facts);
            live::count(bindings, &problem);
            reply::problem(&problem)?
        }
    };
    reply::finish(answer)
}

/// Does what is to be done from time to time.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(problem) = departure::resume(&env).await {
        log::clock_failed(problem.cause().unwrap_or_default());
    }
}

async fn answer(
    mut request: Request,
    bindings: Bindings<'_>,
    facts: &log::RequestFacts,
) -> Result<Response, Problem> {
    let now = clock::now();
    // Whoever has no token does not even learn which routes there are.
    let job = archive::admission(&request, bindings, &facts.path);
    if !matches!(job, Ok(Some(_))) {
        limits::count(&request, bindings, facts).await?;
    }
    let job = job?;
    let route = Route::parse(&facts.method, &facts.path)?;
    let admission = admission::admit(&route, &request, bindings, now).await?;
    let caller = || admission.caller();
    match route {
        Route::Health => health(bindings).await,
        Route::Jwks => reply::json(200, &bindings.signing_keys().await?.public()),
        Route::Metrics => live::metrics(bindings).await,
        Route::CreateAccount => accounts::create(&mut request, bindings, now).await,
        Route::SignIn => accounts::sign_in(&mut request, bindings, now).await,
        Route::Refresh => accounts::refresh(&request, bindings, now).await,
        Route::SignOut => accounts::sign_out(&request, bindings, now).await,
        Route::Providers => providers::list(bindings),
        Route::StartWith(id) => providers::start(&request, bindings, now, &id).await,
        Route::Callback(id) => providers::callback(&request, bindings, now, &id).await,
        Route::Identities => providers::identities(bindings, caller()?).await,
        Route::Link(id) => providers::link(&mut request, bindings, now, (caller()?, &id)).await,
        Route::Unlink(id) => providers::unlink(&request, bindings, now, (caller()?, &id)).await,
        Route::Me => accounts::me(bindings, caller()?).await,
        Route::MyRooms => {
            let operation = (Method::Get, "rooms".to_owned());
            object::forward(&mut request, bindings, caller()?, Object::Mine, operation).await
        }
        Route::ChangeMyRoom(room) => {
            let operation = (Method::Patch, format!("rooms/{room}"));
            object::forward(&mut request, bindings, caller()?, Object::Mine, operation).await
        }
        Route::MySocket => socket::open(bindings, caller()?, Object::Mine).await,
        Route::Users => people::profiles(&request, bindings).await,
        Route::Search => search::search(&request, bindings, caller()?).await,
        Route::Invite(code) => invites::show(bindings, caller()?, code).await,
        Route::AcceptInvite(code) => invites::accept(bindings, caller()?, code).await,
        Route::BrowseRooms => rooms::browse(&request, bindings).await,
        Route::CreateRoom => rooms::create(&mut request, bindings, caller()?).await,
        Route::Room(room, route) => in_room(request, bindings, caller()?, (room, route)).await,
        Route::Credentials(route) => {
            credentials::answer(&mut request, bindings, now, (&admission, route)).await
        }
        Route::Tokens(route) => {
            tokens::answer(&mut request, bindings, now, (caller()?, route)).await
        }
        Route::People(route) => {
            profile::answer(&mut request, bindings, now, (caller()?, route)).await
        }
        Route::Admin(route) => admin::answer(&mut request, bindings, now, (caller()?, route)).await,
        Route::Archive(route) => {
            let job = job.ok_or(Problem::NotFound)?;
            archive::answer(request, bindings, now, (job, route)).await
        }
    }
}

async fn in_room(
    mut request: Request,
    bindings: Bindings<'_>,
    caller: &Caller,
    (room, route): (RoomId, RoomRoute),
) -> Result<Response, Problem> {
    let object = Object::Room(room);
    match route {
        RoomRoute::Socket => socket::open(bindings, caller, object).await,
        RoomRoute::ChangeSettings => rooms::change(&mut request, bindings, caller, room).await,
        RoomRoute::Members => members::list(&mut request, bindings, caller, room).await,
        RoomRoute::AddMember => rooms::add_member(&mut request, bindings, caller, room).await,
        RoomRoute::Upload => files::upload(&mut request, bindings, caller, room).await,
        RoomRoute::Download(id) => files::download(&request, bindings, caller, (room, id)).await,
        RoomRoute::Forwarded(method, operation) => {
            object::forward(&mut request, bindings, caller, object, (method, operation)).await
        }
    }
}

async fn health(bindings: Bindings<'_>) -> Result<Response, Problem> {
    bindings.signing_keys().await?;
    Store(bindings.database()?).check().await?;
    reply::json(200, &serde_json::json!({"status": "ok"}))
}
