//! What proves who somebody is: passwords, the address that leads back to an account, passkeys.

mod breach;
mod email;
mod link;
mod passkeys;
mod password;
pub(crate) mod proof;
mod throttle;

use protocol::{Timestamp, UserId};
use worker::{Request, Response};

use crate::admission::Admission;
use crate::binding::Bindings;
use crate::mail::{Language, Letter, MailPort};
use crate::problem::Problem;
use crate::route::CredentialsRoute;
use crate::store::Store;

pub(crate) use breach::check;
pub(crate) use throttle::{Attempt, Attempted};

/// Answers a request about passwords, addresses or passkeys.
///
/// # Errors
/// As each route says.
pub(crate) async fn answer(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    (admission, route): (&Admission, CredentialsRoute),
) -> Result<Response, Problem> {
    let caller = || admission.caller();
    match route {
        CredentialsRoute::SetPassword => password::set(request, bindings, now, caller()?).await,
        CredentialsRoute::AskReset => password::ask_reset(request, bindings, now).await,
        CredentialsRoute::Reset => password::reset(request, bindings, now).await,
        CredentialsRoute::SetEmail => email::set(request, bindings, now, caller()?).await,
        CredentialsRoute::RemoveEmail => email::remove(request, bindings, now, caller()?).await,
        CredentialsRoute::VerifyEmail => email::verify(request, bindings, now).await,
        CredentialsRoute::Passkeys => passkeys::list(bindings, caller()?).await,
        CredentialsRoute::BeginPasskey => {
            passkeys::begin_adding(request, bindings, now, caller()?).await
        }
        CredentialsRoute::AddPasskey => passkeys::add(request, bindings, now, caller()?).await,
        CredentialsRoute::RemovePasskey(id) => {
            passkeys::remove(request, bindings, now, (caller()?, &id)).await
        }
        CredentialsRoute::BeginSignIn => passkeys::begin_sign_in(request, bindings, now).await,
        CredentialsRoute::SignIn => passkeys::sign_in(request, bindings, now).await,
    }
}

/// Tells the address of an account, if it has proven one, that a new way to sign in was added.
///
/// # Errors
/// An internal failure.
pub(crate) async fn tell_of_new_way(
    request: &Request,
    (bindings, store): (Bindings<'_>, &Store),
    user: UserId,
) -> Result<(), Problem> {
    if let Some((name, address)) = store.addressee(user).await? {
        let letter = Letter::new_way_in(Language::of_request(request), &name);
        MailPort::of(bindings).send_later(bindings, address, letter);
    }
    Ok(())
}
