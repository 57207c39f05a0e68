//! Personal access tokens, of the caller or of one of the caller's bots (rule TK3).

use protocol::limits::{DISPLAY_NAME_CHARS_MAX, TOKEN_DAYS_MAX};
use protocol::{SignInId, UserId, Which};
use serde::{Deserialize, Serialize};
use worker::{Request, Response};

use super::Asked;
use crate::audit::{Act, Note, Whence};
use crate::identity::personal::PersonalToken;
use crate::identity::{Scope, Scopes};
use crate::label::label;
use crate::problem::Problem;
use crate::store::Token;
use crate::{ending, random, reply, request};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What a token may be good for.
const GRANTED: [Scope; 3] = [Scope::Read, Scope::Write, Scope::Manage];

#[derive(Deserialize)]
struct NewToken {
    name: String,
    scopes: Vec<String>,
    expires_in_days: u64,
}

#[derive(Serialize)]
struct Tokens {
    tokens: Vec<Token>,
}

#[derive(Serialize)]
struct Made<'a> {
    token: &'a Token,
    /// Shown this once.
    secret: String,
}

/// `GET me/tokens`, and `GET me/bots/{bot}/tokens`
pub(super) async fn list(asked: Asked<'_>, bot: Option<UserId>) -> Result<Response, Problem> {
    let user = holder(asked, bot).await?;
    reply::json(200, &Tokens { tokens: asked.store.tokens(user, asked.now).await? })
}

/// `POST me/tokens`, and `POST me/bots/{bot}/tokens`
pub(super) async fn make(
    request: &mut Request,
    asked: Asked<'_>,
    bot: Option<UserId>,
) -> Result<Response, Problem> {
    let Asked { store, caller, now, .. } = asked;
    let new: NewToken = request::json(request).await?;
    let user = holder(asked, bot).await?;
    let name = label(&new.name, DISPLAY_NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`name` {why}")))?;
    if !(1..=TOKEN_DAYS_MAX).contains(&new.expires_in_days) {
        let how = format!("`expires_in_days` is 1 to {TOKEN_DAYS_MAX}");
        return Err(Problem::BadRequest(how));
    }
    let secret = PersonalToken::new(random::bytes()?, random::bytes()?);
    let token = Token {
        id: secret.id(),
        name,
        scopes: scopes(&new.scopes)?.to_text(),
        created_at: now,
        expires_at: now.plus_ms(new.expires_in_days.saturating_mul(DAY_MS)),
        used_at: None,
    };
    let detail = format!("{user} {}", token.scopes);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::TokenCreated,
        target: Some(token.id.as_str()),
        detail: &detail,
        whence: &Whence::of(request),
    };
    store.add_token(user, (&token, &secret.hash()), &note).await?;
    reply::json(201, &Made { token: &token, secret: secret.to_text() })
}

/// `DELETE me/tokens/{id}`, and `DELETE me/bots/{bot}/tokens/{id}`
pub(super) async fn revoke(
    request: &Request,
    asked: Asked<'_>,
    bot: Option<UserId>,
    id: &str,
) -> Result<Response, Problem> {
    let Asked { bindings, store, caller, now } = asked;
    let id: SignInId = id.parse().map_err(|_| Problem::NotFound)?;
    let user = holder(asked, bot).await?;
    if !store.has_token(user, id).await? {
        return Err(Problem::NotFound);
    }
    let detail = user.to_string();
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::TokenRevoked,
        target: Some(id.as_str()),
        detail: &detail,
        whence: &Whence::of(request),
    };
    let change = store.revoke_token((user, id), &note);
    let of = Which::One { id };
    let was_there = ending::around((bindings, store), user, (of, now), change).await?;
    if was_there { Ok(reply::nothing()) } else { Err(Problem::NotFound) }
}

/// Whose tokens these are: the caller's, or those of a bot that the caller owns.
async fn holder(asked: Asked<'_>, bot: Option<UserId>) -> Result<UserId, Problem> {
    let Asked { store, caller, .. } = asked;
    match bot {
        None => Ok(caller.user),
        Some(bot) => {
            let bot = store.bot(bot, caller.user).await?;
            bot.map(|bot| bot.id).ok_or(Problem::NotFound)
        }
    }
}

fn scopes(names: &[String]) -> Result<Scopes, Problem> {
    let named = |name: &String| GRANTED.into_iter().find(|scope| scope.name() == name);
    let scopes: Option<Vec<Scope>> = names.iter().map(named).collect();
    let scopes = scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| {
        Problem::BadRequest("`scopes` are one or more of `read`, `write` and `manage`".to_owned())
    })?;
    Ok(Scopes::of(&scopes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tk3_a_token_opens_nothing_of_the_account() {
        let read = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            scopes(&names).map(Scopes::to_text).map_err(|problem| problem.code())
        };
        assert_eq!(read(&["manage", "read"]).unwrap(), "read manage");
        for wrong in [&[][..], &["account"], &["read", "admin"], &["READ"]] {
            assert_eq!(read(wrong), Err("bad_request"), "{wrong:?}");
        }
    }
}
