-- +goose Up

-- The links by which holders open their licenses. A holder has the secret,
-- this its SHA-256. Rows are never deleted.
CREATE TABLE holder_links (
    hash       BLOB PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE, -- by which the office names it
    holder     TEXT NOT NULL, -- credit code
    made_at    INTEGER NOT NULL,
    made_by    TEXT NOT NULL,
    revoked_at INTEGER NOT NULL DEFAULT 0, -- 0 while it is open
    revoked_by TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX holder_links_by_holder ON holder_links (holder, made_at, id);
