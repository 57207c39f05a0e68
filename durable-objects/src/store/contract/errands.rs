//! What every room of a user must hear waits until it was heard.

use object_api::errand::{Errand, Told};
use protocol::ordered::Set;
use protocol::{RoomId, Timestamp};

use super::Broken;
use super::scene::{ok, same, user};
use crate::store::{ErrandWaiting, Errands, Sql};

/// Holds a database, which is empty, to what the outbox of a user's object must do.
///
/// # Errors
/// What is not so.
pub fn check<S: Sql>(sql: S) -> Result<(), Broken> {
    let errands = Errands(sql);
    same("nothing is due", &due(&errands, 9)?, &Vec::new())?;
    same("nothing waits", &ok(errands.next_at())?, &None)?;
    same("nobody was deleted", &ok(errands.departed())?, &None)?;

    add(&errands, "one", &[1, 2], 10)?;
    add(&errands, "two", &[1], 10)?;
    add(&errands, "three", &[3], 20)?;
    same("before its time", &due(&errands, 9)?, &Vec::new())?;
    same("the next time", &ok(errands.next_at())?, &Some(Timestamp(10)))?;
    same("one thing for each room", &due(&errands, 10)?, &told(&[("one", 1), ("one", 2)]))?;
    same("the limit", &ok(errands.due(Timestamp(99), 1))?.len(), &1)?;

    let first = first(&errands)?;
    ok(errands.put_off(first.id, Timestamp(30)))?;
    let others = told(&[("one", 2), ("three", 3)]);
    same("a room that was put off hears nothing else first", &due(&errands, 29)?, &others)?;
    let late = ok(errands.due(Timestamp(30), 9))?;
    let failures: Vec<u64> = late.iter().map(|waiting| waiting.n_failures).collect();
    same("failures are counted", &failures, &vec![0, 0, 1])?;
    ok(errands.done(first.id))?;
    let next = told(&[("one", 2), ("two", 1), ("three", 3)]);
    same("then it hears the next thing", &due(&errands, 30)?, &next)?;
    for waiting in ok(errands.due(Timestamp(99), 9))? {
        ok(errands.done(waiting.id))?;
    }
    same("what was heard is forgotten", &ok(errands.next_at())?, &None)?;

    ok(errands.depart(user(1)))?;
    ok(errands.depart(user(1)))?;
    same("who was deleted is remembered", &ok(errands.departed())?, &Some(user(1)))
}

fn room(n: u8) -> RoomId {
    RoomId::from_random([n; 13])
}

fn add<S: Sql>(errands: &Errands<S>, name: &str, rooms: &[u8], at: u64) -> Result<(), Broken> {
    let told = Told { user: user(1), errand: Errand::Renamed { name: name.to_owned() } };
    let rooms = Set::of(rooms.iter().copied().map(room));
    ok(errands.add(&told, &rooms, Timestamp(at)))
}

fn first<S: Sql>(errands: &Errands<S>) -> Result<ErrandWaiting, Broken> {
    ok(errands.due(Timestamp(10), 1))?.pop().ok_or_else(|| "nothing is due".to_owned())
}

/// What is due, and for whom.
fn due<S: Sql>(errands: &Errands<S>, now: u64) -> Result<Vec<(String, RoomId)>, Broken> {
    let due = ok(errands.due(Timestamp(now), 9))?;
    let shown = |ErrandWaiting { room, told, .. }| match told.errand {
        Errand::Renamed { name } => (name, room),
        Errand::SignedOut(_) | Errand::Departed => ("something else".to_owned(), room),
    };
    Ok(due.into_iter().map(shown).collect())
}

fn told(told: &[(&str, u8)]) -> Vec<(String, RoomId)> {
    told.iter().map(|(name, n)| ((*name).to_owned(), room(*n))).collect()
}
