-- +goose Up

-- What became of acts that were asked for under an idempotency key. Rows are
-- never deleted.
CREATE TABLE acts_done (
    request_key  TEXT COLLATE "C" PRIMARY KEY,
    request_hash BYTEA NOT NULL,
    identifier   TEXT COLLATE "C" NOT NULL, -- the version that was current then
    authority    TEXT COLLATE "C" NOT NULL, -- of the permit; empty where the license was withdrawn
    number       TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL
);

-- 1 once version_permits has the last days of the permits of a batch's
-- versions. A program that does not know of them leaves it empty, and a later
-- one fills both in.
ALTER TABLE batches ADD COLUMN ends_known BIGINT;
