-- Identity, which the Worker owns, and the index of rooms, which the room objects feed.
-- Times are milliseconds since the Unix epoch; ids are the twenty characters of `protocol::id`.

CREATE TABLE user (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE, -- lower case, unique: what people sign in with
    display_name TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

-- Apart from `user`: a query that shows people cannot show hashes by accident.
CREATE TABLE password (
    user       TEXT PRIMARY KEY REFERENCES user (id),
    hash       TEXT NOT NULL, -- a PHC string: algorithm, parameters, salt, hash
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each sign-in: a family of refresh tokens, of which the newest is valid.
-- A token is stored as its SHA-256; `seed` derives each token's successor, so that two requests
-- that refresh with the same token at the same moment receive the same successor.
CREATE TABLE sign_in (
    id         TEXT PRIMARY KEY,
    user       TEXT NOT NULL REFERENCES user (id),
    seed       TEXT NOT NULL,
    token      TEXT NOT NULL,
    previous   TEXT,
    rotated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_by_user ON sign_in (user);

-- The index of rooms. The room object is the authority and writes here from its outbox, at least
-- once and in any order; a write with a lower `seq` than the row's changes nothing.
CREATE TABLE room (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    topic      TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seq        INTEGER NOT NULL
) STRICT;

-- `role` is NULL for one who left: a tombstone, so that a late repeat of the join cannot
-- resurrect the membership.
CREATE TABLE membership (
    user      TEXT NOT NULL,
    room      TEXT NOT NULL,
    role      TEXT,
    joined_at INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (user, room)
) STRICT, WITHOUT ROWID;
