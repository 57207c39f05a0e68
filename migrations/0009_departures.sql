-- Accounts that were deleted, until every room has heard of it and their pictures are gone.
CREATE TABLE departure (
    user TEXT PRIMARY KEY REFERENCES user (id),
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
