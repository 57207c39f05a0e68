//! How a commit becomes rows.

use protocol::ordered::Set;
use protocol::{Ending, Seq, UserId};
use room::{Ban, Chunk, Commit, Invite, Member, MessageState, Upload, Write};

use super::rows::{ArchiveRow, CheckpointRow, DeedRow, SettingsRow, to_json};
use super::schema::{DROP, ENDING, SCHEMA};
use super::sql::{count, number, text};
use super::{Amended, Sql, SqlStore, StoreError, Value, past, search};

const ADD_CHUNK: &str =
    "INSERT INTO chunk(first_seq, last_seq, first_at, last_at, link, bytes, lines)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const REWRITE_CHUNK: &str = "UPDATE chunk SET lines = ?, bytes = ? WHERE first_seq = ?";
const LAST_SEQ: &str = "SELECT last_seq FROM chunk ORDER BY first_seq DESC LIMIT 1";
const PUT_MEMBER: &str = "INSERT INTO member(member, name, role, joined_at, read_seq, muted_until)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(member) DO UPDATE SET
        name = excluded.name, role = excluded.role, joined_at = excluded.joined_at,
        read_seq = excluded.read_seq, muted_until = excluded.muted_until";
const REMOVE_MEMBER: &str = "DELETE FROM member WHERE member = ?";
const READ: &str = "UPDATE member SET read_seq = ? WHERE member = ?";
const PUT_BAN: &str = "INSERT INTO ban(user, name, by, at, reason) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT(user) DO UPDATE SET
        name = excluded.name, by = excluded.by, at = excluded.at, reason = excluded.reason";
const REMOVE_BAN: &str = "DELETE FROM ban WHERE user = ?";
const PUT_INVITE: &str = "INSERT INTO invite(id, by, expires_at, uses_left) VALUES (?, ?, ?, ?)
    ON CONFLICT(id) DO UPDATE SET
        by = excluded.by, expires_at = excluded.expires_at, uses_left = excluded.uses_left";
const REMOVE_INVITE: &str = "DELETE FROM invite WHERE id = ?";
const PUT_AMENDMENT: &str = "INSERT INTO amendment(seq, pinned, state) VALUES (?, ?, ?)
    ON CONFLICT(seq) DO UPDATE SET pinned = excluded.pinned, state = excluded.state";
const ADD_REACTION: &str = "INSERT OR IGNORE INTO reaction(target, user, emoji) VALUES (?, ?, ?)";
const REMOVE_REACTION: &str = "DELETE FROM reaction WHERE target = ? AND user = ? AND emoji = ?";
const REMOVE_REACTIONS: &str = "DELETE FROM reaction WHERE target = ?";
const ADD_REPLY: &str = "INSERT OR IGNORE INTO reply(thread, seq) VALUES (?, ?)";
const ADD_UPLOAD: &str = "INSERT INTO attachment(id, by, at, file) VALUES (?, ?, ?, ?)";
const COMPLETE: &str = "UPDATE attachment SET file = ? WHERE id = ?";
const ATTACH: &str = "UPDATE attachment SET seq = ? WHERE id = ?";
const PUT_ENDINGS: &str = "INSERT OR REPLACE INTO ending(user, endings) VALUES (?, ?)";
const REMOVE_ENDINGS: &str = "DELETE FROM ending WHERE user = ?";
const ADD_DEED: &str = "INSERT INTO deed(deed) VALUES (?)";

impl<S: Sql> SqlStore<S> {
    /// See [`Store::commit`].
    pub(super) fn write_commit(&self, commit: &Commit) -> Result<(), StoreError> {
        match commit {
            // One statement is a transaction by itself.
            Commit { chunk: Some(chunk), writes } if writes.is_empty() => self.add_chunk(chunk),
            Commit { chunk, writes } => self.0.atomically(&mut || {
                if let Some(chunk) = chunk {
                    self.add_chunk(chunk)?;
                }
                writes.iter().try_for_each(|write| self.write(write))
            }),
        }
    }

    fn add_chunk(&self, chunk: &Chunk) -> Result<(), StoreError> {
        let values = [
            number(chunk.first_seq),
            number(chunk.last_seq),
            Value::Integer(chunk.first_at.0),
            Value::Integer(chunk.last_at.0),
            text(chunk.link.to_hex()),
            count(chunk.lines.len()),
            text(chunk.lines.as_str()),
        ];
        self.0.run(ADD_CHUNK, &values).map(drop)
    }

    pub(super) fn write(&self, write: &Write) -> Result<(), StoreError> {
        let run = |sql, values: &[Value]| self.0.run(sql, values).map(drop);
        match write {
            Write::Member(member) => self.put_member(member),
            Write::NoMember(user) => run(REMOVE_MEMBER, &[text(user.as_str())]),
            Write::Ban(ban) => self.put_ban(ban),
            Write::NoBan(user) => run(REMOVE_BAN, &[text(user.as_str())]),
            Write::Settings(settings) => {
                self.put_meta("settings", &to_json("meta", &SettingsRow::from(settings))?)
            }
            Write::Invite(invite) => self.put_invite(invite),
            Write::NoInvite(invite) => run(REMOVE_INVITE, &[text(invite.as_str())]),
            Write::Message(state) => self.put_amendment(state),
            Write::Reaction { target, emoji, user, on } => {
                let sql = if *on { ADD_REACTION } else { REMOVE_REACTION };
                run(sql, &[number(*target), text(user.as_str()), text(emoji.as_str())])
            }
            Write::Reply { thread, seq } => run(ADD_REPLY, &[number(*thread), number(*seq)]),
            Write::Erase { target, edits, revision } => self.erase(*target, edits, *revision),
            Write::Upload(upload) => self.add_upload(upload),
            Write::Uploaded(file) => {
                run(COMPLETE, &[text(to_json("attachment", file)?), text(file.id.as_str())])
            }
            Write::Attached { attachment, seq } => {
                run(ATTACH, &[number(*seq), text(attachment.as_str())])
            }
            Write::Deed(deed) => run(ADD_DEED, &[text(to_json("deed", &DeedRow::from(deed))?)]),
            Write::Read { user, seq } => run(READ, &[number(*seq), text(user.as_str())]),
            Write::Blockers(users) => self.put_meta("blockers", &to_json("meta", users)?),
            Write::Endings { user, endings } => self.put_endings(*user, endings),
            Write::Told(told) => self.put_meta("told", &to_json("meta", told)?),
            Write::Notice(notice) => self.add_notice(notice),
            Write::Checkpoint(sends) => {
                let row = CheckpointRow::new(self.last_seq()?, sends);
                self.put_meta("checkpoint", &to_json("meta", &row)?)
            }
            Write::Archive(archive) => {
                self.put_meta("archive", &to_json("meta", &ArchiveRow::from(archive))?)
            }
            Write::Expire { upto, keeps_erasures } => self.expire(*upto, *keeps_erasures),
            Write::Everything => self.delete_everything(),
        }
    }

    fn put_member(&self, member: &Member) -> Result<(), StoreError> {
        let Member { user, name, role, joined_at, read, muted_until } = member;
        let values = [
            text(user.as_str()),
            text(name.as_str()),
            text(role.name()),
            Value::Integer(joined_at.0),
            number(*read),
            muted_until.map_or(Value::Null, |until| Value::Integer(until.0)),
        ];
        self.0.run(PUT_MEMBER, &values).map(drop)
    }

    fn put_endings(&self, user: UserId, endings: &[Ending]) -> Result<(), StoreError> {
        self.0.run(ENDING, &[])?;
        let user = text(user.as_str());
        if endings.is_empty() {
            return self.0.run(REMOVE_ENDINGS, &[user]).map(drop);
        }
        self.0.run(PUT_ENDINGS, &[user, text(to_json("ending", &endings)?)]).map(drop)
    }

    fn put_ban(&self, Ban { user, name, by, at, reason }: &Ban) -> Result<(), StoreError> {
        let (user, name, by) = (text(user.as_str()), text(name.as_str()), text(by.as_str()));
        let values = [user, name, by, Value::Integer(at.0), text(reason.as_str())];
        self.0.run(PUT_BAN, &values).map(drop)
    }

    fn put_invite(&self, invite: &Invite) -> Result<(), StoreError> {
        let Invite { id, by, expires_at, uses_left } = invite;
        let uses_left = Value::Integer(u64::from(*uses_left));
        let values =
            [text(id.as_str()), text(by.as_str()), Value::Integer(expires_at.0), uses_left];
        self.0.run(PUT_INVITE, &values).map(drop)
    }

    fn put_amendment(&self, state: &MessageState) -> Result<(), StoreError> {
        let pinned = Value::Integer(u64::from(state.pinned));
        let row = to_json("amendment", &Amended::of(state))?;
        self.0.run(PUT_AMENDMENT, &[number(state.seq), pinned, text(row)]).map(drop)
    }

    fn add_upload(&self, Upload { id, by, at, file }: &Upload) -> Result<(), StoreError> {
        let file = match file {
            None => Value::Null,
            Some(file) => text(to_json("attachment", file)?),
        };
        let values = [text(id.as_str()), text(by.as_str()), Value::Integer(at.0), file];
        self.0.run(ADD_UPLOAD, &values).map(drop)
    }

    /// Erases a message and its edits (rule RD2), a chunk at a time. One that holds several of them
    /// is rewritten once.
    fn erase(&self, target: Seq, edits: &[Seq], revision: Seq) -> Result<(), StoreError> {
        self.erase_terms(target, edits)?;
        let seqs = Set::of(edits.iter().copied().chain([target]));
        let mut erased_to = Seq::ZERO;
        for &seq in &seqs {
            if seq > erased_to
                && let Some(mut chunk) = past::chunk_of(self, seq)?
            {
                erased_to = chunk.last_seq;
                let files = chunk.erase(&seqs)?;
                self.forget_files(&files)?;
                let (n_bytes, first_seq) = (count(chunk.lines.len()), number(chunk.first_seq));
                self.0.run(REWRITE_CHUNK, &[text(chunk.lines), n_bytes, first_seq])?;
            }
        }
        self.0.run(REMOVE_REACTIONS, &[number(target)])?;
        self.put_meta("revision", &to_json("meta", &revision)?)
    }

    /// Leaves the notices, and the room's id, which says where they come from.
    fn delete_everything(&self) -> Result<(), StoreError> {
        let settings = self.meta("settings")?.unwrap_or_default();
        let settings: SettingsRow = super::rows::from_json("meta", &settings)?;
        let room = room::Settings::from(settings).id;
        self.0.run(search::DROP, &[])?;
        for statement in DROP {
            self.0.run(statement, &[])?;
        }
        self.put_meta("schema", SCHEMA)?;
        self.put_meta("deleted", room.as_str())
    }

    pub(super) fn last_seq(&self) -> Result<Seq, StoreError> {
        let row = self.0.run(LAST_SEQ, &[])?.into_iter().next();
        match row {
            Some(row) => super::sql::Row::new("chunk", row).seq(),
            // Everything expired.
            None => Ok(self.archive()?.archived.seq),
        }
    }
}
