//! Bots: accounts that the caller owns (rule TK4).

use object_api::errand::Errand;
use protocol::limits::DISPLAY_NAME_CHARS_MAX;
use protocol::{UserId, Which};
use serde::{Deserialize, Serialize};
use worker::{Request, Response};

use super::Asked;
use crate::audit::{Act, Note, Whence};
use crate::identity::name::UserName;
use crate::label::person_name;
use crate::problem::Problem;
use crate::store::{Bot, RENAME_EVERY_MS};
use crate::{departure, ending, random, reply, request};

#[derive(Deserialize)]
struct NewBot {
    name: String,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Changes {
    display_name: String,
}

#[derive(Serialize)]
struct Bots {
    bots: Vec<Bot>,
}

/// `GET me/bots`
pub(super) async fn list(asked: Asked<'_>) -> Result<Response, Problem> {
    reply::json(200, &Bots { bots: asked.store.bots(asked.caller.user).await? })
}

/// `POST me/bots`
pub(super) async fn make(request: &mut Request, asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { store, caller, now, .. } = asked;
    let new: NewBot = request::json(request).await?;
    let name = UserName::parse(&new.name).map_err(|why| Problem::BadRequest(why.to_string()))?;
    let bot = Bot {
        id: UserId::from_random(random::for_id()?),
        name: name.as_str().to_owned(),
        display_name: display_name(&new.display_name.unwrap_or(new.name))?,
        created_at: now,
    };
    let whence = Whence::of(request);
    store.add_bot(caller.user, &bot, &note(asked, Act::BotCreated, &bot.id, &whence)).await?;
    reply::json(201, &bot)
}

/// `PATCH me/bots/{bot}`
pub(super) async fn rename(
    request: &mut Request,
    asked: Asked<'_>,
    bot: UserId,
) -> Result<Response, Problem> {
    let Asked { store, caller, .. } = asked;
    let Changes { display_name: wanted } = request::json(request).await?;
    let bot = store.bot(bot, caller.user).await?.ok_or(Problem::NotFound)?;
    let display_name = display_name(&wanted)?;
    let whence = Whence::of(request);
    let note = note(asked, Act::Renamed, &bot.id, &whence);
    if !store.rename(bot.id, &display_name, &note).await? {
        return Err(Problem::rate_limited(RENAME_EVERY_MS));
    }
    let name = display_name.clone();
    ending::send((asked.bindings.env, store), bot.id, Errand::Renamed { name }).await?;
    reply::json(200, &Bot { display_name, ..bot })
}

/// `DELETE me/bots/{bot}`
pub(super) async fn remove(
    request: &Request,
    asked: Asked<'_>,
    bot: UserId,
) -> Result<Response, Problem> {
    let Asked { bindings, store, caller, now } = asked;
    let bot = store.bot(bot, caller.user).await?.ok_or(Problem::NotFound)?.id;
    let whence = Whence::of(request);
    let note = note(asked, Act::BotRemoved, &bot, &whence);
    let change = store.remove_bot(bot, &note);
    ending::around((bindings, store), bot, (Which::All, now), change).await?;
    departure::begin(bindings.env, store, &[bot]).await;
    Ok(reply::nothing())
}

fn note<'a>(asked: Asked<'_>, act: Act, bot: &'a UserId, whence: &'a Whence) -> Note<'a> {
    let (at, actor) = (asked.now, Some(asked.caller.user));
    Note { at, actor, act, target: Some(bot.as_str()), detail: "", whence }
}

fn display_name(name: &str) -> Result<String, Problem> {
    person_name(name, DISPLAY_NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`display_name` {why}")))
}
