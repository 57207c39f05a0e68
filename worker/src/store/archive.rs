//! What an archive job reads and writes in D1: the index of rooms, leases, accounts to erase, runs.

use protocol::archive::{Fence, LeaseRequest};
use protocol::{RoomId, Timestamp, UserId};
use worker::wasm_bindgen::JsValue;

use super::deletion::FORGET_ACCOUNT;
use super::tables::misfit;
use super::{Store, changed, changes, failed, number, text, time};
use crate::audit::Note;
use crate::problem::Problem;

/// Rooms of a page.
const PAGE_ROOMS_MAX: u32 = 500;

/// A page of rooms as it is answered: the database writes the JSON, and nobody reads it here. One
/// row more than the page has says whether there is a next one. `WHICH` is a condition.
const LIST: &str = "WITH found AS (
        SELECT * FROM room WHERE id > ?1 AND WHICH ORDER BY id LIMIT ?2 + 1
    ), shown AS (SELECT * FROM found ORDER BY id LIMIT ?2)
    SELECT json_object(
        'rooms', json_group_array(json_object(
            'room', id, 'head', head_seq, 'archived', archived_seq, 'dirty_since', dirty_since,
            'oldest_at', oldest_at, 'hold', json(iif(hold, 'true', 'false')),
            'deleted', json(iif(deleted, 'true', 'false')))),
        'cursor', iif((SELECT count(*) FROM found) > ?2, max(id), NULL)) AS answer
    FROM shown";

/// Seqs only rise, whatever order answers arrive in; the time of the oldest entry belongs to the
/// newest answer.
const STANDS: &str = "UPDATE room SET
        head_seq = max(head_seq, ?2), archived_seq = max(archived_seq, ?3),
        oldest_at = iif(?3 >= archived_seq, ?4, oldest_at),
        dirty_since = iif(max(head_seq, ?2) > max(archived_seq, ?3), dirty_since, NULL),
        hold = coalesce(?5, hold)
    WHERE id = ?1";

/// A late notice or acknowledgement lists the room again, and the job forgets it again.
const FORGET: &str = "UPDATE room
    SET head_seq = 0, archived_seq = 0, dirty_since = NULL, oldest_at = NULL
    WHERE id = ?1 AND deleted = 1 RETURNING id AS answer";

const IS_KNOWN: &str = "SELECT id AS answer FROM room WHERE id = ?1";

const IS_FENCED: &str =
    "SELECT holder AS answer FROM archive_lease WHERE bucket = ?1 AND fence > ?2";

/// All of them or none, in one statement. The time is a floor for fences, so that they rise even
/// if the database was lost and begins anew.
const TAKE: &str = "INSERT INTO archive_lease (bucket, fence, holder, expires_at)
    SELECT value, (SELECT max(?3, coalesce(max(fence), 0) + 1) FROM archive_lease), ?2, ?4
    FROM json_each(?1)
    WHERE NOT EXISTS (SELECT 1 FROM archive_lease WHERE expires_at > ?3
        AND bucket IN (SELECT value FROM json_each(?1)))
    ON CONFLICT (bucket) DO UPDATE SET
        fence = excluded.fence, holder = excluded.holder, expires_at = excluded.expires_at
    RETURNING CAST(fence AS TEXT) AS answer";

/// Who holds them, and until when.
const HOLDER: &str = "SELECT holder || ' until '
        || strftime('%Y-%m-%dT%H:%M:%SZ', (expires_at + 999) / 1000, 'unixepoch') AS answer
    FROM archive_lease WHERE expires_at > ?2 AND bucket IN (SELECT value FROM json_each(?1))
    ORDER BY expires_at DESC LIMIT 1";

/// All of them or none, too.
const RENEW: &str = "UPDATE archive_lease SET expires_at = ?4
    WHERE fence = ?2 AND bucket IN (SELECT value FROM json_each(?1))
    AND (SELECT count(DISTINCT value) FROM json_each(?1)) = (
        SELECT count(*) FROM archive_lease WHERE fence = ?2 AND expires_at > ?3
        AND bucket IN (SELECT value FROM json_each(?1)))
    RETURNING holder AS answer";

/// The row stays: it remembers the fence.
const END: &str = "UPDATE archive_lease SET expires_at = 0 WHERE fence = ?1";

/// Also those that the user left, and those that were deleted.
const ROOMS_OF: &str = "SELECT json_object('rooms', json_group_array(room)) AS answer
    FROM (SELECT room FROM membership WHERE user = ?1
        UNION SELECT id FROM room WHERE owner = ?1 ORDER BY room)";

/// Of the rooms that are keys of `?1`, those whose log does not go beyond the `seq` beside, as far
/// as anybody was told.
const SETTLED: &str = "SELECT json_group_array(room.id) AS answer
    FROM json_each(?1) AS indexed JOIN room ON room.id = indexed.key
    WHERE head_seq <= archived_seq AND head_seq <= json_extract(indexed.value, '$.seq')";

/// The row stays, so that nobody else becomes who others speak of. Nobody signs in to it.
const ERASE: &str =
    "UPDATE user SET name = 'erased-' || id, display_name = '(erased)', avatar = NULL,
        disabled_at = coalesce(disabled_at, ?2)
    WHERE id = ?1";

/// The table says what is a run. One that is told again changes nothing.
const RAN: &str = "INSERT INTO archive_run
        (command, started_at, ended_at, exit, archived, expired, says, expired_ever)
    SELECT ?1 ->> 'command', ?1 ->> 'started_at', ?1 ->> 'ended_at', ?1 ->> 'exit',
        ?1 ->> 'archived', ?1 ->> 'expired', ?1 ->> 'says', (?1 ->> 'expired')
            + coalesce((SELECT expired_ever FROM archive_run ORDER BY id DESC LIMIT 1), 0)
    WHERE TRUE ON CONFLICT (started_at, ended_at, command, exit, archived, expired) DO NOTHING";

/// Which rooms to list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listed {
    /// Something waits to be archived.
    Dirty,
    /// Something is older than that, and nothing holds it.
    Expiring {
        /// The cut.
        before: Timestamp,
    },
    /// Deleted, and perhaps still in the archive.
    Deleted,
    /// Under a legal hold.
    Held,
    /// Every room.
    All,
}

/// Where a room stands, as it said itself.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The last entry.
    pub(crate) head: u64,
    /// The last one that is archived.
    pub(crate) archived: u64,
    /// When the oldest one that it has was accepted, in milliseconds.
    pub(crate) oldest_at: Option<u64>,
    /// Whether it is held, if that is to be noted.
    pub(crate) hold: Option<bool>,
}

/// What was erased of a user.
#[derive(Debug)]
pub(crate) struct Erased {
    /// Whether there is such a user.
    pub(crate) is_known: bool,
    /// One, or none if there was none any more.
    pub(crate) passwords: usize,
    /// How many sign-ins ended.
    pub(crate) sign_ins: usize,
}

impl Listed {
    fn sql(self) -> String {
        LIST.replace(
            "WHICH",
            match self {
                Self::Dirty => "head_seq > archived_seq AND deleted = 0",
                Self::Expiring { .. } => "oldest_at < ?3 AND hold = 0 AND deleted = 0",
                Self::Deleted => "deleted = 1 AND (archived_seq > 0 OR head_seq > 0)",
                Self::Held => "hold = 1",
                Self::All => "TRUE",
            },
        )
    }
}

impl Store {
    /// A page of rooms after the id `after`, as the JSON that is answered.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn list_rooms(&self, listed: Listed, after: &str) -> Result<String, Problem> {
        let mut values = vec![text(after), PAGE_ROOMS_MAX.into()];
        if let Listed::Expiring { before } = listed {
            values.push(time(before));
        }
        self.the_answer(&listed.sql(), &values).await
    }

    /// Notes where a room stands.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn room_stands(
        &self,
        room: RoomId,
        standing: &Standing,
    ) -> Result<(), Problem> {
        let values = [
            text(room.as_str()),
            number(standing.head),
            number(standing.archived),
            standing.oldest_at.map_or(JsValue::NULL, number),
            standing.hold.map_or(JsValue::NULL, |hold| number(hold.into())),
        ];
        self.answer(STANDS, &values).await.map(drop).map_err(failed)
    }

    /// Notes that the archive has nothing of a room any more; whether it was deleted, or `None` if
    /// there never was one.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn forget_room(&self, room: RoomId) -> Result<Option<bool>, Problem> {
        let room = [text(room.as_str())];
        if self.answer(FORGET, &room).await.map_err(failed)?.is_some() {
            return Ok(Some(true));
        }
        let known = self.answer(IS_KNOWN, &room).await.map_err(failed)?;
        Ok(known.map(|_| false))
    }

    /// Whether a bucket was leased again after `fence`.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn is_fenced(&self, bucket: u8, fence: Fence) -> Result<bool, Problem> {
        let holder = self.answer(IS_FENCED, &[bucket.into(), number(fence)]).await;
        holder.map(|holder| holder.is_some()).map_err(failed)
    }

    /// Grants a lease from now on until then; else who holds a part of it.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn take_lease(
        &self,
        asked: &LeaseRequest,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<Result<Fence, String>, Problem> {
        let buckets = buckets(asked)?;
        let values = [buckets.clone(), text(&asked.holder), time(now), time(until)];
        if let Some(fence) = self.answer(TAKE, &values).await.map_err(failed)? {
            let fence = fence.parse();
            return fence.map(Ok).map_err(|error| Problem::internal("fence", &error));
        }
        let holder = self.answer(HOLDER, &[buckets, time(now)]).await.map_err(failed)?;
        Ok(Err(holder.unwrap_or_default()))
    }

    /// Makes a lease last until then; false if a part of it was lost.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn renew_lease(
        &self,
        fence: Fence,
        asked: &LeaseRequest,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, Problem> {
        let values = [buckets(asked)?, number(fence), time(now), time(until)];
        let holder = self.answer(RENEW, &values).await;
        holder.map(|holder| holder.is_some()).map_err(failed)
    }

    /// Ends a lease, if it has not ended.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn end_lease(&self, fence: Fence) -> Result<(), Problem> {
        self.answer(END, &[number(fence)]).await.map(drop).map_err(failed)
    }

    /// Every room that a user ever was in, as the JSON that is answered.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn rooms_of(&self, user: UserId) -> Result<String, Problem> {
        self.the_answer(ROOMS_OF, &[text(user.as_str())]).await
    }

    /// Of the rooms that `indexed` names, those of which the index has everything; both are JSON.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn settled_rooms(&self, indexed: &str) -> Result<String, Problem> {
        self.the_answer(SETTLED, &[text(indexed)]).await
    }

    /// Deletes what a user signs in with, the address and the sign-ins, and makes the account a
    /// tombstone.
    ///
    /// # Errors
    /// An internal failure.
    pub(crate) async fn erase_user(
        &self,
        user: UserId,
        note: &Note<'_>,
    ) -> Result<Erased, Problem> {
        let user = text(user.as_str());
        let mut statements = Vec::new();
        for sql in FORGET_ACCOUNT {
            statements.push(self.statement(sql, std::slice::from_ref(&user))?);
        }
        statements.push(self.statement(ERASE, &[user, time(note.at)])?);
        statements.push(self.noting_if_changed(note)?);
        let results = self.batch(statements).await?;
        let [sign_ins, passwords, .., known, _] = results.as_slice() else {
            return Err(Problem::internal("database", &"a batch without its results"));
        };
        Ok(Erased {
            is_known: changed(known)?,
            passwords: changes(passwords)?,
            sign_ins: changes(sign_ins)?,
        })
    }

    /// Notes what a job tells of a run, as the JSON that it sent.
    ///
    /// # Errors
    /// 400 for what is no run, or an internal failure.
    pub(crate) async fn note_run(&self, run: &str) -> Result<(), Problem> {
        self.answer(RAN, &[text(run)]).await.map(drop).map_err(misfit)
    }

    /// The answer of a statement that always has one.
    pub(super) async fn the_answer(
        &self,
        sql: &str,
        values: &[JsValue],
    ) -> Result<String, Problem> {
        let answer = self.answer(sql, values).await.map_err(failed)?;
        answer.ok_or_else(|| Problem::internal("database", &"an answer without a row"))
    }
}

fn buckets(asked: &LeaseRequest) -> Result<JsValue, Problem> {
    let buckets = serde_json::to_string(&asked.buckets);
    buckets.map(|buckets| text(&buckets)).map_err(|error| Problem::internal("buckets", &error))
}

#[cfg(test)]
mod tests;
