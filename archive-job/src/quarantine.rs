//! Objects in quarantine, which may hold anything: they are copies of what is elsewhere, for
//! people to look at, so what may hold erased words goes.

use std::collections::BTreeSet;

use protocol::RoomId;

use crate::failure::Failure;
use crate::layout;
use crate::store::Store;
use crate::table::Rows;

/// Deletes what of these rooms is in quarantine; answers how many objects that were. A table file
/// stays only if it can be read to its end and has no row of them.
///
/// # Errors
/// If the store does not answer.
pub async fn erase(store: &Store, rooms: &BTreeSet<RoomId>) -> Result<usize, Failure> {
    let mut deleted = 0_usize;
    for path in of_rooms(store, rooms).await? {
        store.delete(&path).await?;
        tracing::info!(path, "it was in quarantine, and may hold what is erased; it is deleted");
        deleted = deleted.saturating_add(1);
    }
    Ok(deleted)
}

/// What may be of these rooms.
///
/// # Errors
/// If the store does not answer.
pub async fn of_rooms(store: &Store, rooms: &BTreeSet<RoomId>) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for listed in store.list(&layout::quarantine("")).await? {
        let is_theirs = match layout::room_of(layout::unquarantined(&listed.path)) {
            Some(room) => rooms.contains(&room),
            None => may_have(store, &listed.path, rooms).await?,
        };
        if is_theirs {
            paths.push(listed.path);
        }
    }
    Ok(paths)
}

/// Whether what is of no room alone may have something of these.
async fn may_have(store: &Store, path: &str, rooms: &BTreeSet<RoomId>) -> Result<bool, Failure> {
    let is_near = |bucket| rooms.iter().any(|room| layout::bucket(*room) == bucket);
    if !layout::bucket_of(path).is_none_or(is_near) {
        return Ok(false);
    }
    let Some(bytes) = store.find(path).await? else { return Ok(false) };
    let Ok(mut rows) = Rows::open(&bytes) else { return Ok(true) };
    Ok(rows.any(|row| row.map_or(true, |row| rooms.contains(&row.room))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Writer;
    use crate::testing::{BUCKET, Log, MIDNIGHT, epoch, room, seq};

    #[tokio::test]
    async fn what_may_hold_something_of_a_room_goes_and_what_cannot_stays() {
        let store = Store::in_memory();
        let mut others = Log::new(room(1), epoch(1));
        let (lines, run) = others.say(MIDNIGHT, &[(1, "of another room")]);
        let mut writer = Writer::new().unwrap();
        writer.push(run.room, run.epoch, lines.trim_end()).unwrap();
        let table = writer.finish(&[run]).unwrap();
        let segment = |of| layout::segment(room(of), epoch(1), (seq(1), seq(2)), seq(0));
        let named = |number| layout::table("2026-05-17", BUCKET, number, 0);
        let elsewhere = layout::table("2026-05-17", BUCKET.wrapping_add(1), 1, 0);
        for (path, bytes) in [
            (segment(0), b"rot".to_vec()),
            (segment(1), b"rot".to_vec()),
            (layout::state(room(0), seq(2)), b"rot".to_vec()),
            (named(1), table),
            (named(2), b"rot".to_vec()),
            (elsewhere.clone(), b"rot".to_vec()),
        ] {
            store.create(&layout::quarantine(&path), bytes).await.unwrap();
        }
        assert_eq!(erase(&store, &BTreeSet::from([room(0)])).await.unwrap(), 3);
        let listed = store.list(&layout::quarantine("")).await.unwrap();
        let left: BTreeSet<String> =
            listed.iter().map(|listed| layout::unquarantined(&listed.path).to_owned()).collect();
        assert_eq!(left, BTreeSet::from([segment(1), named(1), elsewhere]));
    }
}
