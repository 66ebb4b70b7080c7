-- +goose Up

-- What became of acts that were asked for under an idempotency key. Rows are
-- never deleted.
CREATE TABLE acts_done (
    request_key  TEXT PRIMARY KEY,
    request_hash BLOB NOT NULL,
    identifier   TEXT NOT NULL, -- the version that was current then
    authority    TEXT NOT NULL, -- of the permit; empty where the license was withdrawn
    number       TEXT NOT NULL,
    state        TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 1 once version_permits has the last days of the permits of a batch's
-- versions. A program that does not know of them leaves it empty, and a later
-- one fills both in.
ALTER TABLE batches ADD COLUMN ends_known INTEGER;
