//! Delivers notices to the index of rooms and memberships in D1: at least once, idempotently.
//!
//! The turn that stores a notice also arms an alarm, so a crash between the two cannot lose it.
//! Requests deliver at once; the alarm delivers what they could not.

use protocol::Timestamp;
use room::Notice;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement};

use crate::room_object::Shell;
use crate::store::{Store, StoreError};
use crate::{clock, sockets};

/// The name of the D1 binding.
const BINDING: &str = "DB";

/// Notices delivered in one round trip.
const BATCH: usize = 50;

/// Milliseconds after which a delivery that did not succeed is tried again.
const RETRY_MS: u64 = 15_000;

/// The newer fact wins, whatever order facts arrive in; a departure stays as a row without a role,
/// so that a late repetition of the join cannot undo it.
const PUT_MEMBERSHIP: &str = "INSERT INTO membership(user, room, role, joined_at, seq)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT(user, room) DO UPDATE SET
        role = excluded.role, joined_at = excluded.joined_at, seq = excluded.seq
    WHERE excluded.seq > membership.seq";

const PUT_ROOM: &str = "INSERT INTO room(id, name, kind, topic, owner, created_at, seq)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT(id) DO UPDATE SET
        name = excluded.name, kind = excluded.kind, topic = excluded.topic,
        owner = excluded.owner, seq = excluded.seq
    WHERE excluded.seq > room.seq";

/// When to try again what is stored at `now`.
pub(crate) fn retry_at(now: Timestamp) -> Timestamp {
    now.plus_ms(RETRY_MS)
}

/// Delivers what waits. A failure is logged, and the alarm tries again.
pub(crate) async fn deliver(shell: &Shell) {
    let now = clock::now();
    if shell.delivering_until.get() > now {
        // If this is the alarm, it is spent, and the other delivery may yet fail.
        return sockets::arm_alarm(&shell.state.storage(), retry_at(now).0);
    }
    // A time, not a flag: whoever was delivering may have been cancelled.
    shell.delivering_until.set(now.plus_ms(RETRY_MS));
    let done = drain(shell).await;
    shell.delivering_until.set(Timestamp::default());
    if let Err(error) = done {
        shell.log("room_outbox", &error);
        sockets::arm_alarm(&shell.state.storage(), retry_at(clock::now()).0);
    }
}

async fn drain(shell: &Shell) -> Result<(), StoreError> {
    // Asked by an alarm of a room that was never founded, there is no outbox.
    let Ok(room) = shell.read(|room| room.settings().id) else {
        return Ok(());
    };
    loop {
        let notices = shell.store.notices(BATCH)?;
        let Some(&(last, _)) = notices.last() else {
            return Ok(());
        };
        let notices = notices.iter().map(|(_, notice)| notice);
        put(&shell.env, room.as_str(), notices)
            .await
            .map_err(|e| StoreError::Sql(e.to_string()))?;
        shell.store.forget_notices(last)?;
    }
}

async fn put(
    env: &worker::Env,
    room: &str,
    notices: impl Iterator<Item = &Notice>,
) -> worker::Result<()> {
    let database = env.d1(BINDING)?;
    let statements: worker::Result<Vec<_>> =
        notices.map(|notice| statement(&database, room, notice)).collect();
    for result in database.batch(statements?).await? {
        if let Some(error) = result.error() {
            return Err(error.into());
        }
    }
    Ok(())
}

fn statement(
    database: &D1Database,
    room: &str,
    notice: &Notice,
) -> worker::Result<D1PreparedStatement> {
    match notice {
        Notice::Room { settings, owner, seq, at } => database.prepare(PUT_ROOM).bind(&[
            room.into(),
            settings.name.as_str().into(),
            settings.kind.name().into(),
            settings.topic.as_str().into(),
            owner.as_str().into(),
            number(at.0),
            number(seq.get()),
        ]),
        Notice::Membership { user, role, seq, at } => database.prepare(PUT_MEMBERSHIP).bind(&[
            user.as_str().into(),
            room.into(),
            role.map_or(JsValue::NULL, |role| role.name().into()),
            number(at.0),
            number(seq.get()),
        ]),
    }
}

#[expect(clippy::cast_precision_loss, reason = "seqs and times are below 2^53")]
fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}
