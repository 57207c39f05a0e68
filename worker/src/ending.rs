//! How sign-ins and tokens end (rule TK5).
//!
//! The user's object is told first, and the database forgets second: if this dies in between, the
//! caller repeats it, and nothing that has ended in the database goes on elsewhere.

use object_api::errand::{Errand, NewErrand};
use protocol::{Ending, Timestamp, UserId, Which};
use worker::{Env, Method};

use crate::binding::Bindings;
use crate::object::{Object, Question, ask_user};
use crate::problem::{Cause, Problem};
use crate::store::Store;
use crate::{admission, clock, log};

/// Ends sign-ins and tokens of a user around `change`, which makes the database forget them.
///
/// # Errors
/// [`Problem::Unavailable`] before anything changed, and those of `change`.
pub(crate) async fn around<T>(
    (bindings, store): (Bindings<'_>, &Store),
    user: UserId,
    (of, now): (Which, Timestamp),
    change: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let env = bindings.env;
    announce((env, store), user, Ending { of, at: now }).await?;
    let done = change.await?;
    admission::forget(user);
    // Who signed in meanwhile was forgotten, too.
    if !matches!(of, Which::One { .. }) {
        let again = Ending { of, at: clock::now() };
        if let Err(problem) = announce((env, store), user, again).await {
            log::ending_not_repeated(user.as_str(), problem.cause().unwrap_or_default());
        }
    }
    Ok(done)
}

/// Gives an errand to a user's object: it tells all rooms of the user, at least once.
///
/// # Errors
/// [`Problem::Unavailable`] if it was not stored.
pub(crate) async fn send(
    (env, store): (&Env, &Store),
    user: UserId,
    errand: Errand,
) -> Result<(), Problem> {
    let errand = NewErrand { user, errand, rooms: store.rooms_now(user).await? };
    let question = Question::new(Method::Post, "errands").with_json(&errand)?;
    let answer = ask_user(env, user, question).await?;
    if answer.status_code() == 204 {
        return Ok(());
    }
    let cause = format!("the object of {user} answered {}", answer.status_code());
    Err(Problem::Unavailable(Object::User(user), Cause(cause)))
}

/// A person's bots end with everything else.
async fn announce(
    (env, store): (&Env, &Store),
    user: UserId,
    ending: Ending,
) -> Result<(), Problem> {
    if ending.of == Which::All {
        for bot in store.bot_ids(user).await? {
            send((env, store), bot, Errand::SignedOut(ending)).await?;
            admission::forget(bot);
        }
    }
    send((env, store), user, Errand::SignedOut(ending)).await
}
