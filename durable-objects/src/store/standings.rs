//! What a user object keeps: how the user stands in every room that ever told.

use protocol::InboxRoom;
use user::Standing;

use super::rows::{from_json, to_json};
use super::sql::{Row, number, text};
use super::{Sql, StoreError, Value};
use crate::user_api::InRoom;

const HAS_TABLE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'standing'";

/// `standing` is what the room told, null once the user is no member.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS standing(
    room TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    muted INTEGER NOT NULL,
    standing TEXT) WITHOUT ROWID";
const STANDINGS: &str = "SELECT room, seq, muted, standing FROM standing ORDER BY room";
const PUT: &str = "INSERT OR REPLACE INTO standing(room, seq, muted, standing) VALUES (?, ?, ?, ?)";

/// The rooms of a user in a database, which has no table until there is something to store.
#[derive(Debug)]
pub struct Standings<S>(pub S);

impl<S: Sql> Standings<S> {
    /// Everything that is stored, in the order of rooms.
    ///
    /// # Errors
    /// If storage fails or holds what this version does not understand.
    pub fn load(&self) -> Result<Vec<Standing>, StoreError> {
        if self.0.run(HAS_TABLE, &[])?.is_empty() {
            return Ok(Vec::new());
        }
        self.0.run(STANDINGS, &[])?.into_iter().map(standing).collect()
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
