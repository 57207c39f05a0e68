//! How whoever was deleted leaves: every room hears of it, and the pictures go (rule PE4).
//!
//! D1 notes who is to leave in the transaction that deletes the account, and forgets it when all is
//! done. What fails in between is done by the next of the runs that `crons` in `wrangler.toml` asks
//! for: each step may be repeated.

use object_api::errand::Errand;
use protocol::UserId;
use worker::Env;

use crate::problem::Problem;
use crate::store::Store;
use crate::{avatar, binding, ending, log};

/// Begins at once for those who were just deleted. Nobody needs to know if that fails.
pub(crate) async fn begin(env: &Env, store: &Store, gone: &[UserId]) {
    for &user in gone {
        if let Err(problem) = leave(env, store, user).await {
            log::departure_unfinished(user.as_str(), problem.cause().unwrap_or_default());
        }
    }
}

/// Finishes what was left undone.
///
/// # Errors
/// An internal failure.
pub(crate) async fn resume(env: &Env) -> Result<(), Problem> {
    let store = Store(binding::database_in(env)?);
    let left = store.departures().await?;
    begin(env, &store, &left).await;
    Ok(())
}

async fn leave(env: &Env, store: &Store, user: UserId) -> Result<(), Problem> {
    ending::send((env, store), user, Errand::Departed).await?;
    avatar::sweep(&binding::attachments_in(env)?, user).await?;
    store.has_left(user).await
}
