//! A room in SQLite: the SQL text, shared by every database that speaks it.

use std::str::FromStr;

use protocol::limits::REPLAY_ENTRIES_MAX;
use protocol::{Epoch, Link, Seq, Timestamp};
use room::{Chunk, ChunkSize, Commit, LastSend, Member, Notice, RosterChange, Settings};

use super::rows::{CheckpointRow, NoticeRow, SettingsRow, from_json, sends_of, to_json};
use super::{NoticeId, Store, StoreError, Stored, StoredChunk};

/// A database that runs the shared SQL text.
///
/// Query texts are constants, because the runtime caches statements by their text.
pub trait Sql {
    /// Runs one statement and returns all its rows.
    ///
    /// # Errors
    /// What the database says.
    fn run(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>, StoreError>;

    /// Runs `work` so that either all of its writes are stored or none.
    ///
    /// # Errors
    /// What `work` or the database says.
    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// A value in a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number below 2^53.
    Integer(u64),
    /// A text.
    Text(String),
}

/// The version of the schema that [`SqlStore`] writes.
const SCHEMA: &str = "1";

/// How many chunks are read at once on waking.
const CHUNKS_PER_READ: usize = 16;

const TABLES: [&str; 4] = [
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE chunk(
        first_seq INTEGER PRIMARY KEY,
        last_seq INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        link TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        lines TEXT NOT NULL)",
    "CREATE TABLE member(
        member TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        joined_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, payload TEXT NOT NULL)",
];
const HAS_META: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'";
const GET_META: &str = "SELECT value FROM meta WHERE key = ?";
const PUT_META: &str = "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)";
const HEAD: &str = "SELECT last_seq, last_at, link FROM chunk ORDER BY first_seq DESC LIMIT 1";
const SIZES: &str = "SELECT first_seq, bytes FROM chunk ORDER BY first_seq DESC LIMIT ?";
const ADD_CHUNK: &str =
    "INSERT INTO chunk(first_seq, last_seq, first_at, last_at, link, bytes, lines)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const CHUNKS_AFTER: &str = "SELECT first_seq, last_seq, lines FROM chunk
    WHERE first_seq >= (SELECT coalesce(max(first_seq), 0) FROM chunk WHERE first_seq <= ?)
    AND last_seq > ? ORDER BY first_seq LIMIT ?";
const CHUNKS_BEFORE: &str = "SELECT first_seq, last_seq, lines FROM chunk
    WHERE first_seq < ? ORDER BY first_seq DESC LIMIT ?";
const MEMBERS: &str = "SELECT member, name, role, joined_at FROM member ORDER BY member";
const PUT_MEMBER: &str =
    "INSERT OR REPLACE INTO member(member, name, role, joined_at) VALUES (?, ?, ?, ?)";
const REMOVE_MEMBER: &str = "DELETE FROM member WHERE member = ?";
const ADD_NOTICE: &str = "INSERT INTO outbox(payload) VALUES (?)";
const NOTICES: &str = "SELECT id, payload FROM outbox ORDER BY id LIMIT ?";
const FORGET_NOTICES: &str = "DELETE FROM outbox WHERE id <= ?";

/// A room in a database.
#[derive(Debug)]
pub struct SqlStore<S>(pub S);

impl<S: Sql> Store for SqlStore<S> {
    fn load(&self) -> Result<Option<Stored>, StoreError> {
        if self.0.run(HAS_META, &[])?.is_empty() {
            return Ok(None);
        }
        let schema = self.need_meta("schema")?;
        if schema != SCHEMA {
            let detail = format!("schema {schema} is not {SCHEMA}; deploy a version that reads it");
            return Err(StoreError::Row { table: "meta", detail });
        }
        let settings: SettingsRow = from_json("meta", &self.need_meta("settings")?)?;
        let epoch: Epoch = parse("meta", &self.need_meta("epoch")?)?;
        let (checkpoint_seq, mut sends) = match self.meta("checkpoint")? {
            None => (Seq::ZERO, Vec::new()),
            Some(json) => {
                let row: CheckpointRow = from_json("meta", &json)?;
                (row.seq, row.sends())
            }
        };
        self.read_sends(checkpoint_seq, &mut sends)?;
        let (head, members, recent) = (self.head()?, self.members()?, self.sizes()?);
        let settings = settings.into();
        Ok(Some(Stored { settings, epoch, head, members, checkpoint_seq, sends, recent }))
    }

    fn found(&self, settings: &Settings, epoch: Epoch) -> Result<(), StoreError> {
        let settings = to_json("meta", &SettingsRow::from(settings))?;
        self.0.atomically(&mut || {
            for table in TABLES {
                self.0.run(table, &[])?;
            }
            self.put_meta("schema", SCHEMA)?;
            self.put_meta("settings", &settings)?;
            self.put_meta("epoch", epoch.as_str())
        })
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let Commit { chunk, roster, notices, checkpoint } = commit;
        if roster.is_empty() && notices.is_empty() && checkpoint.is_none() {
            return self.add_chunk(chunk);
        }
        self.0.atomically(&mut || {
            self.add_chunk(chunk)?;
            for change in roster {
                self.change_roster(change)?;
            }
            for notice in notices {
                let payload = to_json("outbox", &NoticeRow::from(notice))?;
                self.0.run(ADD_NOTICE, &[text(payload)])?;
            }
            let Some(sends) = checkpoint else {
                return Ok(());
            };
            let row = CheckpointRow::new(chunk.last_seq, sends);
            self.put_meta("checkpoint", &to_json("meta", &row)?)
        })
    }

    fn chunks_after(&self, after: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        let first = after.get().saturating_add(1);
        let values = [Value::Integer(first), Value::Integer(after.get()), count(limit)];
        self.0.run(CHUNKS_AFTER, &values)?.into_iter().map(stored_chunk).collect()
    }

    fn chunks_before(&self, before: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        let values = [Value::Integer(before.get()), count(limit)];
        self.0.run(CHUNKS_BEFORE, &values)?.into_iter().map(stored_chunk).collect()
    }

    fn notices(&self, limit: usize) -> Result<Vec<(NoticeId, Notice)>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("outbox", row);
            let id = NoticeId(row.integer()?);
            let notice: NoticeRow = from_json("outbox", &row.text()?)?;
            Ok((id, notice.into()))
        };
        self.0.run(NOTICES, &[count(limit)])?.into_iter().map(read).collect()
    }

    fn forget_notices(&self, upto: NoticeId) -> Result<(), StoreError> {
        self.0.run(FORGET_NOTICES, &[Value::Integer(upto.0)]).map(drop)
    }
}

impl<S: Sql> SqlStore<S> {
    fn meta(&self, key: &'static str) -> Result<Option<String>, StoreError> {
        let rows = self.0.run(GET_META, &[text(key)])?;
        rows.into_iter().next().map(|row| Row::new("meta", row).text()).transpose()
    }

    fn need_meta(&self, key: &'static str) -> Result<String, StoreError> {
        let missing = || StoreError::Row { table: "meta", detail: format!("no row {key}") };
        self.meta(key)?.ok_or_else(missing)
    }

    fn put_meta(&self, key: &'static str, value: &str) -> Result<(), StoreError> {
        self.0.run(PUT_META, &[text(key), text(value)]).map(drop)
    }

    fn head(&self) -> Result<(Seq, Timestamp, Link), StoreError> {
        let Some(row) = self.0.run(HEAD, &[])?.into_iter().next() else {
            return Ok((Seq::ZERO, Timestamp::default(), Link::GENESIS));
        };
        let mut row = Row::new("chunk", row);
        let (seq, at) = (row.seq()?, Timestamp(row.integer()?));
        let link = Link::from_hex(&row.text()?);
        Ok((seq, at, link.ok_or_else(|| row.wrong("not a link"))?))
    }

    fn sizes(&self) -> Result<Vec<ChunkSize>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("chunk", row);
            let first_seq = row.seq()?;
            let n_bytes = usize::try_from(row.integer()?).unwrap_or(usize::MAX);
            Ok(ChunkSize { first_seq, n_bytes })
        };
        let rows = self.0.run(SIZES, &[Value::Integer(REPLAY_ENTRIES_MAX)])?;
        rows.into_iter().rev().map(read).collect()
    }

    fn members(&self) -> Result<Vec<Member>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("member", row);
            Ok(Member {
                user: parse("member", &row.text()?)?,
                name: row.text()?,
                role: parse("member", &row.text()?)?,
                joined_at: Timestamp(row.integer()?),
            })
        };
        self.0.run(MEMBERS, &[])?.into_iter().map(read).collect()
    }

    /// Reads the sends that the checkpoint does not cover.
    fn read_sends(&self, checkpoint: Seq, sends: &mut Vec<LastSend>) -> Result<(), StoreError> {
        let mut after = checkpoint;
        loop {
            let chunks = self.chunks_after(after, CHUNKS_PER_READ)?;
            let Some(last) = chunks.last() else {
                return Ok(());
            };
            after = last.last_seq;
            for chunk in &chunks {
                sends.extend(sends_of(&chunk.lines)?);
            }
        }
    }

    fn add_chunk(&self, chunk: &Chunk) -> Result<(), StoreError> {
        let values = [
            Value::Integer(chunk.first_seq.get()),
            Value::Integer(chunk.last_seq.get()),
            Value::Integer(chunk.first_at.0),
            Value::Integer(chunk.last_at.0),
            text(chunk.link.to_hex()),
            count(chunk.lines.len()),
            text(chunk.lines.as_str()),
        ];
        self.0.run(ADD_CHUNK, &values).map(drop)
    }

    fn change_roster(&self, change: &RosterChange) -> Result<(), StoreError> {
        match change {
            RosterChange::Put(Member { user, name, role, joined_at }) => {
                let joined_at = Value::Integer(joined_at.0);
                let values =
                    [text(user.as_str()), text(name.as_str()), text(role.name()), joined_at];
                self.0.run(PUT_MEMBER, &values).map(drop)
            }
            RosterChange::Remove(user) => {
                self.0.run(REMOVE_MEMBER, &[text(user.as_str())]).map(drop)
            }
        }
    }
}

/// A row that is read from left to right.
struct Row {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
}

impl Row {
    fn new(table: &'static str, values: Vec<Value>) -> Self {
        Self { table, values: values.into_iter() }
    }

    fn integer(&mut self) -> Result<u64, StoreError> {
        match self.values.next() {
            Some(Value::Integer(number)) => Ok(number),
            Some(Value::Null | Value::Text(_)) | None => Err(self.wrong("no number")),
        }
    }

    fn text(&mut self) -> Result<String, StoreError> {
        match self.values.next() {
            Some(Value::Text(text)) => Ok(text),
            Some(Value::Null | Value::Integer(_)) | None => Err(self.wrong("no text")),
        }
    }

    fn seq(&mut self) -> Result<Seq, StoreError> {
        Seq::try_from(self.integer()?).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, detail: &str) -> StoreError {
        StoreError::Row { table: self.table, detail: detail.to_owned() }
    }
}

fn stored_chunk(row: Vec<Value>) -> Result<StoredChunk, StoreError> {
    let mut row = Row::new("chunk", row);
    Ok(StoredChunk { first_seq: row.seq()?, last_seq: row.seq()?, lines: row.text()? })
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

fn count(limit: usize) -> Value {
    Value::Integer(u64::try_from(limit).unwrap_or(u64::MAX))
}

fn parse<T: FromStr<Err: std::fmt::Display>>(
    table: &'static str,
    value: &str,
) -> Result<T, StoreError> {
    value.parse().map_err(|error: T::Err| StoreError::Row { table, detail: error.to_string() })
}
