//! Lets in who brings what a route needs (`rights`), before anything of it runs.

use std::cell::RefCell;

use protocol::{Timestamp, UserId};
use worker::{Method, Request};

use crate::binding::Bindings;
use crate::identity::standing::{Standing, Standings};
use crate::identity::token::Tokens;
use crate::identity::{Caller, Scope, SignInId};
use crate::problem::Problem;
use crate::rights::{Judge, Needs, needs};
use crate::route::Route;
use crate::store::Store;
use crate::{request, socket};

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
    static STANDINGS: RefCell<Standings> = RefCell::default();
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
    let token = if route.is_socket() {
        socket::token(request, bindings)?
    } else {
        request::bearer(request)
    };
    let keys = bindings.signing_keys()?;
    let tokens = Tokens { keys: &keys, issuer: &bindings.issuer() };
    let caller = tokens.verify(token.as_deref(), now)?;
    if !caller.scopes.has(scope) {
        return Err(missing(scope));
    }
    if judge == Judge::Database {
        let standing = standing(bindings, &caller.sign_in, now).await?;
        if scope == Scope::Admin && !standing.is_admin {
            return Err(missing(scope));
        }
    }
    Ok(Admission(Some(caller)))
}

/// Forgets what this isolate has seen of a user's sign-ins, because some of them end.
pub(crate) fn forget(user: UserId) {
    STANDINGS.with_borrow_mut(|seen| seen.remove_all_of(user));
}

/// Whoever is no administrator does not learn what there is for them.
fn missing(scope: Scope) -> Problem {
    if scope == Scope::Admin { Problem::NotFound } else { Problem::ScopeMissing(scope) }
}

async fn standing(
    bindings: Bindings<'_>,
    sign_in: &SignInId,
    now: Timestamp,
) -> Result<Standing, Problem> {
    if let Some(known) = STANDINGS.with_borrow(|seen| seen.get(sign_in, now)) {
        return Ok(known);
    }
    let found = Store(bindings.database()?).sign_in(sign_in).await?;
    let found = found.filter(|found| now < found.rotation.expires_at);
    let account = found.ok_or(Problem::Unauthenticated(ENDED))?.account;
    let standing = Standing { user: account.id, is_admin: bindings.is_admin(&account) };
    STANDINGS.with_borrow_mut(|seen| seen.put(sign_in.clone(), standing, now));
    Ok(standing)
}
