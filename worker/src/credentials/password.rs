//! Changing a password, and getting back in without it (rules PW3 and PW4).

use protocol::limits::RESET_MS;
use protocol::{Timestamp, Which};
use serde::Deserialize;
use worker::{Request, Response};

use super::link::{self, LinkToken, Page};
use super::throttle::{Attempt, Attempted};
use super::{check, proof};
use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::mail::{Language, Letter, MailPort};
use crate::problem::Problem;
use crate::store::{Purpose, Store};
use crate::{ending, log, random, reply, request};

#[derive(Deserialize)]
struct Change {
    current: Option<Password>,
    new: Password,
}

#[derive(Deserialize)]
struct Asked {
    name_or_email: String,
}

#[derive(Deserialize)]
struct Returned {
    token: String,
    new: Password,
}

/// `PUT me/password`
pub(super) async fn set(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let body: Change = request::json(request).await?;
    let store = Store(bindings.database()?);
    let whence = Whence::of(request);
    let current = body.current.as_ref();
    let known = proof::prove((bindings, &store), caller, current, &whence, now).await?;
    check(bindings, &body.new, &known.names()).await?;
    let hash = body.new.hash(&random::bytes()?)?;
    let detail = if known.hash.is_some() { "changed" } else { "first" };
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::PasswordChanged,
        target: None,
        detail,
        whence: &whence,
    };
    let hashes = (known.hash.as_deref(), hash.as_str());
    let change = store.set_password(caller.user, hashes, &caller.sign_in, &note);
    let others = Which::SignIns { but: Some(caller.sign_in) };
    if !ending::around((bindings, &store), caller.user, (others, now), change).await? {
        return Err(Problem::WrongPassword);
    }
    if let Some(address) = known.address {
        let letter = Letter::password_changed(Language::of_request(request), &known.name);
        MailPort::of(bindings).send_later(bindings, address, letter);
    }
    Ok(reply::nothing())
}

/// `POST password/reset`: answers the same, as soon, whoever that is.
pub(super) async fn ask_reset(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let body: Asked = request::json(request).await?;
    let store = Store(bindings.database()?);
    let (whence, port) = (Whence::of(request), MailPort::of(bindings));
    let asked = body.name_or_email;
    Attempt::new(bindings, Attempted::Reset, None, Some(&whence)).await?.count(&store, now).await?;
    let attempt = Attempt::new(bindings, Attempted::Reset, Some(&asked), None).await?;
    let token = LinkToken::new(&random::bytes()?);
    let link = token.to(Page::Reset, &link::origin(request));
    let language = Language::of_request(request);
    bindings.context.wait_until(async move {
        // Who asks for one account again and again fills its owner's mailbox.
        let Ok(()) = attempt.count(&store, now).await else {
            return;
        };
        match store.ask_reset(&asked, &token.hash(), &whence, now).await {
            Ok(Some((name, address))) => {
                let letter = Letter::reset(language, &name, &link, RESET_MS / 60_000);
                port.send(&address, &letter).await;
            }
            Ok(None) => {}
            Err(problem) => log::mail_failed(problem.cause().unwrap_or_default()),
        }
    });
    Ok(reply::accepted())
}

/// `PUT password/reset`
pub(super) async fn reset(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let body: Returned = request::json(request).await?;
    let store = Store(bindings.database()?);
    let whence = Whence::of(request);
    let hash_of_token = LinkToken::returned(body.token).hash();
    let link = store.mail_link(Purpose::Reset, &hash_of_token, now).await?;
    let link = link.ok_or(Problem::LinkSpent)?;
    // A password that is refused leaves the link for the next one.
    check(bindings, &body.new, &[&link.name, &link.display_name, &link.address]).await?;
    let hash = body.new.hash(&random::bytes()?)?;
    let note = Note {
        at: now,
        actor: Some(link.user),
        act: Act::PasswordChanged,
        target: None,
        detail: "reset",
        whence: &whence,
    };
    let change = store.reset_password(&hash_of_token, &hash, &note);
    let all = Which::SignIns { but: None };
    if !ending::around((bindings, &store), link.user, (all, now), change).await? {
        return Err(Problem::LinkSpent);
    }
    // Whoever guessed before does not keep the owner waiting.
    let guessed = Attempt::new(bindings, Attempted::Password, Some(&link.name), None).await?;
    guessed.take_back(&store).await?;
    let letter = Letter::password_changed(Language::of_request(request), &link.name);
    MailPort::of(bindings).send_later(bindings, link.address, letter);
    Ok(reply::nothing())
}
