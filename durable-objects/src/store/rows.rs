//! The row types: what is in a column that holds more than a number or a text.

use protocol::codec::{FromRoom, decode_room_frame};
use protocol::{DeviceId, Entry, Nonce, Role, RoomId, RoomKind, Seq, Timestamp, UserId};
use room::{LastSend, Notice, Settings};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// The value of `meta` under `settings`.
#[derive(Serialize, Deserialize)]
pub(super) struct SettingsRow {
    id: RoomId,
    name: String,
    kind: RoomKind,
    topic: String,
}

impl From<&Settings> for SettingsRow {
    fn from(settings: &Settings) -> Self {
        let Settings { id, name, kind, topic } = settings.clone();
        Self { id, name, kind, topic }
    }
}

impl From<SettingsRow> for Settings {
    fn from(row: SettingsRow) -> Self {
        Self { id: row.id, name: row.name, kind: row.kind, topic: row.topic }
    }
}

/// The value of `meta` under `checkpoint`.
#[derive(Serialize, Deserialize)]
pub(super) struct CheckpointRow {
    pub(super) seq: Seq,
    sends: Vec<(UserId, DeviceId, Nonce, Seq)>,
}

impl CheckpointRow {
    pub(super) fn new(seq: Seq, sends: &[LastSend]) -> Self {
        let row = |send: &LastSend| (send.user, send.device, send.nonce, send.seq);
        Self { seq, sends: sends.iter().map(row).collect() }
    }

    pub(super) fn sends(self) -> Vec<LastSend> {
        let send = |(user, device, nonce, seq)| LastSend { user, device, nonce, seq };
        self.sends.into_iter().map(send).collect()
    }
}

/// The `payload` of a row of `outbox`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum NoticeRow {
    /// See [`Notice::Room`].
    Room { settings: SettingsRow, owner: UserId, seq: Seq, at: Timestamp },
    /// See [`Notice::Membership`].
    Membership { user: UserId, role: Option<Role>, seq: Seq, at: Timestamp },
}

impl From<&Notice> for NoticeRow {
    fn from(notice: &Notice) -> Self {
        match *notice {
            Notice::Room { ref settings, owner, seq, at } => {
                Self::Room { settings: settings.into(), owner, seq, at }
            }
            Notice::Membership { user, role, seq, at } => Self::Membership { user, role, seq, at },
        }
    }
}

impl From<NoticeRow> for Notice {
    fn from(row: NoticeRow) -> Self {
        match row {
            NoticeRow::Room { settings, owner, seq, at } => {
                Self::Room { settings: settings.into(), owner, seq, at }
            }
            NoticeRow::Membership { user, role, seq, at } => {
                Self::Membership { user, role, seq, at }
            }
        }
    }
}

/// Writes a row value as JSON.
pub(super) fn to_json<T: Serialize>(table: &'static str, row: &T) -> Result<String, StoreError> {
    serde_json::to_string(row).map_err(|error| StoreError::Row { table, detail: error.to_string() })
}

/// Reads a row value from JSON.
pub(super) fn from_json<'a, T: Deserialize<'a>>(
    table: &'static str,
    json: &'a str,
) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Row { table, detail: error.to_string() })
}

/// The sends among the lines of a chunk, in order.
pub(super) fn sends_of(lines: &str) -> Result<Vec<LastSend>, StoreError> {
    let decoded = decode_room_frame(lines)
        .map_err(|error| StoreError::Row { table: "chunk", detail: error.to_string() })?;
    let send = |line: FromRoom| match line {
        FromRoom::Entry(entry) => last_send(&entry),
        FromRoom::Line(_) | FromRoom::UnknownEntry(_) | FromRoom::Unknown => None,
    };
    Ok(decoded.into_iter().filter_map(send).collect())
}

fn last_send(entry: &Entry) -> Option<LastSend> {
    let (user, device, nonce) = entry.send()?;
    Some(LastSend { user, device, nonce, seq: entry.seq() })
}
