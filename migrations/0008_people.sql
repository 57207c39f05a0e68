-- What people do about themselves and each other, and what administrators look for.

-- The version of the account's picture; NULL without one. The picture itself is in R2.
ALTER TABLE user ADD COLUMN avatar TEXT;
-- When the account was last given another display name.
ALTER TABLE user ADD COLUMN named_at INTEGER;
-- When its owner deleted it. The row stays, so that nobody else becomes who others speak of.
ALTER TABLE user ADD COLUMN deleted_at INTEGER;

-- Names of accounts that were erased: nobody is given one again. Nothing else is known of them.
CREATE TABLE taken_name (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER name_is_given_up AFTER UPDATE OF name ON user WHEN OLD.name <> NEW.name
BEGIN INSERT INTO taken_name (name) VALUES (OLD.name) ON CONFLICT DO NOTHING; END;
-- As a conflict of names does, it leaves no row.
CREATE TRIGGER name_stays_taken BEFORE INSERT ON user
WHEN EXISTS (SELECT 1 FROM taken_name WHERE taken_name.name = NEW.name)
BEGIN SELECT RAISE(IGNORE); END;

-- Who does not want to hear of whom.
CREATE TABLE block (
    user    TEXT NOT NULL REFERENCES user (id),
    blocked TEXT NOT NULL REFERENCES user (id),
    at      INTEGER NOT NULL,
    PRIMARY KEY (user, blocked)
) STRICT, WITHOUT ROWID;

CREATE INDEX block_by_blocked ON block (blocked);

-- Deleted accounts whose words an archive job is to erase.
CREATE TABLE erasure (
    user     TEXT PRIMARY KEY REFERENCES user (id),
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX erasure_by_time ON erasure (asked_at, user);

CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_act ON audit (act, id);

-- Exports under way: one for each account. No reference: it is of this database alone.
CREATE TABLE export_run (
    user TEXT PRIMARY KEY,
    run  TEXT NOT NULL,
    at   INTEGER NOT NULL -- when it was last heard of
) STRICT, WITHOUT ROWID;
