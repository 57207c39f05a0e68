-- What everybody finds: open rooms by name, with how many members they have.

ALTER TABLE room ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

CREATE INDEX room_by_name ON room (name COLLATE NOCASE, id) WHERE deleted = 0;
CREATE INDEX membership_by_room ON membership (room) WHERE role IS NOT NULL;
