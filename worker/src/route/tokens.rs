//! What somebody asks about the own sign-ins, tokens and bots (rules SN1, TK3 and TK4).

use protocol::UserId;

use super::{Methods, Route};
use crate::problem::Problem;

/// A request about sign-ins, tokens or bots.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum TokensRoute {
    /// `GET me/sign-ins`
    SignIns,
    /// `DELETE me/sign-ins`
    EndSignIns,
    /// `DELETE me/sign-ins/{id}`
    EndSignIn(String),
    /// `GET me/tokens`, and `GET me/bots/{bot}/tokens`
    Tokens(Option<UserId>),
    /// `POST me/tokens`, and `POST me/bots/{bot}/tokens`
    MakeToken(Option<UserId>),
    /// `DELETE me/tokens/{id}`, and `DELETE me/bots/{bot}/tokens/{id}`
    RevokeToken(Option<UserId>, String),
    /// `GET me/bots`
    Bots,
    /// `POST me/bots`
    MakeBot,
    /// `PATCH me/bots/{bot}`
    RenameBot(UserId),
    /// `DELETE me/bots/{bot}`
    RemoveBot(UserId),
}

/// The routes at a path that is about sign-ins, tokens or bots.
pub(super) fn methods(segments: &[&str]) -> Result<Methods, Problem> {
    let routes = match segments {
        ["me", "sign-ins"] => {
            vec![("GET", TokensRoute::SignIns), ("DELETE", TokensRoute::EndSignIns)]
        }
        ["me", "sign-ins", id] => vec![("DELETE", TokensRoute::EndSignIn((*id).to_owned()))],
        ["me", "tokens"] => of_account(None),
        ["me", "tokens", id] => vec![("DELETE", TokensRoute::RevokeToken(None, (*id).to_owned()))],
        ["me", "bots"] => vec![("GET", TokensRoute::Bots), ("POST", TokensRoute::MakeBot)],
        ["me", "bots", bot] => {
            let bot = user(bot)?;
            vec![("PATCH", TokensRoute::RenameBot(bot)), ("DELETE", TokensRoute::RemoveBot(bot))]
        }
        ["me", "bots", bot, "tokens"] => of_account(Some(user(bot)?)),
        ["me", "bots", bot, "tokens", id] => {
            vec![("DELETE", TokensRoute::RevokeToken(Some(user(bot)?), (*id).to_owned()))]
        }
        _ => return Err(Problem::NotFound),
    };
    Ok(routes.into_iter().map(|(method, route)| (method, Route::Tokens(route))).collect())
}

fn of_account(bot: Option<UserId>) -> Vec<(&'static str, TokensRoute)> {
    vec![("GET", TokensRoute::Tokens(bot)), ("POST", TokensRoute::MakeToken(bot))]
}

fn user(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}
