-- Signing in with an identity provider: who is whom there.

-- The key is what never changes hands: the provider's issuer and its subject. The address is only
-- shown to its owner; nobody is found or signed in by it.
CREATE TABLE identity (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    user       TEXT NOT NULL REFERENCES user (id),
    email      TEXT,
    verified   INTEGER NOT NULL, -- whether the provider has made sure of the address
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

-- An account has one identity with each provider.
CREATE UNIQUE INDEX identity_by_user ON identity (user, issuer);

-- Attempts that were used up, until they would have ended by themselves.
CREATE TABLE spent_attempt (
    seed       TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_attempt_by_end ON spent_attempt (expires_at);
