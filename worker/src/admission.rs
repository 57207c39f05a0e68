//! Lets in who brings what a route needs (`rights`), before anything of it runs.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::{Timestamp, UserId};
use worker::{Method, Request};

use crate::binding::Bindings;
use crate::identity::personal::PersonalToken;
use crate::identity::standing::Standings;
use crate::identity::token::Tokens;
use crate::identity::{Caller, Scope, Scopes, SignInId};
use crate::problem::Problem;
use crate::rights::{Judge, Needs, needs};
use crate::route::Route;
use crate::store::{Holder, Store};
use crate::{live, request, socket};

/// What whoever brings a token of a sign-in that has ended is told.
pub(crate) const ENDED: &str = "the sign-in has ended; sign in again";

/// Who asks, as far as the route wants to know.
#[derive(Debug)]
pub(crate) struct Admission(Option<Caller>);

impl Admission {
    /// The person behind the request.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`] for a route that, says the table of rights, is for anybody.
    pub(crate) fn caller(&self) -> Result<&Caller, Problem> {
        self.0.as_ref().ok_or(Problem::Unauthenticated("this is for people who are signed in"))
    }
}

thread_local! {
    /// Whether their accounts are administrators'.
    static SIGN_INS: RefCell<Standings<bool>> = RefCell::default();
    static TOKENS: RefCell<Standings<Rc<Holder>>> = RefCell::default();
}

/// Lets a request in.
///
/// # Errors
/// 401 without a good token, 403 for one without the scope; 404 for what only administrators
/// find; and what a socket asks beforehand.
pub(crate) async fn admit(
    route: &Route,
    request: &Request,
    bindings: Bindings<'_>,
    now: Timestamp,
) -> Result<Admission, Problem> {
    let Needs::Token(scope, judge) = needs(route) else {
        // A page elsewhere signs nobody in, and makes no account.
        if !matches!(request.method(), Method::Get | Method::Head) {
            request::initiator(request, bindings).not_foreign()?;
        }
        return Ok(Admission(None));
    };
    if matches!(route, Route::Metrics) && live::is_collector(request, bindings)? {
        return Ok(Admission(None));
    }
    let text = if route.is_socket() {
        socket::token(request, bindings)?
    } else {
        request::bearer(request)
    };
    let caller = if let Some(token) = text.as_deref().and_then(PersonalToken::parse) {
        by_personal_token(bindings, &token, now).await?
    } else {
        let keys = bindings.signing_keys().await?;
        let tokens = Tokens { keys: &keys, issuer: &bindings.issuer() };
        tokens.verify(text.as_deref(), now).await?
    };
    if !caller.scopes.has(scope) {
        return Err(missing(scope));
    }
    if judge == Judge::Database && !caller.is_token {
        let is_admin = is_of_admin(bindings, &caller.sign_in, now).await?;
        if scope == Scope::Admin && !is_admin {
            return Err(missing(scope));
        }
    }
    Ok(Admission(Some(caller)))
}

/// Forgets what this isolate has seen of a user's sign-ins and tokens, because some of them end.
pub(crate) fn forget(user: UserId) {
    SIGN_INS.with_borrow_mut(|seen| seen.remove_all_of(user));
    TOKENS.with_borrow_mut(|seen| seen.remove_all_of(user));
}

/// Whoever is no administrator does not learn what there is for them.
fn missing(scope: Scope) -> Problem {
    if scope == Scope::Admin { Problem::NotFound } else { Problem::ScopeMissing(scope) }
}

/// Whether a sign-in that has not ended is an administrator's.
async fn is_of_admin(
    bindings: Bindings<'_>,
    sign_in: &SignInId,
    now: Timestamp,
) -> Result<bool, Problem> {
    if let Some((is_admin, _)) = SIGN_INS.with_borrow(|seen| seen.get(sign_in, now)) {
        return Ok(is_admin);
    }
    let found = Store(bindings.database()?).sign_in(sign_in).await?;
    let found = found.filter(|found| now < found.rotation.expires_at);
    let account = found.ok_or(Problem::Unauthenticated(ENDED))?.account;
    let is_admin = bindings.is_admin(&account);
    SIGN_INS.with_borrow_mut(|seen| seen.put(*sign_in, (account.id, is_admin), now));
    Ok(is_admin)
}

/// The token counts as issued when it was looked up: what ended before that did not end it.
async fn by_personal_token(
    bindings: Bindings<'_>,
    token: &PersonalToken,
    now: Timestamp,
) -> Result<Caller, Problem> {
    let unknown = || Problem::Unauthenticated("this token is not good any more; make another one");
    let id = token.id();
    let known = TOKENS.with_borrow(|seen| seen.get(&id, now));
    let (holder, issued_at) = if let Some(known) = known {
        known
    } else {
        let store = Store(bindings.database()?);
        let found = store.token_holder(id).await?.ok_or_else(unknown)?;
        if !token.has_hash(&found.hash) {
            return Err(unknown());
        }
        store.token_used(id, now).await?;
        let holder = Rc::new(found);
        TOKENS.with_borrow_mut(|seen| seen.put(id, (holder.id, Rc::clone(&holder)), now));
        (holder, now)
    };
    let scopes = Scopes::parse(&holder.scopes);
    match scopes {
        Some(scopes) if token.has_hash(&holder.hash) && now < holder.expires_at => Ok(Caller {
            user: holder.id,
            name: holder.display_name.clone(),
            sign_in: id,
            issued_at,
            is_token: true,
            until: Some(holder.expires_at),
            scopes,
        }),
        Some(_) | None => Err(unknown()),
    }
}
