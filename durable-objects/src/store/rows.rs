//! The row types: what is in a column that holds more than a number or a text.

use protocol::{
    AttachmentId, DeviceId, Link, Nonce, Role, RoomId, RoomKind, Seq, Timestamp, UserId,
};
use room::{Archive, Deed, DeedKind, LastSend, Mark, Notice, Range, Settings};
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

/// The value of `meta` under `archive`; without one, nothing was archived.
#[derive(Serialize, Deserialize)]
pub(super) struct ArchiveRow {
    fence: u64,
    archived: MarkRow,
    expired: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<(Seq, Timestamp, MarkRow)>,
    hold: bool,
    drained: bool,
}

/// A seq, when it was accepted, and the link after it.
type MarkRow = (Seq, Timestamp, String);

impl From<&Archive> for ArchiveRow {
    fn from(archive: &Archive) -> Self {
        let Archive { fence, archived: Mark { seq, at, link }, expired, sealed, hold, .. } =
            *archive;
        let sealed = sealed.map(|Range { from, to, first_at, last_at, link }| {
            (from, first_at, (to, last_at, link.to_hex()))
        });
        let archived = (seq, at, link.to_hex());
        Self { fence, archived, expired, sealed, hold, drained: archive.is_drained }
    }
}

impl TryFrom<ArchiveRow> for Archive {
    type Error = StoreError;
    fn try_from(row: ArchiveRow) -> Result<Self, StoreError> {
        let ArchiveRow { fence, archived, expired, sealed, hold, drained } = row;
        let sealed = match sealed {
            None => None,
            Some((from, first_at, end)) => {
                let Mark { seq, at, link } = mark(end)?;
                Some(Range { from, to: seq, first_at, last_at: at, link })
            }
        };
        let archived = mark(archived)?;
        Ok(Self { fence, archived, expired, sealed, hold, is_drained: drained })
    }
}

fn mark((seq, at, link): MarkRow) -> Result<Mark, StoreError> {
    let wrong = || StoreError::Row { table: "meta", detail: "not a link".to_owned() };
    Ok(Mark { seq, at, link: Link::from_hex(&link).ok_or_else(wrong)? })
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

/// The `payload` of a row of `outbox`: every member that one of the notices has.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct NoticeRow {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<SettingsRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default)]
    deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    users: Option<Vec<UserId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<Vec<AttachmentId>>,
}

impl From<&Notice> for NoticeRow {
    fn from(notice: &Notice) -> Self {
        let row = |kind: &str| Self { kind: kind.to_owned(), ..Self::default() };
        match *notice {
            Notice::Room { ref settings, owner, seq, at, deleted } => {
                let (settings, seq, at) = (Some(settings.into()), Some(seq), Some(at));
                Self { settings, owner, seq, at, deleted, ..row("room") }
            }
            Notice::Membership { user, role, seq, at } => {
                let (user, seq, at) = (Some(user), Some(seq), Some(at));
                Self { user, role, seq, at, ..row("membership") }
            }
            Notice::Unarchived { seq, at } => {
                Self { seq: Some(seq), at: Some(at), ..row("unarchived") }
            }
            Notice::Standing { ref users } => {
                Self { users: Some(users.clone()), ..row("standing") }
            }
            Notice::Files { ref files } => Self { files: Some(files.clone()), ..row("files") },
            Notice::AllFiles => row("all_files"),
        }
    }
}

impl NoticeRow {
    /// `None` if a member is missing, or of a kind that this version does not know.
    pub(super) fn notice(self) -> Option<Notice> {
        let Self { owner, role, deleted, .. } = self;
        Some(match self.kind.as_str() {
            "room" => {
                let settings = self.settings?.into();
                Notice::Room { settings, owner, seq: self.seq?, at: self.at?, deleted }
            }
            "membership" => {
                Notice::Membership { user: self.user?, role, seq: self.seq?, at: self.at? }
            }
            "unarchived" => Notice::Unarchived { seq: self.seq?, at: self.at? },
            "standing" => Notice::Standing { users: self.users? },
            "files" => Notice::Files { files: self.files? },
            "all_files" => Notice::AllFiles,
            _ => return None,
        })
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
