-- +goose Up

-- Files of many rows that were handed in over HTTP, and what became of each.
CREATE TABLE batch_jobs (
    id            TEXT PRIMARY KEY,
    request_key   TEXT NOT NULL UNIQUE,
    request_hash  BLOB NOT NULL,
    work          TEXT NOT NULL CHECK (work IN ('issue', 'status')),
    format        TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    size          INTEGER NOT NULL,
    subject       TEXT NOT NULL, -- who handed it in
    authority     TEXT NOT NULL, -- and for whom
    skip_faulty   INTEGER NOT NULL,
    validate_only INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'faulty', 'cancelled', 'failed')),
    cancelling    INTEGER NOT NULL DEFAULT 0,
    owner         TEXT NOT NULL DEFAULT '', -- the node that is at work on it
    lease_until   INTEGER NOT NULL DEFAULT 0, -- when another may take it
    attempts      INTEGER NOT NULL DEFAULT 0,
    progress      TEXT NOT NULL DEFAULT '', -- JSON
    outcome       TEXT NOT NULL DEFAULT '', -- JSON
    created_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_jobs_open ON batch_jobs (created_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX batch_jobs_by_authority ON batch_jobs (authority, created_at, id);
CREATE INDEX batch_jobs_by_end ON batch_jobs (ended_at, id);

-- The files of a job, in pieces: what was handed in, until it has ended, and
-- what came of it.
CREATE TABLE batch_parts (
    job     TEXT NOT NULL, -- it may not be there yet
    file    TEXT NOT NULL,
    part    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (job, file, part)
) STRICT;
CREATE INDEX batch_parts_by_age ON batch_parts (at);
