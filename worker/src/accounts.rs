//! Accounts and sign-ins: create, sign in, refresh, sign out, and what is mine.

use protocol::limits::DISPLAY_NAME_CHARS_MAX;
use protocol::{Timestamp, UserId, Which};
use serde::{Deserialize, Serialize};
use worker::{Request, Response};

use crate::admission::ENDED;
use crate::audit::{Act, Arrival, Note, Whence};
use crate::binding::Bindings;
use crate::credentials::{self, Attempt, Attempted};
use crate::identity::name::UserName;
use crate::identity::password::{Password, Stored};
use crate::identity::refresh::{RefreshToken, Rotation, SIGN_IN_MS, Verdict};
use crate::identity::token::{ACCESS_TOKEN_S, Tokens};
use crate::identity::{Caller, Scope, Scopes, SignInId};
use crate::label::person_name;
use crate::problem::Problem;
use crate::store::{Account, Proof, SignIn, Store};
use crate::{clock, ending, log, random, reply, request};

/// The cookie that holds the refresh token. Only the session routes receive it.
const COOKIE: &str = "maru_refresh";

/// Where the cookie goes and who may read it. Scripts cannot, other sites cannot send it.
const COOKIE_SCOPE: &str = "Path=/api/v1/session; HttpOnly; Secure; SameSite=Strict";

/// How somebody signed in who gave a password.
const PASSWORD: &str = "password";

#[derive(Deserialize)]
struct CreateAccount {
    name: String,
    password: Password,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: Password,
}

#[derive(Serialize)]
struct SignedIn {
    user: Account,
    access_token: String,
    expires_in: u32,
}

/// `POST accounts`
pub(crate) async fn create(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let body: CreateAccount = request::json(request).await?;
    let name = UserName::parse(&body.name).map_err(|why| Problem::BadRequest(why.to_string()))?;
    let display_name = body.display_name.unwrap_or(body.name);
    let display_name = person_name(&display_name, DISPLAY_NAME_CHARS_MAX)
        .map_err(|why| Problem::BadRequest(format!("`display_name` {why}")))?;
    credentials::check(bindings, &body.password, &[name.as_str(), &display_name]).await?;

    let account = Account {
        id: UserId::from_random(random::for_id()?),
        name: name.as_str().to_owned(),
        display_name,
        admin: false,
    };
    let hash = body.password.hash(&random::bytes()?)?;
    let (token, rotation) = new_family(now)?;
    let sign_in = token.sign_in();
    let store = Store(bindings.database()?);
    let arrival = Arrival { at: now, method: PASSWORD, whence: &Whence::of(request) };
    if !store.create_account(&account, &hash, (&sign_in, &rotation), &arrival).await? {
        return Err(Problem::NameTaken);
    }
    signed_in(201, bindings, account, token, now).await
}

/// `POST session`
pub(crate) async fn sign_in(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    let body: Credentials = request::json(request).await?;
    let store = Store(bindings.database()?);
    let whence = Whence::of(request);
    let (name, place) = (Some(body.name.as_str()), Some(&whence));
    let attempt = Attempt::new(bindings, Attempted::Password, name, place).await?;
    attempt.count(&store, now).await?;
    // A name that cannot exist costs as much as one that does not.
    let found = match UserName::parse(&body.name) {
        Ok(name) => store.credentials(&name).await?,
        Err(_) => None,
    };
    let stored = match body.password.verify(found.as_ref().map(|(_, hash)| hash.as_str())) {
        Err(Problem::WrongCredentials) => {
            let target = found.as_ref().map(|(account, _)| account.id.as_str());
            let (act, detail, whence) = (Act::SignInFailed, PASSWORD, &whence);
            store.note(&Note { at: now, actor: None, act, target, detail, whence }).await?;
            return Err(Problem::WrongCredentials);
        }
        verified => verified?,
    };
    let (account, hash) = found.ok_or(Problem::WrongCredentials)?;
    attempt.take_back(&store).await?;
    let hash = match stored {
        Stored::Current => hash,
        Stored::Outdated => renewed(&store, &account, &body.password, hash).await?,
    };
    let arrival = Arrival { at: now, method: PASSWORD, whence: &whence };
    welcome(bindings, account, (Proof::Password(&hash), &arrival)).await
}

/// The hash that is stored of a password from now on, which was verified against another one.
async fn renewed(
    store: &Store,
    account: &Account,
    password: &Password,
    before: String,
) -> Result<String, Problem> {
    let after = password.hash(&random::bytes()?)?;
    if store.rehash(account.id, &before, &after).await? {
        return Ok(after);
    }
    // Another sign-in was faster, or the password was changed: what is stored now decides.
    let name = UserName::parse(&account.name).map_err(|_| Problem::WrongCredentials)?;
    let (_, hash) = store.credentials(&name).await?.ok_or(Problem::WrongCredentials)?;
    password.verify(Some(&hash))?;
    Ok(hash)
}

/// `POST session/refresh`
pub(crate) async fn refresh(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    request::initiator(request, bindings).prove()?;
    let ended = Problem::Unauthenticated(ENDED);
    let Some(token) = presented(request) else {
        return Err(ended);
    };
    let store = Store(bindings.database()?);
    let (id, whence) = (token.sign_in(), Whence::of(request));
    // The second turn is for the request that lost a race: it sees what the winner stored.
    for _ in 0..2 {
        let Some(SignIn { account, rotation }) = store.sign_in(&id).await? else {
            return Err(ended);
        };
        match rotation.judge(&token, now) {
            Verdict::Rotate(next) => {
                if store.rotate(&id, &rotation.after(&next, now), &whence).await? {
                    return signed_in(200, bindings, account, next, now).await;
                }
            }
            Verdict::Repeat(next) => return signed_in(200, bindings, account, next, now).await,
            Verdict::Reused => {
                log::refresh_token_reused(account.id.as_str(), id.as_str());
                let user = account.id;
                let note = Note {
                    at: now,
                    actor: None,
                    act: Act::RefreshReused,
                    target: Some(user.as_str()),
                    detail: id.as_str(),
                    whence: &whence,
                };
                let change = store.end_sign_in(&id, &note);
                ending::around((bindings, &store), user, (Which::One { id }, now), change).await?;
                return Err(ended);
            }
            Verdict::Expired => return Err(ended),
        }
    }
    Err(ended)
}

/// `DELETE session`: ends the sign-in of the cookie, if there is one; answers the same if not.
pub(crate) async fn sign_out(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Response, Problem> {
    request::initiator(request, bindings).prove()?;
    if let Some(token) = presented(request) {
        let store = Store(bindings.database()?);
        let id = token.sign_in();
        if let Some(SignIn { account, .. }) = store.sign_in(&id).await? {
            let note = Note {
                at: now,
                actor: Some(account.id),
                act: Act::SignedOut,
                target: Some(id.as_str()),
                detail: "",
                whence: &Whence::of(request),
            };
            let (user, of) = (account.id, Which::One { id });
            let change = store.end_sign_in(&id, &note);
            ending::around((bindings, &store), user, (of, now), change).await?;
        }
    }
    farewell()
}

/// Says goodbye to a browser in which nobody is signed in any more.
///
/// # Errors
/// An internal failure.
pub(crate) fn farewell() -> Result<Response, Problem> {
    let cleared = format!("{COOKIE}=; Max-Age=0; {COOKIE_SCOPE}");
    let answer = reply::with_header(reply::nothing(), "set-cookie", &cleared)?;
    // Pages of history are cached for one who was a member; the next person here may be none.
    reply::with_header(answer, "clear-site-data", "\"cache\"")
}

/// `GET me`
pub(crate) async fn me(bindings: Bindings<'_>, caller: &Caller) -> Result<Response, Problem> {
    let me = Store(bindings.database()?).me(caller.user, clock::now()).await?;
    let mut me = me.ok_or(Problem::Unauthenticated("the account no longer exists"))?;
    me.account.admin = bindings.is_admin(&me.account);
    if !caller.scopes.has(Scope::Account) {
        me = me.without_address();
    }
    reply::json(200, &me)
}

/// Signs somebody in who has proven who they are, and answers as `POST session` does.
///
/// # Errors
/// [`Problem::AccountDisabled`], what else is wrong if the proof is none any more, and an internal
/// failure.
pub(crate) async fn welcome(
    bindings: Bindings<'_>,
    account: Account,
    (proof, arrival): (Proof<'_>, &Arrival<'_>),
) -> Result<Response, Problem> {
    let token = begin(&Store(bindings.database()?), account.id, (proof, arrival)).await?;
    signed_in(200, bindings, account, token, arrival.at).await
}

/// The same for a browser that is led elsewhere: answers the cookie for it.
///
/// # Errors
/// As [`welcome`].
pub(crate) async fn enter(
    store: &Store,
    user: UserId,
    (proof, arrival): (Proof<'_>, &Arrival<'_>),
) -> Result<String, Problem> {
    begin(store, user, (proof, arrival)).await.map(cookie)
}

async fn begin(
    store: &Store,
    user: UserId,
    (proof, arrival): (Proof<'_>, &Arrival<'_>),
) -> Result<RefreshToken, Problem> {
    let (token, rotation) = new_family(arrival.at)?;
    let family = (&token.sign_in(), &rotation);
    if store.start_sign_in(user, family, (proof, arrival)).await? {
        return Ok(token);
    }
    let Arrival { at, method: detail, whence } = *arrival;
    let (act, target) = (Act::SignInFailed, Some(user.as_str()));
    store.note(&Note { at, actor: None, act, target, detail, whence }).await?;
    if store.is_disabled(user).await? {
        return Err(Problem::AccountDisabled);
    }
    Err(match proof {
        Proof::Passkey(_) => Problem::PasskeyRefused,
        Proof::Password(_) | Proof::Identity(_) => Problem::WrongCredentials,
    })
}

fn new_family(now: Timestamp) -> Result<(RefreshToken, Rotation), Problem> {
    let token = RefreshToken::new(random::bytes()?, random::bytes()?);
    let rotation = Rotation::first(&token, random::bytes()?, now);
    Ok((token, rotation))
}

fn presented(request: &Request) -> Option<RefreshToken> {
    RefreshToken::parse(&request::cookie(request, COOKIE)?)
}

async fn signed_in(
    status: u16,
    bindings: Bindings<'_>,
    mut account: Account,
    refresh: RefreshToken,
    now: Timestamp,
) -> Result<Response, Problem> {
    let keys = bindings.signing_keys().await?;
    account.admin = bindings.is_admin(&account);
    let caller = Caller {
        user: account.id,
        name: account.display_name.clone(),
        sign_in: refresh.sign_in(),
        issued_at: now,
        is_token: false,
        until: None,
        scopes: Scopes::of_sign_in(account.admin),
    };
    let jti = SignInId::from_bytes(random::bytes()?);
    let tokens = Tokens { keys: &keys, issuer: &bindings.issuer() };
    let access_token = tokens.issue(&caller, jti.as_str().to_owned()).await?;
    let body = SignedIn { user: account, access_token, expires_in: ACCESS_TOKEN_S };
    reply::with_header(reply::json(status, &body)?, "set-cookie", &cookie(refresh))
}

fn cookie(refresh: RefreshToken) -> String {
    let max_age_s = SIGN_IN_MS / 1000;
    format!("{COOKIE}={}; Max-Age={max_age_s}; {COOKIE_SCOPE}", refresh.to_text())
}
