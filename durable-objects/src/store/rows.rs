//! The row types: what is in a column that holds more than a number or a text.

use protocol::{AttachmentId, DeviceId, Nonce, Role, RoomId, RoomKind, Seq, Timestamp, UserId};
use room::{Deed, DeedKind, LastSend, Notice, Settings};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// The value of `meta` under `settings`.
#[derive(Serialize, Deserialize)]
pub(super) struct SettingsRow {
    id: RoomId,
    name: String,
    kind: RoomKind,
    topic: String,
    #[serde(default)]
    slow_ms: u64,
    #[serde(default)]
    archived: bool,
}

impl From<&Settings> for SettingsRow {
    fn from(settings: &Settings) -> Self {
        let Settings { id, name, kind, topic, slow_ms, archived } = settings.clone();
        Self { id, name, kind, topic, slow_ms, archived }
    }
}

impl From<SettingsRow> for Settings {
    fn from(row: SettingsRow) -> Self {
        let SettingsRow { id, name, kind, topic, slow_ms, archived } = row;
        Self { id, name, kind, topic, slow_ms, archived }
    }
}

/// The value of `meta` under `checkpoint`.
#[derive(Serialize, Deserialize)]
pub(super) struct CheckpointRow {
    pub(super) seq: Seq,
    sends: Vec<SendRow>,
}

/// One send of a checkpoint. The shorter one is of a version that had no slow mode.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum SendRow {
    Now(UserId, DeviceId, Nonce, Seq, Timestamp),
    Before(UserId, DeviceId, Nonce, Seq),
}

impl CheckpointRow {
    pub(super) fn new(seq: Seq, sends: &[LastSend]) -> Self {
        let row = |send: &LastSend| {
            let LastSend { user, device, nonce, seq, spoke_at } = *send;
            SendRow::Now(user, device, nonce, seq, spoke_at)
        };
        Self { seq, sends: sends.iter().map(row).collect() }
    }

    pub(super) fn sends(self) -> Vec<LastSend> {
        let send = |row| match row {
            SendRow::Now(user, device, nonce, seq, spoke_at) => {
                LastSend { user, device, nonce, seq, spoke_at }
            }
            SendRow::Before(user, device, nonce, seq) => {
                LastSend { user, device, nonce, seq, spoke_at: Timestamp::default() }
            }
        };
        self.sends.into_iter().map(send).collect()
    }
}

/// The `payload` of a row of `outbox`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum NoticeRow {
    /// See [`Notice::Room`].
    Room {
        settings: SettingsRow,
        owner: Option<UserId>,
        seq: Seq,
        at: Timestamp,
        #[serde(default)]
        deleted: bool,
    },
    /// See [`Notice::Membership`].
    Membership { user: UserId, role: Option<Role>, seq: Seq, at: Timestamp },
    /// See [`Notice::Standing`].
    Standing { users: Vec<UserId> },
    /// See [`Notice::Files`].
    Files { files: Vec<AttachmentId> },
    /// See [`Notice::AllFiles`].
    AllFiles,
}

impl From<&Notice> for NoticeRow {
    fn from(notice: &Notice) -> Self {
        match *notice {
            Notice::Room { ref settings, owner, seq, at, deleted } => {
                Self::Room { settings: settings.into(), owner, seq, at, deleted }
            }
            Notice::Membership { user, role, seq, at } => Self::Membership { user, role, seq, at },
            Notice::Standing { ref users } => Self::Standing { users: users.clone() },
            Notice::Files { ref files } => Self::Files { files: files.clone() },
            Notice::AllFiles => Self::AllFiles,
        }
    }
}

impl From<NoticeRow> for Notice {
    fn from(row: NoticeRow) -> Self {
        match row {
            NoticeRow::Room { settings, owner, seq, at, deleted } => {
                Self::Room { settings: settings.into(), owner, seq, at, deleted }
            }
            NoticeRow::Membership { user, role, seq, at } => {
                Self::Membership { user, role, seq, at }
            }
            NoticeRow::Standing { users } => Self::Standing { users },
            NoticeRow::Files { files } => Self::Files { files },
            NoticeRow::AllFiles => Self::AllFiles,
        }
    }
}

/// The `deed` of a row of `deed`.
#[derive(Serialize, Deserialize)]
pub(super) struct DeedRow {
    seq: Seq,
    at: Timestamp,
    by: UserId,
    act: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl From<&Deed> for DeedRow {
    fn from(deed: &Deed) -> Self {
        let Deed { seq, at, by, kind, user, target, role, until, reason } = deed.clone();
        Self { seq, at, by, act: kind.name().to_owned(), user, target, role, until, reason }
    }
}

impl TryFrom<DeedRow> for Deed {
    type Error = StoreError;
    fn try_from(row: DeedRow) -> Result<Self, StoreError> {
        let DeedRow { seq, at, by, act, user, target, role, until, reason } = row;
        let kind = DeedKind::ALL.into_iter().find(|kind| kind.name() == act);
        let unknown = || StoreError::Row { table: "deed", detail: format!("an act `{act}`") };
        let kind = kind.ok_or_else(unknown)?;
        Ok(Self { seq, at, by, kind, user, target, role, until, reason })
    }
}

/// Writes a row value as JSON.
pub(super) fn to_json<T: Serialize + ?Sized>(
    table: &'static str,
    row: &T,
) -> Result<String, StoreError> {
    serde_json::to_string(row).map_err(|error| StoreError::Row { table, detail: error.to_string() })
}

/// Reads a row value from JSON.
pub(super) fn from_json<'a, T: Deserialize<'a>>(
    table: &'static str,
    json: &'a str,
) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Row { table, detail: error.to_string() })
}
