//! A room in SQLite: the SQL text, shared by every database that speaks it.

use std::str::FromStr;

use protocol::{AttachmentId, Epoch, Link, RoomId, Seq, Timestamp, UserId};
use room::{Ban, Commit, Deed, Notice, Range, Settings, Snapshot, Upload};

use super::rows::{DeedRow, NoticeRow, SettingsRow, from_json, to_json};
use super::schema::{SCHEMA, TABLES};
use super::{
    Amended, DeedId, Extent, NoticeId, Store, StoreError, StoredChunk, StoredFile, Waiting,
};

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

const HAS_META: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'";
const GET_META: &str = "SELECT value FROM meta WHERE key = ?";
const PUT_META: &str = "INSERT INTO meta(key, value) VALUES (?, ?)
    ON CONFLICT(key) DO UPDATE SET value = excluded.value";
const CHUNKS_AFTER: &str = "SELECT first_seq, last_seq, lines FROM chunk
    WHERE first_seq >= (SELECT coalesce(max(first_seq), 0) FROM chunk WHERE first_seq <= ?)
    AND last_seq > ? ORDER BY first_seq LIMIT ?";
const CHUNKS_BEFORE: &str = "SELECT first_seq, last_seq, lines FROM chunk
    WHERE first_seq < ? ORDER BY first_seq DESC LIMIT ?";
const EXTENTS_AFTER: &str = "SELECT first_seq, last_seq, first_at, last_at, link, bytes FROM chunk
    WHERE first_seq > ? ORDER BY first_seq LIMIT ?";
const AMENDED: &str = "SELECT seq, state FROM amendment WHERE seq BETWEEN ? AND ? ORDER BY seq";
const REACTIONS: &str = "SELECT emoji FROM reaction WHERE target = ? AND user = ? ORDER BY emoji";
const REACTORS: &str =
    "SELECT user FROM reaction WHERE target = ? AND emoji = ? ORDER BY user LIMIT ?";
const REPLIES: &str =
    "SELECT seq FROM reply WHERE thread = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
const BANS: &str = "SELECT user, name, by, at, reason FROM ban ORDER BY user";
const DEEDS: &str = "SELECT id, deed FROM deed WHERE id < ? ORDER BY id DESC LIMIT ?";
const FILE: &str = "SELECT id, by, at, seq, file FROM attachment WHERE id = ?";
const N_UPLOADS: &str = "SELECT count(*) FROM attachment
    WHERE seq IS NULL AND by = ? AND (file IS NOT NULL OR at >= ?)";
const IS_UPLOAD: &str = "SELECT 1 FROM attachment WHERE seq IS NULL AND id = ?";
const OLDEST_UPLOAD: &str = "SELECT at FROM attachment WHERE seq IS NULL ORDER BY at LIMIT 1";
const STALE_UPLOADS: &str =
    "SELECT id FROM attachment WHERE seq IS NULL AND at < ? ORDER BY at LIMIT ?";
const FORGET_FILE: &str = "DELETE FROM attachment WHERE id = ?";
const ADD_NOTICE: &str = "INSERT INTO outbox(payload) VALUES (?)";
const NOTICES: &str =
    "SELECT id, payload, failures, due_at FROM outbox WHERE due_at <= ? ORDER BY id LIMIT ?";
const NEXT_NOTICE: &str = "SELECT due_at FROM outbox ORDER BY due_at LIMIT 1";
const FORGET_NOTICE: &str = "DELETE FROM outbox WHERE id = ?";
const PUT_OFF: &str =
    "UPDATE outbox SET payload = coalesce(?, payload), failures = ?, due_at = ? WHERE id = ?";

/// A room in a database.
#[derive(Debug)]
pub struct SqlStore<S>(pub S);

impl<S: Sql> Store for SqlStore<S> {
    fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        self.read_snapshot()
    }

    fn deleted(&self) -> Result<Option<RoomId>, StoreError> {
        if !self.has_tables()? {
            return Ok(None);
        }
        self.meta("deleted")?.map(|room| parse("meta", &room)).transpose()
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
        self.write_commit(commit)
    }

    fn chunks_after(&self, after: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        let first = after.get().saturating_add(1);
        let values = [Value::Integer(first), number(after), count(limit)];
        self.0.run(CHUNKS_AFTER, &values)?.into_iter().map(stored_chunk).collect()
    }

    fn chunks_before(&self, before: Seq, limit: usize) -> Result<Vec<StoredChunk>, StoreError> {
        let values = [number(before), count(limit)];
        self.0.run(CHUNKS_BEFORE, &values)?.into_iter().map(stored_chunk).collect()
    }

    fn extents_after(&self, after: Seq, limit: usize) -> Result<Vec<Extent>, StoreError> {
        let rows = self.0.run(EXTENTS_AFTER, &[number(after), count(limit)])?;
        rows.into_iter().map(extent).collect()
    }

    fn amended(&self, from: Seq, to: Seq) -> Result<Vec<(Seq, Amended)>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("amendment", row);
            Ok((row.seq()?, from_json("amendment", &row.text()?)?))
        };
        self.0.run(AMENDED, &[number(from), number(to)])?.into_iter().map(read).collect()
    }

    fn reactions(&self, target: Seq, user: UserId) -> Result<Vec<String>, StoreError> {
        let rows = self.0.run(REACTIONS, &[number(target), text(user.as_str())])?;
        rows.into_iter().map(|row| Row::new("reaction", row).text()).collect()
    }

    fn reactors(&self, target: Seq, emoji: &str, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let rows = self.0.run(REACTORS, &[number(target), text(emoji), count(limit)])?;
        rows.into_iter().map(|row| Row::new("reaction", row).parsed()).collect()
    }

    fn replies(&self, thread: Seq, before: Seq, limit: usize) -> Result<Vec<Seq>, StoreError> {
        let rows = self.0.run(REPLIES, &[number(thread), number(before), count(limit)])?;
        rows.into_iter().map(|row| Row::new("reply", row).seq()).collect()
    }

    fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("ban", row);
            let (user, name, by) = (row.parsed()?, row.text()?, row.parsed()?);
            Ok(Ban { user, name, by, at: row.time()?, reason: row.text()? })
        };
        self.0.run(BANS, &[])?.into_iter().map(read).collect()
    }

    fn deeds(
        &self,
        before: Option<DeedId>,
        limit: usize,
    ) -> Result<Vec<(DeedId, Deed)>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("deed", row);
            let id = DeedId(row.integer()?);
            let deed: DeedRow = from_json("deed", &row.text()?)?;
            Ok((id, deed.try_into()?))
        };
        let before = before.map_or(protocol::limits::INTEGER_MAX, |id| id.0);
        let rows = self.0.run(DEEDS, &[Value::Integer(before), count(limit)])?;
        rows.into_iter().map(read).collect()
    }

    fn file(&self, id: AttachmentId) -> Result<Option<StoredFile>, StoreError> {
        let rows = self.0.run(FILE, &[text(id.as_str())])?;
        rows.into_iter().next().map(stored_file).transpose()
    }

    fn revision(&self) -> Result<Seq, StoreError> {
        let revision = self.meta("revision")?.map(|json| from_json("meta", &json));
        Ok(revision.transpose()?.unwrap_or_default())
    }

    fn n_uploads(&self, user: UserId, begun: Timestamp) -> Result<usize, StoreError> {
        let rows = self.0.run(N_UPLOADS, &[text(user.as_str()), Value::Integer(begun.0)])?;
        let n = rows.into_iter().next().map(|row| Row::new("attachment", row).integer());
        Ok(usize::try_from(n.transpose()?.unwrap_or_default()).unwrap_or(usize::MAX))
    }

    fn oldest_upload(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.0.run(OLDEST_UPLOAD, &[])?;
        rows.into_iter().next().map(|row| Row::new("attachment", row).time()).transpose()
    }

    fn forget_upload(&self, id: AttachmentId) -> Result<(), StoreError> {
        if self.0.run(IS_UPLOAD, &[text(id.as_str())])?.is_empty() {
            return Ok(());
        }
        self.give_up(&[id])
    }

    fn expire_uploads(&self, before: Timestamp, limit: usize) -> Result<(), StoreError> {
        let rows = self.0.run(STALE_UPLOADS, &[Value::Integer(before.0), count(limit)])?;
        let files: Result<Vec<AttachmentId>, StoreError> =
            rows.into_iter().map(|row| Row::new("attachment", row).parsed()).collect();
        let files = files?;
        if files.is_empty() { Ok(()) } else { self.give_up(&files) }
    }

    fn notices(&self, now: Timestamp, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("outbox", row);
            let id = NoticeId(row.integer()?);
            let notice = from_json("outbox", &row.text()?).ok().and_then(NoticeRow::notice);
            let n_failures = u32::try_from(row.integer()?).unwrap_or(u32::MAX);
            Ok(Waiting { id, notice, n_failures, due_at: row.time()? })
        };
        let rows = self.0.run(NOTICES, &[Value::Integer(now.0), count(limit)])?;
        rows.into_iter().map(read).collect()
    }

    fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.0.run(NEXT_NOTICE, &[])?;
        rows.into_iter().next().map(|row| Row::new("outbox", row).time()).transpose()
    }

    fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            for id in ids {
                self.0.run(FORGET_NOTICE, &[Value::Integer(id.0)])?;
            }
            Ok(())
        })
    }

    fn put_off(&self, waiting: &Waiting) -> Result<(), StoreError> {
        let Waiting { id, notice, n_failures, due_at } = waiting;
        let row = notice.as_ref().map(NoticeRow::from);
        let payload = row.map(|row| to_json("outbox", &row)).transpose()?;
        let values = [
            payload.map_or(Value::Null, text),
            Value::Integer(u64::from(*n_failures)),
            Value::Integer(due_at.0),
            Value::Integer(id.0),
        ];
        self.0.run(PUT_OFF, &values).map(drop)
    }
}

impl<S: Sql> SqlStore<S> {
    pub(super) fn has_tables(&self) -> Result<bool, StoreError> {
        Ok(!self.0.run(HAS_META, &[])?.is_empty())
    }

    pub(super) fn meta(&self, key: &'static str) -> Result<Option<String>, StoreError> {
        let rows = self.0.run(GET_META, &[text(key)])?;
        rows.into_iter().next().map(|row| Row::new("meta", row).text()).transpose()
    }

    pub(super) fn put_meta(&self, key: &'static str, value: &str) -> Result<(), StoreError> {
        self.0.run(PUT_META, &[text(key), text(value)]).map(drop)
    }

    pub(super) fn add_notice(&self, notice: &Notice) -> Result<(), StoreError> {
        let payload = to_json("outbox", &NoticeRow::from(notice))?;
        self.0.run(ADD_NOTICE, &[text(payload)]).map(drop)
    }

    fn give_up(&self, files: &[AttachmentId]) -> Result<(), StoreError> {
        self.0.atomically(&mut || {
            self.forget_files(files)?;
            self.add_notice(&Notice::Files { files: files.to_vec() })
        })
    }

    pub(super) fn forget_files(&self, files: &[AttachmentId]) -> Result<(), StoreError> {
        for file in files {
            self.0.run(FORGET_FILE, &[text(file.as_str())])?;
        }
        Ok(())
    }
}

/// A row that is read from left to right.
pub(super) struct Row {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
}

impl Row {
    pub(super) fn new(table: &'static str, values: Vec<Value>) -> Self {
        Self { table, values: values.into_iter() }
    }

    pub(super) fn integer(&mut self) -> Result<u64, StoreError> {
        self.integer_or_null()?.ok_or_else(|| self.wrong("no number"))
    }

    pub(super) fn integer_or_null(&mut self) -> Result<Option<u64>, StoreError> {
        match self.values.next() {
            Some(Value::Integer(number)) => Ok(Some(number)),
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_)) | None => Err(self.wrong("no number")),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        self.text_or_null()?.ok_or_else(|| self.wrong("no text"))
    }

    pub(super) fn text_or_null(&mut self) -> Result<Option<String>, StoreError> {
        match self.values.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            Some(Value::Integer(_)) | None => Err(self.wrong("no text")),
        }
    }

    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(self.table, &text)
    }

    pub(super) fn seq(&mut self) -> Result<Seq, StoreError> {
        Seq::try_from(self.integer()?).map_err(|error| self.wrong(&error.to_string()))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.integer().map(Timestamp)
    }

    pub(super) fn wrong(&self, detail: &str) -> StoreError {
        StoreError::Row { table: self.table, detail: detail.to_owned() }
    }
}

fn stored_chunk(row: Vec<Value>) -> Result<StoredChunk, StoreError> {
    let mut row = Row::new("chunk", row);
    Ok(StoredChunk { first_seq: row.seq()?, last_seq: row.seq()?, lines: row.text()? })
}

fn extent(row: Vec<Value>) -> Result<Extent, StoreError> {
    let mut row = Row::new("chunk", row);
    let (from, to, first_at, last_at) = (row.seq()?, row.seq()?, row.time()?, row.time()?);
    let link = Link::from_hex(&row.text()?).ok_or_else(|| row.wrong("not a link"))?;
    Ok(Extent { range: Range { from, to, first_at, last_at, link }, n_bytes: row.integer()? })
}

fn stored_file(row: Vec<Value>) -> Result<StoredFile, StoreError> {
    let mut row = Row::new("attachment", row);
    let (id, by, at) = (row.parsed()?, row.parsed()?, row.time()?);
    let message = row.integer_or_null()?.map(Seq::try_from).transpose();
    let message = message.map_err(|error| row.wrong(&error.to_string()))?;
    let file = row.text_or_null()?.map(|file| from_json("attachment", &file)).transpose()?;
    Ok(StoredFile { upload: Upload { id, by, at, file }, message })
}

pub(super) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

pub(super) fn number(seq: Seq) -> Value {
    Value::Integer(seq.get())
}

pub(super) fn count(limit: usize) -> Value {
    Value::Integer(u64::try_from(limit).unwrap_or(u64::MAX))
}

pub(super) fn parse<T: FromStr<Err: std::fmt::Display>>(
    table: &'static str,
    value: &str,
) -> Result<T, StoreError> {
    value.parse().map_err(|error: T::Err| StoreError::Row { table, detail: error.to_string() })
}
