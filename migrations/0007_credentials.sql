-- What else proves who somebody is: passkeys, an address, links that were sent there; and how often
-- somebody guessed.

-- Wrong passwords in a row, by what was guessed for (a name, an address), as a hash with a key of
-- ours: people type passwords where names belong. Rows live as long as they count.
CREATE TABLE attempt (
    key        TEXT PRIMARY KEY,
    failures   INTEGER NOT NULL,
    free_at    INTEGER NOT NULL, -- until then, a further attempt waits
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_by_end ON attempt (expires_at);

-- The address that an account has proven to receive mail at. One account for each address, so that
-- who writes it is found by it.
CREATE TABLE email (
    user        TEXT PRIMARY KEY REFERENCES user (id),
    address     TEXT NOT NULL COLLATE NOCASE UNIQUE,
    verified_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Links that are good once. A token is stored as its SHA-256. A further link of the same purpose
-- takes the place of the first.
CREATE TABLE mail_link (
    user       TEXT NOT NULL REFERENCES user (id),
    purpose    TEXT NOT NULL, -- reset, verify
    token      TEXT NOT NULL UNIQUE,
    address    TEXT NOT NULL, -- where it was sent
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id         TEXT PRIMARY KEY, -- the credential's id, in base 64 as URLs have it
    user       TEXT NOT NULL REFERENCES user (id),
    name       TEXT NOT NULL,
    algorithm  TEXT NOT NULL,    -- ES256, EdDSA, RS256
    public_key TEXT NOT NULL,    -- SubjectPublicKeyInfo, in base 64
    counter    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_by_user ON passkey (user, created_at);
