-- What an account is beside a name, and the audit log.

ALTER TABLE user ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
-- When an administrator disabled the account; NULL for one that is not.
ALTER TABLE user ADD COLUMN disabled_at INTEGER;
-- Who owns the account if it is a bot; NULL for a person. No reference: a dump is restored in the
-- order of ids, and an owner may come after the bot.
ALTER TABLE user ADD COLUMN owner TEXT;

CREATE INDEX user_by_owner ON user (owner) WHERE owner IS NOT NULL;

-- Who did what to whom, when and from where. Nothing refers to other tables: a row outlives whom it
-- is about, and names them by their ids.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY, -- rises
    at      INTEGER NOT NULL,
    actor   TEXT,                -- a user; NULL for nobody, or nobody known
    act     TEXT NOT NULL,
    target  TEXT,                -- the id of whom or what it was done to, if that is not the actor
    detail  TEXT NOT NULL,
    address TEXT,
    agent   TEXT
) STRICT;

CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_target ON audit (target, id) WHERE target IS NOT NULL;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never removed'); END;
