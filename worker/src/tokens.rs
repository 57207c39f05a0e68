//! The caller's sign-ins, personal access tokens and bots (rules SN1, TK3 and TK4).

mod bots;
mod personal;
mod sign_ins;

use protocol::Timestamp;
use worker::{Request, Response};

use crate::binding::Bindings;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::route::TokensRoute;
use crate::store::Store;

/// What an answer needs beside the request.
#[derive(Clone, Copy)]
struct Asked<'a> {
    bindings: Bindings<'a>,
    store: &'a Store,
    caller: &'a Caller,
    now: Timestamp,
}

/// Answers what somebody asks about the own sign-ins, tokens and bots.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, route): (&Caller, TokensRoute),
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let asked = Asked { bindings, store: &store, caller, now };
    match route {
        TokensRoute::SignIns => sign_ins::list(asked).await,
        TokensRoute::EndSignIns => sign_ins::end_all(request, asked).await,
        TokensRoute::EndSignIn(id) => sign_ins::end(request, asked, &id).await,
        TokensRoute::Tokens(bot) => personal::list(asked, bot).await,
        TokensRoute::MakeToken(bot) => personal::make(request, asked, bot).await,
        TokensRoute::RevokeToken(bot, id) => personal::revoke(request, asked, bot, &id).await,
        TokensRoute::Bots => bots::list(asked).await,
        TokensRoute::MakeBot => bots::make(request, asked).await,
        TokensRoute::RenameBot(bot) => bots::rename(request, asked, bot).await,
        TokensRoute::RemoveBot(bot) => bots::remove(request, asked, bot).await,
    }
}
