//! The index of rooms and memberships, in D1.

use object_api::deadline::{in_time, within_ms};
use protocol::RoomId;
use room::Notice;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement};

use super::{ANSWER_MS, Outcome};
use crate::room_object::Shell;
use crate::store::Waiting;

/// The name of the D1 binding.
pub(super) const BINDING: &str = "DB";

/// The newer fact wins, whatever order facts arrive in; a departure stays as a row without a role,
/// so that a late repetition of the join cannot undo it.
const PUT_MEMBERSHIP: &str = "INSERT INTO membership(user, room, role, joined_at, seq)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT(user, room) DO UPDATE SET
        role = excluded.role, joined_at = excluded.joined_at, seq = excluded.seq
    WHERE excluded.seq > membership.seq";

const PUT_ROOM: &str =
    "INSERT INTO room(id, name, kind, topic, owner, created_at, seq, archived, deleted)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT(id) DO UPDATE SET
        name = excluded.name, kind = excluded.kind, topic = excluded.topic,
        owner = excluded.owner, seq = excluded.seq, archived = excluded.archived,
        deleted = excluded.deleted
    WHERE excluded.seq > room.seq";

/// A room that the index does not know yet counts as one that has something new.
const PUT_HEAD: &str = "UPDATE room SET head_seq = max(head_seq, ?2),
    dirty_since = CASE WHEN ?2 > archived_seq THEN ?3 ELSE dirty_since END WHERE id = ?1";
const FORGET_MEMBERSHIPS: &str = "DELETE FROM membership WHERE room = ?1";
const FORGET_ROOM: &str = "UPDATE room SET seq = 0, head_seq = 0, archived_seq = 0,
    dirty_since = NULL, deleted = 0 WHERE id = ?1";

/// Forgets how new what is known of a room is: it comes back, and what it tells then counts.
pub(crate) async fn forget_room(shell: &Shell, room: RoomId) -> worker::Result<()> {
    let database = shell.env.d1(BINDING)?;
    let forget = |sql| database.prepare(sql).bind(&[room.as_str().into()]);
    let forgotten = database.batch(vec![forget(FORGET_MEMBERSHIPS)?, forget(FORGET_ROOM)?]);
    for result in in_time(ANSWER_MS, forgotten).await? {
        if let Some(error) = result.error() {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Writes these notices in one round trip. If that fails, each goes by itself, so that one that
/// cannot be written holds no other up.
pub(super) async fn put(
    shell: &Shell,
    room: RoomId,
    waiting: Vec<Waiting>,
) -> Vec<(Waiting, Outcome)> {
    if waiting.is_empty() {
        return Vec::new();
    }
    match within_ms(ANSWER_MS, write(shell, room, &waiting)).await {
        Some(Ok(())) => {
            return waiting.into_iter().map(|waiting| (waiting, Outcome::Done)).collect();
        }
        // None of them would come further by itself.
        None => {
            let late = || Outcome::Failed(None, "the index of rooms is late".to_owned());
            return waiting.into_iter().map(|waiting| (waiting, late())).collect();
        }
        Some(Err(_)) => {}
    }
    let mut outcomes = Vec::with_capacity(waiting.len());
    for one in waiting {
        let alone = write(shell, room, std::slice::from_ref(&one));
        let outcome = match in_time(ANSWER_MS, alone).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(None, error.to_string()),
        };
        outcomes.push((one, outcome));
    }
    outcomes
}

async fn write(shell: &Shell, room: RoomId, waiting: &[Waiting]) -> worker::Result<()> {
    let database = shell.env.d1(BINDING)?;
    let notices = waiting.iter().filter_map(|waiting| waiting.notice.as_ref());
    let statements = notices.filter_map(|notice| statement(&database, room, notice).transpose());
    let statements: worker::Result<Vec<_>> = statements.collect();
    for result in database.batch(statements?).await? {
        if let Some(error) = result.error() {
            return Err(error.into());
        }
    }
    Ok(())
}

fn statement(
    database: &D1Database,
    room: RoomId,
    notice: &Notice,
) -> worker::Result<Option<D1PreparedStatement>> {
    let room = room.as_str();
    match notice {
        Notice::Room { settings, owner, seq, at, deleted } => {
            let owner = owner.as_ref().map_or("", |owner| owner.as_str());
            let statement = database.prepare(PUT_ROOM).bind(&[
                room.into(),
                settings.name.as_str().into(),
                settings.kind.name().into(),
                settings.topic.as_str().into(),
                owner.into(),
                number(at.0),
                number(seq.get()),
                number(u64::from(settings.archived)),
                number(u64::from(*deleted)),
            ]);
            statement.map(Some)
        }
        Notice::Membership { user, role, seq, at } => {
            let statement = database.prepare(PUT_MEMBERSHIP).bind(&[
                user.as_str().into(),
                room.into(),
                role.map_or(JsValue::NULL, |role| role.name().into()),
                number(at.0),
                number(seq.get()),
            ]);
            statement.map(Some)
        }
        Notice::Unarchived { seq, at } => {
            let values = [room.into(), number(seq.get()), number(at.0)];
            database.prepare(PUT_HEAD).bind(&values).map(Some)
        }
        Notice::Standing { .. } | Notice::Files { .. } | Notice::AllFiles => Ok(None),
    }
}

#[expect(clippy::cast_precision_loss, reason = "seqs and times are below 2^53")]
fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}
