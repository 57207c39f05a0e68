//! A room that the version before left behind.

use protocol::{Seq, Timestamp};
use room::{Member, Notice, Write};

use super::Broken;
use super::scene::{
    commit, epoch, load, member, ok, same, send, seq, settings, shown, user, writes,
};
use crate::store::{Sql, SqlStore, Store, StoreError, Value};

const OLD_TABLES: [&str; 4] = [
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
const OLD_META: &str = "INSERT INTO meta(key, value) VALUES (?, ?)";
const OLD_CHUNK: &str =
    "INSERT INTO chunk(first_seq, last_seq, first_at, last_at, link, bytes, lines)
    VALUES (?, ?, ?, ?, ?, ?, ?)";
const OLD_MEMBER: &str =
    "INSERT INTO member(member, name, role, joined_at) VALUES (?, 'Ann', 'member', 1)";
const OLD_NOTICE: &str = "INSERT INTO outbox(payload) VALUES (?)";

/// Holds a database, which is empty, to reading what the version before wrote.
///
/// # Errors
/// What is read wrong.
pub fn check<S: Sql>(sql: S) -> Result<(), Broken> {
    ok(leave_behind(&sql))?;
    let store = SqlStore(sql);
    let stored = load(&store)?;
    same("settings", &stored.settings, &settings())?;
    same("epoch", &stored.epoch, &epoch())?;
    same("head", &stored.head, &seq(3))?;
    same("read", &stored.members, &vec![Member { read: seq(3), ..member(1, "Ann") }])?;
    let spoke_at: Vec<(Seq, Timestamp)> =
        stored.sends.iter().map(|send| (send.seq, send.spoke_at)).collect();
    let want = [(1, 0), (2, 2), (3, 3)].map(|(n, at)| (seq(n), Timestamp(at)));
    same("sends", &spoke_at, &want.to_vec())?;
    let waiting = ok(store.notices(Timestamp(0), 9))?;
    let owner = |notice: &Option<Notice>| match notice {
        Some(Notice::Room { owner, deleted, .. }) => Some((*owner, *deleted)),
        _ => None,
    };
    let owners: Vec<_> = waiting.iter().map(|waiting| owner(&waiting.notice)).collect();
    same("notices", &owners, &vec![Some((Some(user(1)), false))])?;

    same("a second load", &shown(&load(&store)?), &shown(&stored))?;
    ok(store.commit(&commit(4, 5)))?;
    ok(store.commit(&writes(vec![
        Write::Reply { thread: seq(1), seq: seq(4) },
        Write::Read { user: user(1), seq: seq(5) },
        Write::Checkpoint(vec![send(5)]),
    ])))?;
    let stored = load(&store)?;
    same("head", &stored.head, &seq(5))?;
    same("sends", &stored.sends, &vec![send(5)])
}

/// What version 1 had stored of a room with one member and three messages.
fn leave_behind(sql: &impl Sql) -> Result<(), StoreError> {
    for table in OLD_TABLES {
        sql.run(table, &[])?;
    }
    let text = |text: String| Value::Text(text);
    let (settings, send) = (settings(), send(1));
    let row = serde_json::json!({
        "id": settings.id, "name": settings.name, "kind": "public", "topic": settings.topic,
    });
    let checkpoint = serde_json::json!({
        "seq": 1, "sends": [[send.user, send.device, send.nonce, send.seq]],
    });
    let notice = serde_json::json!({
        "kind": "room", "settings": row, "owner": user(1), "seq": 1, "at": 1,
    });
    for (key, value) in [
        ("schema", "1".to_owned()),
        ("settings", row.to_string()),
        ("epoch", epoch().to_string()),
        ("checkpoint", checkpoint.to_string()),
    ] {
        sql.run(OLD_META, &[text(key.to_owned()), text(value)])?;
    }
    for chunk in [commit(1, 1), commit(2, 3)].into_iter().filter_map(|commit| commit.chunk) {
        let n_bytes = u64::try_from(chunk.lines.len()).unwrap_or_default();
        let values = [
            Value::Integer(chunk.first_seq.get()),
            Value::Integer(chunk.last_seq.get()),
            Value::Integer(chunk.first_at.0),
            Value::Integer(chunk.last_at.0),
            text(chunk.link.to_hex()),
            Value::Integer(n_bytes),
            text(chunk.lines),
        ];
        sql.run(OLD_CHUNK, &values)?;
    }
    sql.run(OLD_MEMBER, &[text(user(1).to_string())])?;
    sql.run(OLD_NOTICE, &[text(notice.to_string())])?;
    Ok(())
}
