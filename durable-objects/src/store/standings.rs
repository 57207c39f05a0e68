//! What a user object keeps: how the user stands in every room that ever told, and how many rooms
//! the user may found.

use object_api::user::InRoom;
use protocol::{Ending, InboxRoom, RoomId, Timestamp};
use user::Standing;

use super::rows::{from_json, to_json};
use super::sql::{Row, count, number, text};
use super::{Sql, StoreError, Value};

const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";

/// `standing` is what the room told, null once the user is no member.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS standing(
    room TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    muted INTEGER NOT NULL,
    standing TEXT) WITHOUT ROWID";
const NEWEST: &str = "SELECT room, seq, muted, standing FROM standing WHERE standing IS NOT NULL
    ORDER BY json_extract(standing, '$.last_at') DESC, room LIMIT ?";
const STANDING: &str = "SELECT room, seq, muted, standing FROM standing WHERE room = ?";
const ROOMS: &str = "SELECT room FROM standing WHERE standing IS NOT NULL ORDER BY room";
const PUT: &str = "INSERT OR REPLACE INTO standing(room, seq, muted, standing) VALUES (?, ?, ?, ?)";

/// One row: since when the user may again found as many rooms at once as anybody.
const CREATE_CREDIT: &str = "CREATE TABLE IF NOT EXISTS credit(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    full_at INTEGER NOT NULL)";
const CREDIT: &str = "SELECT full_at FROM credit";
const PUT_CREDIT: &str = "INSERT OR REPLACE INTO credit(id, full_at) VALUES (1, ?)";

/// One row: what has ended of the user's sign-ins and tokens.
const CREATE_ENDINGS: &str = "CREATE TABLE IF NOT EXISTS ending(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    endings TEXT NOT NULL)";
const ENDINGS: &str = "SELECT endings FROM ending";
const PUT_ENDINGS: &str = "INSERT OR REPLACE INTO ending(id, endings) VALUES (1, ?)";

const FORGET_STANDINGS: &str = "DROP TABLE IF EXISTS standing";
const FORGET_CREDIT: &str = "DROP TABLE IF EXISTS credit";

/// The rooms of a user in a database, which has no tables until there is something to store.
#[derive(Debug)]
pub struct Standings<S>(pub S);

impl<S: Sql> Standings<S> {
    /// The rooms that the user is in, the one with the newest entry first, and at most `limit`.
    ///
    /// # Errors
    /// If storage fails or holds what this version does not understand.
    pub fn newest(&self, limit: usize) -> Result<Vec<Standing>, StoreError> {
        self.rows("standing", NEWEST, &[count(limit)])?.into_iter().map(standing).collect()
    }

    /// What is stored of one room, also of one that the user left.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn get(&self, room: RoomId) -> Result<Option<Standing>, StoreError> {
        let rows = self.rows("standing", STANDING, &[text(room.as_str())])?;
        rows.into_iter().next().map(standing).transpose()
    }

    /// All rooms that the user is in, in the order of ids.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn rooms(&self) -> Result<Vec<RoomId>, StoreError> {
        let rows = self.rows("standing", ROOMS, &[])?.into_iter();
        rows.map(|row| Row::new("standing", row).parsed()).collect()
    }

    /// What has ended of the user's sign-ins and tokens.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn endings(&self) -> Result<Vec<Ending>, StoreError> {
        let row = self.rows("ending", ENDINGS, &[])?.into_iter().next();
        let read = |row| from_json("ending", &Row::new("ending", row).text()?);
        Ok(row.map(read).transpose()?.unwrap_or_default())
    }

    /// Replaces what has ended of the user's sign-ins and tokens.
    ///
    /// # Errors
    /// If storage fails.
    pub fn put_endings(&self, endings: &[Ending]) -> Result<(), StoreError> {
        let endings = to_json("ending", &endings)?;
        self.0.atomically(&mut || {
            self.0.run(CREATE_ENDINGS, &[])?;
            self.0.run(PUT_ENDINGS, &[text(endings.as_str())]).map(drop)
        })
    }

    /// Inserts or replaces what is stored of one room.
    ///
    /// # Errors
    /// If storage fails.
    pub fn put(&self, standing: &Standing) -> Result<(), StoreError> {
        let muted = standing.shown.as_ref().is_some_and(|shown| shown.muted);
        let told = match &standing.shown {
            Some(shown) => text(to_json("standing", &InRoom::from(shown.clone()))?),
            None => Value::Null,
        };
        let (room, seq) = (text(standing.room.as_str()), number(standing.seq));
        self.0.atomically(&mut || {
            self.0.run(CREATE, &[])?;
            let values = [room.clone(), seq.clone(), Value::Integer(muted.into()), told.clone()];
            self.0.run(PUT, &values).map(drop)
        })
    }

    /// Forgets the rooms. What has ended stays ended.
    ///
    /// # Errors
    /// If storage fails.
    pub fn forget(&self) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            self.0.run(FORGET_STANDINGS, &[])?;
            self.0.run(FORGET_CREDIT, &[]).map(drop)
        })
    }

    /// When the credit for founding rooms is full again, if that was ever stored.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub fn credit(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.rows("credit", CREDIT, &[])?;
        rows.into_iter().next().map(|row| Row::new("credit", row).time()).transpose()
    }

    /// Replaces when the credit for founding rooms is full again.
    ///
    /// # Errors
    /// If storage fails.
    pub fn put_credit(&self, full_at: Timestamp) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            self.0.run(CREATE_CREDIT, &[])?;
            self.0.run(PUT_CREDIT, &[Value::Integer(full_at.0)]).map(drop)
        })
    }

    /// The rows of a query, none without its table.
    fn rows(
        &self,
        table: &str,
        query: &'static str,
        values: &[Value],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        if self.0.run(HAS_TABLE, &[text(table)])?.is_empty() {
            return Ok(Vec::new());
        }
        self.0.run(query, values)
    }
}

fn standing(row: Vec<Value>) -> Result<Standing, StoreError> {
    let mut row = Row::new("standing", row);
    let (room, seq) = (row.parsed()?, row.seq()?);
    let muted = row.integer()? != 0;
    let shown = match row.text_or_null()? {
        Some(json) => {
            let told: InRoom = from_json("standing", &json)?;
            Some(InboxRoom { muted, ..told.shown(room) })
        }
        None => None,
    };
    Ok(Standing { room, seq, shown })
}
