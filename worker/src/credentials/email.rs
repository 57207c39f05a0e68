//! The address of an account (rule PW6).

use protocol::Timestamp;
use serde::Deserialize;
use worker::{Request, Response};

use super::link::{self, LinkToken, Page};
use super::proof;
use super::throttle::{Attempt, Attempted};
use crate::admission::ENDED;
use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::email::EmailAddress;
use crate::identity::password::Password;
use crate::mail::{Language, Letter, MailPort};
use crate::problem::Problem;
use crate::store::{NewMailLink, Purpose, Store};
use crate::{random, reply, request};

/// Milliseconds for which a link that proves an address is good: people read letters once a day.
const VERIFY_MS: u64 = 24 * 3_600_000;

#[derive(Deserialize)]
struct Wanted {
    email: String,
    password: Option<Password>,
}

#[derive(Deserialize)]
struct Returned {
    token: String,
}

/// `PUT me/email`
pub(super) async fn set(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let body: Wanted = request::json(request).await?;
    let address =
        EmailAddress::parse(&body.email).map_err(|why| Problem::BadRequest(why.to_string()))?;
    let store = Store(bindings.database()?);
    let whence = Whence::of(request);
    let password = body.password.as_ref();
    let known = proof::prove((bindings, &store), caller, password, &whence, now).await?;
    let (name, place) = (Some(caller.user.as_str()), Some(&whence));
    Attempt::new(bindings, Attempted::Verify, name, place).await?.count(&store, now).await?;
    let token = LinkToken::new(&random::bytes()?);
    let new = NewMailLink {
        purpose: Purpose::Verify,
        token: &token.hash(),
        address: address.as_str(),
        until: now.plus_ms(VERIFY_MS),
    };
    let (actor, act) = (Some(caller.user), Act::EmailAsked);
    let note = Note { at: now, actor, act, target: None, detail: "", whence: &whence };
    if !store.put_mail_link(caller, &new, &note).await? {
        return Err(Problem::Unauthenticated(ENDED));
    }
    let link = token.to(Page::Verify, &link::origin(request));
    let language = Language::of_request(request);
    let letter = Letter::verify(language, &known.name, &link, VERIFY_MS / 3_600_000);
    MailPort::of(bindings).send_later(bindings, address.as_str().to_owned(), letter);
    Ok(reply::accepted())
}

/// `POST email/verify`
pub(super) async fn verify(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let body: Returned = request::json(request).await?;
    let store = Store(bindings.database()?);
    let whence = Whence::of(request);
    let token = LinkToken::returned(body.token).hash();
    let link = store.mail_link(Purpose::Verify, &token, now).await?.ok_or(Problem::LinkSpent)?;
    if store.owner_of_address(&link.address).await?.is_some_and(|owner| owner != link.user) {
        return Err(Problem::EmailTaken);
    }
    let note = Note {
        at: now,
        actor: Some(link.user),
        act: Act::EmailChanged,
        target: None,
        detail: "proven",
        whence: &whence,
    };
    if !store.set_email(&token, &note).await? {
        return Err(Problem::LinkSpent);
    }
    let before = link.current.filter(|before| *before != link.address);
    tell_the_old_one(request, bindings, before, &link.name);
    Ok(reply::nothing())
}

/// `DELETE me/email`
pub(super) async fn remove(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let known = proof::prove_afresh(request, (bindings, &store), caller, now).await?;
    let whence = Whence::of(request);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::EmailChanged,
        target: None,
        detail: "removed",
        whence: &whence,
    };
    store.remove_email(caller.user, &note).await?;
    tell_the_old_one(request, bindings, known.address, &known.name);
    Ok(reply::nothing())
}

fn tell_the_old_one(request: &Request, bindings: Bindings<'_>, before: Option<String>, name: &str) {
    if let Some(before) = before {
        let letter = Letter::address_changed(Language::of_request(request), name);
        MailPort::of(bindings).send_later(bindings, before, letter);
    }
}
