//! The tables of a room, and how those of an older version become them.

/// The version of the schema that this code reads and writes.
pub(super) const SCHEMA: &str = "2";

/// The version before it, which is brought up to date in place.
pub(super) const OLD_SCHEMA: &str = "1";

/// The tables and indices of a new room.
pub(super) const TABLES: [&str; 13] = [
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
        joined_at INTEGER NOT NULL,
        read_seq INTEGER NOT NULL DEFAULT 0,
        muted_until INTEGER) WITHOUT ROWID",
    "CREATE TABLE outbox(
        id INTEGER PRIMARY KEY,
        payload TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL DEFAULT 0)",
    AMENDMENT,
    PINNED,
    REACTION,
    REPLY,
    BAN,
    INVITE,
    ATTACHMENT,
    UPLOAD,
    DEED,
];

/// What makes the tables of version 1 those of version 2. What was said before there were read
/// positions counts as read.
pub(super) const FROM_OLD: [&str; 14] = [
    "ALTER TABLE member ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE member ADD COLUMN muted_until INTEGER",
    "UPDATE member SET read_seq = (SELECT coalesce(max(last_seq), 0) FROM chunk)",
    "ALTER TABLE outbox ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0",
    AMENDMENT,
    PINNED,
    REACTION,
    REPLY,
    BAN,
    INVITE,
    ATTACHMENT,
    UPLOAD,
    DEED,
];

/// What deletes a room, except its notices: dropped tables cost no row each.
pub(super) const DROP: [&str; 11] = [
    "DROP TABLE chunk",
    "DROP TABLE member",
    "DROP TABLE amendment",
    "DROP TABLE reaction",
    "DROP TABLE reply",
    "DROP TABLE ban",
    "DROP TABLE invite",
    "DROP TABLE attachment",
    "DROP TABLE deed",
    "DROP TABLE IF EXISTS ending",
    "DELETE FROM meta",
];

/// What has ended of users' sign-ins and tokens. Most rooms never have this table: it is made when
/// there is something to store, in rooms of both versions.
pub(super) const ENDING: &str = "CREATE TABLE IF NOT EXISTS ending(
    user TEXT PRIMARY KEY,
    endings TEXT NOT NULL) WITHOUT ROWID";

const AMENDMENT: &str = "CREATE TABLE amendment(
    seq INTEGER PRIMARY KEY,
    pinned INTEGER NOT NULL,
    state TEXT NOT NULL)";

const PINNED: &str = "CREATE INDEX pinned ON amendment(seq) WHERE pinned = 1";

/// The key serves "what did this user give to this message", which every frame and page asks.
const REACTION: &str = "CREATE TABLE reaction(
    target INTEGER NOT NULL,
    user TEXT NOT NULL,
    emoji TEXT NOT NULL,
    PRIMARY KEY (target, user, emoji)) WITHOUT ROWID";

const REPLY: &str = "CREATE TABLE reply(
    thread INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (thread, seq)) WITHOUT ROWID";

const BAN: &str = "CREATE TABLE ban(
    user TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL) WITHOUT ROWID";

const INVITE: &str = "CREATE TABLE invite(
    id TEXT PRIMARY KEY,
    by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    uses_left INTEGER NOT NULL) WITHOUT ROWID";

/// `seq` is the message that a file came with, `file` what it is once it is there in full.
const ATTACHMENT: &str = "CREATE TABLE attachment(
    id TEXT PRIMARY KEY,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER,
    file TEXT) WITHOUT ROWID";

const UPLOAD: &str = "CREATE INDEX upload ON attachment(at) WHERE seq IS NULL";

const DEED: &str = "CREATE TABLE deed(id INTEGER PRIMARY KEY, deed TEXT NOT NULL)";
