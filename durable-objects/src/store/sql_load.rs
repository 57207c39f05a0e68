//! What a room in SQLite needs to go on.

use protocol::limits::REPLAY_ENTRIES_MAX;
use protocol::{Ending, Link, Seq, Timestamp, UserId};
use room::{Archive, ChunkSize, Invite, Mark, Member, Snapshot};

use super::rows::{ArchiveRow, CheckpointRow, SettingsRow, from_json};
use super::scan::{Scan, message_before};
use super::schema::{FROM_OLD, OLD_SCHEMA, SCHEMA};
use super::sql::{Row, parse};
use super::{Sql, SqlStore, Store, StoreError, Value};

/// How many chunks are read at once.
const CHUNKS_PER_READ: usize = 16;

const HEAD: &str = "SELECT last_seq, last_at, link FROM chunk ORDER BY first_seq DESC LIMIT 1";
const SIZES: &str = "SELECT first_seq, bytes FROM chunk ORDER BY first_seq DESC LIMIT ?";
const MEMBERS: &str =
    "SELECT member, name, role, joined_at, read_seq, muted_until FROM member ORDER BY member";
const BANNED: &str = "SELECT user FROM ban ORDER BY user";
const INVITES: &str = "SELECT id, by, expires_at, uses_left FROM invite ORDER BY id";
const HAS_ENDINGS: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ending'";
const ENDINGS: &str = "SELECT user, endings FROM ending ORDER BY user";
const PINS: &str = "SELECT seq FROM amendment WHERE pinned = 1 ORDER BY seq";

impl<S: Sql> SqlStore<S> {
    /// See [`Store::load`].
    pub(super) fn read_snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        if !self.has_tables()? || self.meta("deleted")?.is_some() || self.is_restoring()? {
            return Ok(None);
        }
        self.bring_up_to_date()?;
        self.snapshot().map(Some)
    }

    /// The same, whether or not anybody may know of the room.
    pub(super) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let settings: SettingsRow = from_json("meta", &self.need_meta("settings")?)?;
        let (checkpoint_seq, sends) = match self.meta("checkpoint")? {
            None => (Seq::ZERO, Vec::new()),
            Some(json) => {
                let row: CheckpointRow = from_json("meta", &json)?;
                (row.seq, row.sends())
            }
        };
        let Scan { sends, mut last_message } = self.scan(checkpoint_seq, Scan::new(sends))?;
        if last_message == Seq::ZERO {
            last_message = message_before(self, checkpoint_seq)?;
        }
        let archive = self.archive()?;
        let (head, head_at, link) = self.head(&archive)?;
        let blockers = self.meta("blockers")?.map(|json| from_json("meta", &json)).transpose()?;
        let told = self.meta("told")?.map(|json| from_json("meta", &json)).transpose()?;
        Ok(Snapshot {
            settings: settings.into(),
            epoch: parse("meta", &self.need_meta("epoch")?)?,
            head,
            head_at,
            link,
            last_message,
            revision: self.revision()?,
            archive,
            members: self.members()?,
            bans: self.column(BANNED, Row::parsed::<UserId>)?,
            blockers: blockers.unwrap_or_default(),
            endings: self.endings()?,
            invites: self.invites()?,
            pins: self.column(PINS, Row::seq)?,
            told: told.unwrap_or_default(),
            checkpoint_seq,
            sends,
            recent: self.sizes()?,
            sockets: Vec::new(),
        })
    }

    fn endings(&self) -> Result<Vec<(UserId, Vec<Ending>)>, StoreError> {
        if self.0.run(HAS_ENDINGS, &[])?.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.0.run(ENDINGS, &[])?.into_iter();
        let read = |row: Vec<Value>| {
            let mut row = Row::new("ending", row);
            Ok((row.parsed()?, from_json("ending", &row.text()?)?))
        };
        rows.map(read).collect()
    }

    /// Makes the tables those of this version, if they are of the one before.
    fn bring_up_to_date(&self) -> Result<(), StoreError> {
        match self.need_meta("schema")?.as_str() {
            SCHEMA => Ok(()),
            OLD_SCHEMA => self.0.atomically(&mut || {
                for statement in FROM_OLD {
                    self.0.run(statement, &[])?;
                }
                self.put_meta("schema", SCHEMA)
            }),
            other => {
                let detail =
                    format!("schema {other} is not {SCHEMA}; deploy a version that reads it");
                Err(StoreError::Row { table: "meta", detail })
            }
        }
    }

    fn need_meta(&self, key: &'static str) -> Result<String, StoreError> {
        let missing = || StoreError::Row { table: "meta", detail: format!("no row {key}") };
        self.meta(key)?.ok_or_else(missing)
    }

    /// Reads the entries that the checkpoint does not cover.
    fn scan(&self, mut after: Seq, mut scan: Scan) -> Result<Scan, StoreError> {
        loop {
            let chunks = self.chunks_after(after, CHUNKS_PER_READ)?;
            let Some(last) = chunks.last() else {
                return Ok(scan);
            };
            after = last.last_seq;
            for chunk in &chunks {
                scan.read(&chunk.lines)?;
            }
        }
    }

    /// How far the log is archived, and how much of it expired.
    pub(super) fn archive(&self) -> Result<Archive, StoreError> {
        match self.meta("archive")? {
            Some(json) => from_json::<ArchiveRow>("meta", &json)?.try_into(),
            None => Ok(Archive::default()),
        }
    }

    /// Where the log ends: at what was archived last, if everything expired.
    fn head(&self, archive: &Archive) -> Result<(Seq, Timestamp, Link), StoreError> {
        let Some(row) = self.0.run(HEAD, &[])?.into_iter().next() else {
            let Mark { seq, at, link } = archive.archived;
            return Ok((seq, at, link));
        };
        let mut row = Row::new("chunk", row);
        let (seq, at) = (row.seq()?, row.time()?);
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
                user: row.parsed()?,
                name: row.text()?,
                role: row.parsed()?,
                joined_at: row.time()?,
                read: row.seq()?,
                muted_until: row.integer_or_null()?.map(Timestamp),
            })
        };
        self.0.run(MEMBERS, &[])?.into_iter().map(read).collect()
    }

    fn invites(&self) -> Result<Vec<Invite>, StoreError> {
        let read = |row: Vec<Value>| {
            let mut row = Row::new("invite", row);
            let (id, by, expires_at) = (row.parsed()?, row.parsed()?, row.time()?);
            let uses_left = u32::try_from(row.integer()?).unwrap_or(u32::MAX);
            Ok(Invite { id, by, expires_at, uses_left })
        };
        self.0.run(INVITES, &[])?.into_iter().map(read).collect()
    }

    fn column<T>(
        &self,
        sql: &'static str,
        read: impl Fn(&mut Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.0.run(sql, &[])?;
        rows.into_iter().map(|row| read(&mut Row::new("a column", row))).collect()
    }
}
