//! The user's display name in what the archive has beside logs.

use std::collections::BTreeMap;

use protocol::UserId;
use protocol::archive::{ERASED_NAME, RoomState};

use crate::context::Context;
use crate::failpoint::{self, Point};
use crate::failure::Failure;
use crate::lease::Lease;
use crate::record::Object;
use crate::store::Store;
use crate::{layout, manifest, object};

/// Erases the user's display name where the archive has who is in a room. A room that had nothing
/// else to erase does not tell it again.
pub(super) async fn erase(
    context: &Context,
    lease: &Lease,
    user: UserId,
    states: &BTreeMap<u8, Vec<Object>>,
) -> Result<(), Failure> {
    let store = &context.store;
    for (bucket, states) in states {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for object in states {
            lease.check()?;
            let state = object::state(store, object).await?;
            add.push(put(store, object, &without_name(state, user)).await?);
            remove.push(object.path.clone());
        }
        let (fence, now) = (lease.check()?, context.now());
        failpoint::reach(Point::Committing);
        manifest::commit(store, *bucket, fence, now, add, remove.clone()).await?;
        failpoint::reach(Point::Committed);
        for path in remove {
            store.delete(&path).await?;
            failpoint::reach(Point::Deleted);
        }
    }
    Ok(())
}

/// What a state calls a user.
pub(super) fn names(state: &RoomState, user: UserId) -> impl Iterator<Item = &str> {
    let members = state.members.iter().map(|member| (member.user, member.name.as_str()));
    let bans = state.bans.iter().map(|ban| (ban.user, ban.name.as_str()));
    let own = members.chain(bans).filter(move |(of, _)| *of == user).map(|(_, name)| name);
    own.filter(|name| !name.is_empty() && *name != ERASED_NAME)
}

fn without_name(mut state: RoomState, user: UserId) -> RoomState {
    let members = state.members.iter_mut().map(|member| (member.user, &mut member.name));
    let bans = state.bans.iter_mut().map(|ban| (ban.user, &mut ban.name));
    for (_, name) in members.chain(bans).filter(|(of, name)| *of == user && !name.is_empty()) {
        ERASED_NAME.clone_into(name);
    }
    state
}

/// Puts a state in place of an older one of the same entry.
async fn put(store: &Store, older: &Object, state: &RoomState) -> Result<Object, Failure> {
    let run = older.runs.first().cloned();
    let run = run.ok_or_else(|| Failure::damaged(&older.path, "it has no run"))?;
    // Above that of the one that it replaces: what is below may be a leftover.
    let revision = layout::state_revision(&older.path).unwrap_or_default().saturating_add(1);
    object::put_state(store, run, revision, state).await
}
