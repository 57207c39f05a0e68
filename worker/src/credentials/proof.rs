//! Proof that whoever has somebody's token is that person, before what cannot be undone.

use protocol::Timestamp;
use protocol::limits::RECENT_MS;
use serde::Deserialize;
use worker::Request;

use super::throttle::{Attempt, Attempted};
use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::problem::Problem;
use crate::request;
use crate::store::{Known, Store};

/// What the body of a request may have that needs a recent sign-in.
#[derive(Deserialize)]
struct Offered {
    password: Option<Password>,
}

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
    let known = known(store, caller).await?;
    let Some(hash) = &known.hash else {
        return if is_recent(&known, now) { Ok(known) } else { Err(Problem::SignInAgain) };
    };
    let password = password.ok_or(Problem::WrongPassword)?;
    verify((bindings, store), (caller, &known.name), (password, hash), whence, now).await?;
    Ok(known)
}

/// The account of the caller, who has proven to be its owner: by a sign-in that was a moment ago,
/// or by its password in the body, as `{password?}`.
///
/// # Errors
/// [`Problem::SignInAgain`] without either; [`Problem::WrongPassword`],
/// [`Problem::TooManyAttempts`], a body that cannot be read, or an internal failure.
pub(crate) async fn prove_afresh(
    request: &mut Request,
    (bindings, store): (Bindings<'_>, &Store),
    caller: &Caller,
    now: Timestamp,
) -> Result<Known, Problem> {
    let password = offered(request::text(request).await?.as_deref())?;
    let known = known(store, caller).await?;
    if let Some(open) = left_to_verify(&known, password.as_ref(), now)? {
        let whence = Whence::of(request);
        verify((bindings, store), (caller, &known.name), open, &whence, now).await?;
    }
    Ok(known)
}

async fn known(store: &Store, caller: &Caller) -> Result<Known, Problem> {
    let known = store.known(caller).await?;
    known.ok_or(Problem::Unauthenticated("the account no longer exists"))
}

fn offered(body: Option<&str>) -> Result<Option<Password>, Problem> {
    let Some(body) = body else {
        return Ok(None);
    };
    let offered: Offered = serde_json::from_str(body)
        .map_err(|error| Problem::BadRequest(format!("the body cannot be read: {error}")))?;
    Ok(offered.password)
}

fn is_recent(known: &Known, now: Timestamp) -> bool {
    known.signed_in_at.is_some_and(|at| now.ms_since(at) < RECENT_MS)
}

/// A password and the hash that it is to be verified against, unless a recent sign-in is enough.
fn left_to_verify<'a>(
    known: &'a Known,
    password: Option<&'a Password>,
    now: Timestamp,
) -> Result<Option<(&'a Password, &'a str)>, Problem> {
    if is_recent(known, now) {
        return Ok(None);
    }
    let open = password.zip(known.hash.as_deref());
    open.map(Some).ok_or(Problem::SignInAgain)
}

async fn verify(
    (bindings, store): (Bindings<'_>, &Store),
    (caller, name): (&Caller, &str),
    (password, hash): (&Password, &str),
    whence: &Whence,
    now: Timestamp,
) -> Result<(), Problem> {
    let attempt = Attempt::new(bindings, Attempted::Password, Some(name), Some(whence)).await?;
    attempt.count(store, now).await?;
    match password.verify(Some(hash)) {
        Ok(_) => attempt.take_back(store).await,
        Err(Problem::WrongCredentials) => {
            let actor = Some(caller.user);
            let (act, detail) = (Act::SignInFailed, "current password");
            store.note(&Note { at: now, actor, act, target: None, detail, whence }).await?;
            Err(Problem::WrongPassword)
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_000);

    fn known(hash: Option<&str>, signed_in_at: Option<Timestamp>) -> Known {
        let (name, hash) = ("ada".to_owned(), hash.map(str::to_owned));
        Known { name: name.clone(), display_name: name, hash, address: None, signed_in_at }
    }

    #[test]
    fn pk1_a_new_way_in_wants_a_recent_sign_in_or_the_password() {
        let password = Password::from("correct horse".to_owned());
        let (soon, late) = (AT.plus_ms(RECENT_MS - 1), AT.plus_ms(RECENT_MS));
        let left = |hash, at, password, now| {
            let known = known(hash, at);
            let left = left_to_verify(&known, password, now);
            left.map(|open| open.map(|(_, hash)| hash.to_owned())).map_err(|problem| {
                assert!(matches!(problem, Problem::SignInAgain), "{problem:?}");
            })
        };
        assert_eq!(left(Some("hash"), Some(AT), None, soon), Ok(None));
        assert_eq!(left(None, Some(AT), None, soon), Ok(None));
        assert_eq!(left(Some("hash"), Some(AT), None, late), Err(()));
        let to_verify = Ok(Some("hash".to_owned()));
        assert_eq!(left(Some("hash"), Some(AT), Some(&password), late), to_verify);
        assert_eq!(left(Some("hash"), None, Some(&password), soon), to_verify, "it has ended");
        assert_eq!(left(None, Some(AT), Some(&password), late), Err(()), "there is none");
    }

    #[test]
    fn pk1_the_password_may_be_left_out() {
        for body in [None, Some("{}"), Some(r#"{"password":null}"#)] {
            assert!(offered(body).is_ok_and(|password| password.is_none()), "{body:?}");
        }
        assert!(offered(Some(r#"{"password":"x"}"#)).is_ok_and(|password| password.is_some()));
        assert!(offered(Some("[")).is_err());
    }
}
