//! The end of an account, at the wish of its owner (rule PE4).

use object_api::errand::Errand;
use protocol::{Timestamp, Which};
use serde::Deserialize;
use worker::{Request, Response};

use crate::audit::{Act, Note, Whence};
use crate::binding::Bindings;
use crate::credentials::proof::prove;
use crate::identity::Caller;
use crate::identity::password::Password;
use crate::problem::Problem;
use crate::store::Store;
use crate::{accounts, avatar, ending, request};

/// What `DELETE me` asks for.
#[derive(Deserialize)]
struct Wish {
    password: Option<Password>,
    #[serde(default)]
    erase: bool,
}

/// `DELETE me`. The people's objects hear of it first, and remember it: if what comes after fails,
/// the owner is still there to ask again.
pub(crate) async fn delete(
    request: &mut Request,
    bindings: Bindings<'_>,
    now: Timestamp,
    caller: &Caller,
) -> Result<Response, Problem> {
    let Wish { password, erase } = request::json(request).await?;
    let (store, whence) = (Store(bindings.database()?), Whence::of(request));
    prove((bindings, &store), caller, password.as_ref(), &whence, now).await?;
    // Whoever closes the page has said what they want.
    let _staying = bindings.stay();
    let user = caller.user;
    let mut gone = store.bot_ids(user).await?;
    gone.push(user);
    let detail = if erase { "erase" } else { "" };
    let (actor, act) = (Some(user), Act::AccountDeleted);
    let note = Note { at: now, actor, act, target: None, detail, whence: &whence };
    let bucket = bindings.attachments()?;
    let deleted = async {
        for &user in &gone {
            ending::send((bindings, &store), user, Errand::Departed).await?;
            avatar::sweep(&bucket, user).await?;
        }
        store.delete_account(user, erase, &note).await
    };
    ending::around((bindings, &store), user, (Which::All, now), deleted).await?;
    // A picture that came meanwhile goes, too; nobody is left who could ask for that again.
    for &user in &gone {
        avatar::left(user, avatar::sweep(&bucket, user).await);
    }
    accounts::farewell()
}
