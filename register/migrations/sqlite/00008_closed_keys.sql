-- +goose Up

-- Keys by which nothing is issued any more, whatever node has them. The empty
-- id stands for all of the issuer's. Rows are never deleted.
CREATE TABLE closed_keys (
    key_id    TEXT PRIMARY KEY,
    since     INTEGER NOT NULL, -- from when on somebody else may have had it; 0 where nobody is known to
    closed_at INTEGER NOT NULL,
    closed_by TEXT NOT NULL,
    list      TEXT NOT NULL DEFAULT '' -- digest of its closing list, once that is made
) STRICT, WITHOUT ROWID;

-- Closing lists and their chunks, as they are published.
CREATE TABLE closing_parts (
    digest  TEXT PRIMARY KEY, -- SHA-256
    content BLOB NOT NULL
) STRICT;
