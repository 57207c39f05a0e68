//! Entry points at the edge: routes, identity, bindings.
//!
//! The Worker says who asks and forwards; it decides nothing about chat. What a room answers
//! passes through as it is.

mod accounts;
mod binding;
mod clock;
mod identity;
mod label;
mod log;
mod origin;
mod people;
mod problem;
mod random;
mod reply;
mod request;
mod rooms;
mod route;
mod socket;
mod store;

// Without a use, the linker would drop the crate and with it the exported room object.
use durable_objects as _;
use worker::{Context, Env, Request, Response, event};

use crate::binding::Bindings;
use crate::problem::Problem;
use crate::route::Route;
use crate::store::Store;

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let facts = request::facts(&request);
    let answer = match answer(request, Bindings(&env), &facts).await {
        Ok(response) => response,
        Err(problem) => {
            log::problem(&problem, &facts);
            reply::problem(&problem)?
        }
    };
    reply::finish(answer)
}

async fn answer(
    mut request: Request,
    bindings: Bindings<'_>,
    facts: &log::RequestFacts,
) -> Result<Response, Problem> {
    let now = clock::now();
    match Route::parse(&facts.method, &facts.path)? {
        Route::Health => health(bindings).await,
        Route::Jwks => reply::json(200, &bindings.signing_keys()?.public()),
        Route::CreateAccount => accounts::create(&mut request, bindings, now).await,
        Route::SignIn => accounts::sign_in(&mut request, bindings, now).await,
        Route::Refresh => accounts::refresh(&request, bindings, now).await,
        Route::SignOut => accounts::sign_out(&request, bindings).await,
        Route::Me => accounts::me(&request, bindings, now).await,
        Route::MyRooms => accounts::my_rooms(&request, bindings, now).await,
        Route::Users => people::profiles(&request, bindings, now).await,
        Route::CreateRoom => rooms::create(&mut request, bindings, now).await,
        Route::Socket(room) => socket::open(&request, bindings, now, room).await,
        Route::Room(room, route) => rooms::ask(&request, bindings, now, room, route).await,
    }
}

async fn health(bindings: Bindings<'_>) -> Result<Response, Problem> {
    bindings.signing_keys()?;
    Store(bindings.database()?).check().await?;
    reply::json(200, &serde_json::json!({"status": "ok"}))
}
