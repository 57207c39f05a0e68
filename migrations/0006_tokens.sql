-- What is known of a sign-in, and personal access tokens.

-- How, from where and with which browser; NULL for a sign-in from before.
ALTER TABLE sign_in ADD COLUMN method TEXT;
ALTER TABLE sign_in ADD COLUMN address TEXT;
ALTER TABLE sign_in ADD COLUMN country TEXT;
ALTER TABLE sign_in ADD COLUMN agent TEXT;

-- The secret is stored as its SHA-256: it has 256 random bits, so nothing slower is needed.
CREATE TABLE token (
    id         TEXT PRIMARY KEY,
    user       TEXT NOT NULL REFERENCES user (id), -- a person or a bot
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    scopes     TEXT NOT NULL, -- separated by spaces
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_user ON token (user);
