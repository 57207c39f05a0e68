-- What archive jobs tell of their runs (rule AA9). The newest hundred stay. Each one knows how many
-- entries had expired ever, so that this number outlives those that go.
CREATE TABLE archive_run (
    id           INTEGER PRIMARY KEY, -- rises
    command      TEXT NOT NULL
        CHECK (length(command) BETWEEN 1 AND 20 AND command NOT GLOB '*[^a-z]*'),
    started_at   INTEGER NOT NULL CHECK (started_at BETWEEN 0 AND ended_at),
    ended_at     INTEGER NOT NULL CHECK (ended_at <= 9007199254740991),
    exit         INTEGER NOT NULL CHECK (exit BETWEEN 0 AND 255),
    archived     INTEGER NOT NULL CHECK (archived BETWEEN 0 AND 9007199254740991),
    expired      INTEGER NOT NULL CHECK (expired BETWEEN 0 AND 9007199254740991),
    says         TEXT NOT NULL -- one line
        CHECK (length(says) <= 200 AND says NOT GLOB '*[' || char(1) || '-' || char(31) || ']*'),
    expired_ever INTEGER NOT NULL,
    -- What is told again after an answer that got lost is the same run.
    UNIQUE (started_at, ended_at, command, exit, archived, expired)
) STRICT;

CREATE TRIGGER archive_run_is_kept_for_a_while AFTER INSERT ON archive_run
BEGIN DELETE FROM archive_run WHERE id <= new.id - 100; END;
