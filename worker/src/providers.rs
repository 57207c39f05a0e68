//! Signing in with an identity provider, and the identities of an account.
//!
//! An attempt begins here, leads the browser to the provider, and ends here with its answer. What
//! goes wrong on that way ends on the page, which says what to do.

mod failure;
mod known;

use object_api::url::RequestUrl;
use protocol::{Timestamp, UserId};
use serde_json::json;
use worker::{Request, Response, ResponseBuilder};

use crate::accounts;
use crate::audit::{Act, Arrival, Note, Whence};
use crate::binding::Bindings;
use crate::credentials::proof::prove_afresh;
use crate::credentials::tell_of_new_way;
use crate::identity::oidc::attempt::{self, ATTEMPT_MS, SEED_BYTES};
use crate::identity::oidc::{Attempt, Claims, LocalPath, Provider, suggestion};
use crate::identity::{Caller, SignInId};
use crate::problem::{Cause, Problem};
use crate::store::{Account, Identity, Proof, Store};
use crate::{log, random, reply, request};
use failure::Failure;

/// Where the cookie of an attempt goes and who may read it. The provider's page leads back to us,
/// so it comes along with a link from elsewhere; nothing else of another site brings it.
const COOKIE_SCOPE: &str = "Path=/; HttpOnly; Secure; SameSite=Lax";

/// What the key of attempts is derived for.
const PURPOSE: &str = "maru sign-in attempts";

/// What the provider's page made of the browser's question.
struct Answer<'a> {
    state: &'a str,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

/// How an attempt ended well.
struct Arrived {
    return_to: LocalPath,
    /// The cookie of a new sign-in; an identity that is added to an account has none.
    cookie: Option<String>,
    /// The account that an identity was added to.
    linked: Option<UserId>,
}

/// `GET session/providers`
pub(crate) fn list(bindings: Bindings<'_>) -> Result<Response, Problem> {
    let providers = bindings.providers();
    let shown: Vec<_> = providers.iter().map(Provider::shown).collect();
    reply::json(200, &json!({ "providers": shown }))
}

/// `GET session/oidc/{id}`
pub(crate) async fn start(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    id: &str,
) -> Result<Response, Problem> {
    let return_to = return_to(request)?;
    // A page elsewhere cannot have somebody signed in whom it did not ask.
    let is_foreign = request::header(request, "sec-fetch-site")
        .is_some_and(|site| matches!(site.as_str(), "cross-site" | "same-site"));
    let begun = if is_foreign {
        Err(Failure::Expired)
    } else {
        begin(request, bindings, now, id, (return_to, None)).await
    };
    match begun {
        Ok((address, cookie)) => redirect(&address, &[cookie]),
        Err(failure) => to_page(id, &failure, &[]),
    }
}

/// `GET session/oidc/{id}/callback`
pub(crate) async fn callback(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    id: &str,
) -> Result<Response, Problem> {
    let state = request::parameter(request, "state").unwrap_or_default();
    let Some(name) = attempt::slot_of(&state).map(attempt::cookie) else {
        return to_page(id, &Failure::Expired, &[]);
    };
    let used_up = format!("{name}=; Max-Age=0; {COOKIE_SCOPE}");
    let cookie = request::cookie(request, &name).unwrap_or_default();
    let answer = Answer {
        state: &state,
        code: request::parameter(request, "code"),
        error: request::parameter(request, "error"),
        issuer: request::parameter(request, "iss"),
    };
    let redirect_uri = redirect_uri(request, id);
    let arrival = Arrival { at: now, method: &format!("oidc:{id}"), whence: &Whence::of(request) };
    match end(bindings, &arrival, (id, &cookie, &redirect_uri), answer).await {
        Ok(Arrived { return_to, cookie, linked }) => {
            if let Some(user) = linked {
                let store = Store(bindings.database()?);
                tell_of_new_way(request, (bindings, &store), user).await?;
            }
            let cookies: Vec<String> = [used_up].into_iter().chain(cookie).collect();
            redirect(return_to.as_str(), &cookies)
        }
        // Whoever leads somebody here does not end an attempt that is under way.
        Err(failure @ Failure::Expired) => to_page(id, &failure, &[]),
        Err(failure) => {
            if failure.is_refusal() {
                let (act, detail, whence) = (Act::SignInFailed, arrival.method, arrival.whence);
                let note = Note { at: now, actor: None, act, target: None, detail, whence };
                Store(bindings.database()?).note(&note).await?;
            }
            to_page(id, &failure, &[used_up])
        }
    }
}

/// `GET me/identities`
pub(crate) async fn identities(
    bindings: Bindings<'_>,
    caller: &Caller,
) -> Result<Response, Problem> {
    let store = Store(bindings.database()?);
    let ways = store.ways_in(caller.user, &described(&bindings.providers())).await?;
    reply::text("application/json", ways)
}

/// `POST me/identities/{provider}`
pub(crate) async fn link(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, id): (&Caller, &str),
) -> Result<Response, Problem> {
    let return_to = return_to(request)?;
    if find(bindings, id).is_none() {
        return Err(Problem::NotFound);
    }
    let store = Store(bindings.database()?);
    prove_afresh(request, (bindings, &store), caller, now).await?;
    match begin(request, bindings, now, id, (return_to, Some(caller.sign_in))).await {
        Ok((address, cookie)) => {
            let answer = reply::json(200, &json!({ "location": address }))?;
            reply::with_header(answer, "set-cookie", &cookie)
        }
        Err(Failure::Ours(problem)) => Err(problem),
        Err(failure) => {
            let cause = failure.cause().unwrap_or_default().to_owned();
            Err(Problem::ProviderUnavailable(Cause(format!("{id}: {cause}"))))
        }
    }
}

/// `DELETE me/identities/{provider}`
pub(crate) async fn unlink(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (caller, id): (&Caller, &str),
) -> Result<Response, Problem> {
    let providers = bindings.providers();
    let provider = providers.iter().find(|provider| provider.id == id).ok_or(Problem::NotFound)?;
    let store = Store(bindings.database()?);
    let note = Note {
        at: now,
        actor: Some(caller.user),
        act: Act::IdentityUnlinked,
        target: None,
        detail: &provider.issuer,
        whence: &Whence::of(request),
    };
    store.unlink(caller.user, &provider.issuer, &described(&providers), &note).await?;
    Ok(reply::nothing())
}

/// Where the browser goes, and the cookie that it takes along.
async fn begin(
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    id: &str,
    (return_to, link): (LocalPath, Option<SignInId>),
) -> Result<(String, String), Failure> {
    let provider = find(bindings, id)
        .ok_or_else(|| Failure::Unavailable("no provider has this id".to_owned()))?;
    let metadata = known::metadata(&provider).await?;
    let seed = random::bytes::<SEED_BYTES>()?;
    let slot = attempt::slot_for(seed.first().copied().unwrap_or(0), |slot| {
        request::cookie(request, &attempt::cookie(slot)).is_none()
    });
    let until = now.plus_ms(ATTEMPT_MS);
    let attempt = Attempt::new(&seed, until, &provider.id, link, return_to);
    let secrets = attempt.secrets(&bindings.signing_keys().await?.derive(PURPOSE), slot);
    let address = metadata.authorization(&provider, &redirect_uri(request, id), &secrets);
    let max_age_s = ATTEMPT_MS / 1000;
    let name = attempt::cookie(slot);
    let cookie = format!("{name}={}; Max-Age={max_age_s}; {COOKIE_SCOPE}", attempt.to_text());
    Ok((address, cookie))
}

async fn end(
    bindings: Bindings<'_>,
    arrival: &Arrival<'_>,
    (id, cookie, redirect_uri): (&str, &str, &str),
    answer: Answer<'_>,
) -> Result<Arrived, Failure> {
    let now = arrival.at;
    let key = bindings.signing_keys().await?.derive(PURPOSE);
    let attempt = Attempt::open(&key, cookie, answer.state, now).ok_or(Failure::Expired)?;
    if attempt.provider != id {
        return Err(Failure::Rejected("the answer is of another provider"));
    }
    let provider = find(bindings, id).ok_or(Failure::Expired)?;
    let store = Store(bindings.database()?);
    if !store.spend(&attempt.seed, attempt.until, now).await? {
        return Err(Failure::Expired);
    }
    let metadata = known::metadata(&provider).await?;
    if !metadata.has_answered(answer.issuer.as_deref()) {
        return Err(Failure::Rejected("the answer is of another issuer"));
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(Failure::Cancelled),
        Some(_) => return Err(Failure::Unavailable("it answered with an error".to_owned())),
    }
    let code = answer.code.ok_or(Failure::Rejected("the answer has no code"))?;
    let slot = attempt::slot_of(answer.state).unwrap_or_default();
    let secrets = attempt.secrets(&key, slot);
    let grant = (code.as_str(), redirect_uri, secrets.verifier.as_str());
    let claims = known::claims(&provider, &metadata, &secrets.nonce, grant).await?;
    let identity = Identity {
        issuer: &provider.issuer,
        subject: &claims.sub,
        email: claims.email.as_deref(),
        is_verified: claims.is_email_verified,
    };
    let return_to = attempt.return_to;
    if let Some(sign_in) = &attempt.link {
        let linked = add(&store, sign_in, &identity, arrival).await?;
        return Ok(Arrived { return_to, cookie: None, linked: Some(linked) });
    }
    let user = somebody(&store, &claims, &identity, arrival).await?;
    let proof = (Proof::Identity(&identity), arrival);
    let cookie = accounts::enter(&store, user, proof).await?;
    Ok(Arrived { return_to, cookie: Some(cookie), linked: None })
}

/// Adds an identity to the account of a sign-in that has not ended, and answers the account.
async fn add(
    store: &Store,
    sign_in: &SignInId,
    identity: &Identity<'_>,
    arrival: &Arrival<'_>,
) -> Result<UserId, Failure> {
    let Some(sign_in) = store.sign_in(sign_in).await? else {
        return Err(Failure::Expired);
    };
    let is_linked = store.link(sign_in.account.id, identity, arrival).await?;
    is_linked.then_some(sign_in.account.id).ok_or(Failure::AlreadyLinked)
}

/// Whose identity it is. A stranger gets a new account, whoever else has the same address: only
/// somebody who is signed in can add an identity to an account.
async fn somebody(
    store: &Store,
    claims: &Claims,
    identity: &Identity<'_>,
    arrival: &Arrival<'_>,
) -> Result<UserId, Failure> {
    if let Some(owner) = store.owner(identity).await? {
        return Ok(owner.id);
    }
    let mut numbers = [0; 4];
    for number in &mut numbers {
        *number = u32::from_le_bytes(random::bytes()?);
    }
    for name in suggestion::names(claims, numbers) {
        let display_name = suggestion::display_name(claims, &name);
        let id = UserId::from_random(random::for_id()?);
        let account = Account { id, name, display_name, admin: false };
        match store.create_identified(&account, identity, arrival).await {
            Ok(true) => return Ok(account.id),
            Ok(false) => {}
            // Another tab was faster, or the database failed.
            Err(problem) => {
                let owner = store.owner(identity).await?.ok_or(problem)?;
                return Ok(owner.id);
            }
        }
    }
    Err(Problem::NameTaken.into())
}

fn find(bindings: Bindings<'_>, id: &str) -> Option<Provider> {
    bindings.providers().iter().find(|provider| provider.id == id).cloned()
}

/// The providers for the database.
pub(crate) fn described(providers: &[Provider]) -> String {
    let described = providers.iter().map(
        |provider| json!({ "id": provider.id, "name": provider.name, "issuer": provider.issuer }),
    );
    described.collect::<serde_json::Value>().to_string()
}

fn return_to(request: &Request) -> Result<LocalPath, Problem> {
    let text = request::parameter(request, "return_to").unwrap_or_else(|| "/".to_owned());
    LocalPath::parse(&text).ok_or_else(|| {
        let how = "`return_to` is the path of one of Maru's own pages, such as `/rooms/…`";
        Problem::BadRequest(how.to_owned())
    })
}

fn redirect_uri(request: &Request, id: &str) -> String {
    format!("{}/api/v1/session/oidc/{id}/callback", RequestUrl::of(request).origin())
}

/// To the page, which says what went wrong.
fn to_page(id: &str, failure: &Failure, cookies: &[String]) -> Result<Response, Problem> {
    if let Some(cause) = failure.cause() {
        log::not_signed_in(id, failure.code(), cause);
    }
    redirect(&format!("/?sign_in_error={}", failure.code()), cookies)
}

fn redirect(address: &str, cookies: &[String]) -> Result<Response, Problem> {
    let response = ResponseBuilder::new().with_status(302).empty();
    let mut response = reply::with_header(response, "location", address)?;
    for cookie in cookies {
        response = reply::with_cookie(response, cookie)?;
    }
    Ok(response)
}
