//! Proof that whoever has somebody's token is that person, before what cannot be undone.

use protocol::Timestamp;
use protocol::limits::RECENT_MS;

use super::throttle::{Attempt, Attempted};
use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::problem::Problem;
use crate::store::{Known, Store};

/// The account of the caller, who has proven to be its owner: by its password, or, if it has none,
/// by a sign-in that was a moment ago.
///
/// # Errors
/// [`Problem::WrongPassword`], also for none; [`Problem::SignInAgain`],
/// [`Problem::TooManyAttempts`], or an internal failure.
pub(crate) async fn prove(
    (bindings, store): (Bindings<'_>, &Store),
    caller: &Caller,
    password: Option<&Password>,
    whence: &Whence,
    now: Timestamp,
) -> Result<Known, Problem> {
    let known = store.known(caller).await?;
    let known = known.ok_or(Problem::Unauthenticated("the account no longer exists"))?;
    let Some(hash) = &known.hash else {
        let is_recent = known.signed_in_at.is_some_and(|at| now.ms_since(at) < RECENT_MS);
        return if is_recent { Ok(known) } else { Err(Problem::SignInAgain) };
    };
    let password = password.ok_or(Problem::WrongPassword)?;
    let (name, place) = (Some(known.name.as_str()), Some(whence));
    let attempt = Attempt::new(bindings, Attempted::Password, name, place)?;
    attempt.count(store, now).await?;
    match password.verify(Some(hash)) {
        Ok(_) => {
            attempt.take_back(store).await?;
            Ok(known)
        }
        Err(Problem::WrongCredentials) => {
            let actor = Some(caller.user);
            let (act, detail) = (Act::SignInFailed, "current password");
            store.note(&Note { at: now, actor, act, target: None, detail, whence }).await?;
            Err(Problem::WrongPassword)
        }
        Err(problem) => Err(problem),
    }
}
