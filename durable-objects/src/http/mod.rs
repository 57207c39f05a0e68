//! What the Worker asks of a room: the routes below `rooms/{room}`, one to one.

mod archive;
mod attachments;
mod erase;
mod errands;
mod history;
mod invites;
mod members;
mod messages;
mod moderation;
mod question;
mod restore;
mod room;
mod search;

use std::rc::Rc;

use ::room::Input;
use protocol::codec::SUBPROTOCOL;
use worker::{Headers, Method, Request, Response, WebSocketPair};

use crate::clock;
use crate::problem::Problem;
use crate::room_object::Shell;
use question::Question;

/// Answers a request from the Worker; see [`object_api::room`].
pub(crate) async fn answer(shell: &Rc<Shell>, request: Request) -> Result<Response, Problem> {
    let question = Question::read(request).await?;
    let path: Vec<&str> = question.path.split('/').filter(|part| !part.is_empty()).collect();
    let asked = &question;
    if let ["archive", path @ ..] = path.as_slice() {
        return archive::answer(shell, asked, path).await;
    }
    if path.as_slice() == ["errands"] {
        return errands::answer(shell, asked.json()?).await;
    }
    if asked.method != Method::Put || !path.is_empty() {
        shell.need_signed_in(asked)?;
        shell.need_visible(asked)?;
    }
    match (asked.method.clone(), path.as_slice()) {
        (Method::Put, []) => room::create(shell, asked.json()?).await,
        (Method::Get, []) => room::show(shell, asked),
        (Method::Patch, []) => room::change(shell, asked).await,
        (Method::Delete, []) => room::delete(shell, asked).await,
        (Method::Post, ["join"]) => room::join(shell, asked, None).await,
        (Method::Post, ["leave"]) => room::leave(shell, asked).await,
        (Method::Put, ["block"]) => room::block(shell, asked).await,
        (Method::Get, ["socket"]) => socket(shell, asked),

        (Method::Get, ["invites"]) => invites::list(shell, asked),
        (Method::Post, ["invites"]) => invites::open(shell, asked).await,
        (Method::Get, ["invites", code]) => invites::show(shell, code),
        (Method::Delete, ["invites", code]) => invites::revoke(shell, asked, code).await,
        (Method::Post, ["invites", code, "accept"]) => {
            room::join(shell, asked, Some(invites::id(code)?)).await
        }

        (Method::Get, ["members"]) => members::list(shell, asked).await,
        (Method::Post, ["members"]) => members::add(shell, asked).await,
        (Method::Patch, ["members", user]) => members::change(shell, asked, user).await,
        (Method::Delete, ["members", user]) => members::remove(shell, asked, user).await,
        (Method::Get, ["bans"]) => moderation::bans(shell, asked),
        (Method::Delete, ["bans", user]) => moderation::unban(shell, asked, user).await,
        (Method::Get, ["moderation"]) => moderation::deeds(shell, asked),

        (Method::Get, ["log"]) => history::log(shell, asked).await,
        (Method::Get, ["amendments"]) => history::amendments(shell, asked).await,
        (Method::Get, ["pins"]) => history::pins(shell, asked).await,
        (Method::Get, ["threads", seq]) => history::thread(shell, asked, seq).await,
        (Method::Get, ["messages", seq, "edits"]) => messages::edits(shell, asked, seq).await,
        (Method::Get, ["messages", seq, "readers"]) => messages::readers(shell, asked, seq).await,
        (Method::Get, ["messages", seq, "reactions"]) => {
            messages::reactions(shell, asked, seq).await
        }
        (Method::Get, ["search"]) => search::search(shell, asked).await,
        (Method::Post, ["read"]) => messages::read(shell, asked).await,

        (Method::Post, ["attachments"]) => attachments::begin(shell, asked).await,
        (Method::Put, ["attachments", id]) => attachments::complete(shell, asked, id).await,
        (Method::Get, ["attachments", id]) => attachments::show(shell, asked, id).await,
        (Method::Delete, ["attachments", id]) => attachments::give_up(shell, asked, id).await,
        _ => Err(Problem::NotFound),
    }
}

fn socket(shell: &Shell, asked: &Question) -> Result<Response, Problem> {
    let user = shell.need_member(asked)?.user;
    let pair = WebSocketPair::new()?;
    let session = clock::new_session();
    shell.sockets.accept(&pair.server, session)?;
    let grant = asked.grant()?;
    shell.input(Input::Connected { session, user, grant })?;
    if grant.is_some_and(|grant| grant.until.is_some()) {
        shell.arm()?;
    }
    let headers = Headers::new();
    headers.set("sec-websocket-protocol", SUBPROTOCOL)?;
    Ok(Response::from_websocket(pair.client)?.with_headers(headers))
}
