//! The outbox of a user's object: what each room must hear, in order.

use object_api::errand::Told;
use protocol::ordered::Set;
use protocol::{RoomId, Timestamp, UserId};

use super::rows::{from_json, to_json};
use super::sql::{Row, count, text};
use super::{Sql, StoreError, Value};

const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'errand'";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS errand(
    id INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    told TEXT NOT NULL,
    failures INTEGER NOT NULL,
    due_at INTEGER NOT NULL)";
const INDEX: &str = "CREATE INDEX IF NOT EXISTS errand_by_room ON errand(room, id)";
const ADD: &str = "INSERT INTO errand(room, told, failures, due_at) VALUES (?, ?, 0, ?)";

/// A room hears one thing after the other.
const DUE: &str = "SELECT id, room, told, failures FROM errand AS first
    WHERE due_at <= ? AND id = (SELECT min(id) FROM errand WHERE errand.room = first.room)
    ORDER BY due_at, id LIMIT ?";
const NEXT_AT: &str = "SELECT min(due_at) FROM errand AS first
    WHERE id = (SELECT min(id) FROM errand WHERE errand.room = first.room)";
const DONE: &str = "DELETE FROM errand WHERE id = ?";
const PUT_OFF: &str = "UPDATE errand SET failures = failures + 1, due_at = ? WHERE id = ?";

const HAS_DEPARTED: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'departed'";
const CREATE_DEPARTED: &str = "CREATE TABLE IF NOT EXISTS departed(user TEXT PRIMARY KEY)";
const DEPART: &str = "INSERT OR IGNORE INTO departed(user) VALUES (?)";
const DEPARTED: &str = "SELECT user FROM departed";

/// The errands in a database, which has no table until there is one.
#[derive(Debug)]
pub struct Errands<S>(pub S);

/// An errand to one room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// Its name here.
    pub id: u64,
    /// Who must hear it.
    pub room: RoomId,
    /// What.
    pub told: Told,
    /// How often that failed.
    pub n_failures: u64,
}

impl<S: Sql> Errands<S> {
    /// Stores an errand to each of these rooms, due at `now`.
    ///
    /// # Errors
    /// If storage fails.
    pub fn add(&self, told: &Told, rooms: &Set<RoomId>, now: Timestamp) -> Result<(), StoreError> {
        let told = to_json("errand", told)?;
        self.0.atomically(&mut || {
            self.0.run(CREATE, &[])?;
            self.0.run(INDEX, &[])?;
            for room in rooms {
                let values = [text(room.as_str()), text(told.as_str()), Value::Integer(now.0)];
                self.0.run(ADD, &values)?;
            }
            Ok(())
        })
    }

    /// Remembers that the account of `user` was deleted.
    ///
    /// # Errors
    /// If storage fails.
    pub fn depart(&self, user: UserId) -> Result<(), StoreError> {
        self.0.run(CREATE_DEPARTED, &[])?;
        self.0.run(DEPART, &[text(user.as_str())]).map(drop)
    }

    /// Whose account was deleted, if it was.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn departed(&self) -> Result<Option<UserId>, StoreError> {
        if self.0.run(HAS_DEPARTED, &[])?.is_empty() {
            return Ok(None);
        }
        let row = self.0.run(DEPARTED, &[])?.into_iter().next();
        row.map(|row| Row::new("departed", row).parsed()).transpose()
    }

    /// What is due at `now`, at most `limit` of it, and at most one thing for each room.
    ///
    /// # Errors
    /// If storage fails or holds what this version does not understand.
    pub fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        if !self.has_table()? {
            return Ok(Vec::new());
        }
        let rows = self.0.run(DUE, &[Value::Integer(now.0), count(limit)])?;
        rows.into_iter().map(waiting).collect()
    }

    /// When the next thing is due; `None` if nothing waits.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn next_at(&self) -> Result<Option<Timestamp>, StoreError> {
        if !self.has_table()? {
            return Ok(None);
        }
        let row = self.0.run(NEXT_AT, &[])?.into_iter().next();
        let at = row.map(|row| Row::new("errand", row).integer_or_null()).transpose()?;
        Ok(at.flatten().map(Timestamp))
    }

    /// Forgets what was heard.
    ///
    /// # Errors
    /// If storage fails.
    pub fn done(&self, id: u64) -> Result<(), StoreError> {
        self.0.run(DONE, &[Value::Integer(id)]).map(drop)
    }

    /// Puts off what failed.
    ///
    /// # Errors
    /// If storage fails.
    pub fn put_off(&self, id: u64, due_at: Timestamp) -> Result<(), StoreError> {
        self.0.run(PUT_OFF, &[Value::Integer(due_at.0), Value::Integer(id)]).map(drop)
    }

    fn has_table(&self) -> Result<bool, StoreError> {
        Ok(!self.0.run(HAS_TABLE, &[])?.is_empty())
    }
}

fn waiting(row: Vec<Value>) -> Result<Waiting, StoreError> {
    let mut row = Row::new("errand", row);
    let (id, room) = (row.integer()?, row.parsed()?);
    let told = from_json("errand", &row.text()?)?;
    Ok(Waiting { id, room, told, n_failures: row.integer()? })
}
