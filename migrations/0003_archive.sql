-- What the archive job works on: how far each room's log goes, and how far it is archived.

-- Both only rise, so notices and acknowledgements may come in any order, and more than once; a room
-- has something new while `head_seq > archived_seq`. Every room has an entry from its founding on.
ALTER TABLE room ADD COLUMN head_seq INTEGER NOT NULL DEFAULT 1;
ALTER TABLE room ADD COLUMN archived_seq INTEGER NOT NULL DEFAULT 0;
-- When the first entry that waits was accepted; NULL if none is known of.
ALTER TABLE room ADD COLUMN dirty_since INTEGER;
-- When the oldest entry that the room has was accepted, as of the last acknowledgement.
ALTER TABLE room ADD COLUMN oldest_at INTEGER;
ALTER TABLE room ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;

CREATE INDEX room_dirty ON room (id) WHERE head_seq > archived_seq;
CREATE INDEX room_by_oldest ON room (oldest_at) WHERE oldest_at IS NOT NULL;

-- Who works on which part of the archive. A fence is never given twice, so rows stay.
CREATE TABLE archive_lease (
    bucket     INTEGER PRIMARY KEY,
    fence      INTEGER NOT NULL,
    holder     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
