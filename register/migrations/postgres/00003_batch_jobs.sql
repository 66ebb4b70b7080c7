-- +goose Up

-- Files of many rows that were handed in over HTTP, and what became of each.
CREATE TABLE batch_jobs (
    id            TEXT COLLATE "C" PRIMARY KEY,
    request_key   TEXT COLLATE "C" NOT NULL UNIQUE,
    request_hash  BYTEA NOT NULL,
    work          TEXT COLLATE "C" NOT NULL CHECK (work IN ('issue', 'status')),
    format        TEXT COLLATE "C" NOT NULL,
    sha256        TEXT COLLATE "C" NOT NULL,
    size          BIGINT NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL, -- who handed it in
    authority     TEXT COLLATE "C" NOT NULL, -- and for whom
    skip_faulty   BIGINT NOT NULL,
    validate_only BIGINT NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'faulty', 'cancelled', 'failed')),
    cancelling    BIGINT NOT NULL DEFAULT 0,
    owner         TEXT COLLATE "C" NOT NULL DEFAULT '', -- the node that is at work on it
    lease_until   BIGINT NOT NULL DEFAULT 0, -- when another may take it
    attempts      BIGINT NOT NULL DEFAULT 0,
    progress      TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON
    outcome       TEXT COLLATE "C" NOT NULL DEFAULT '', -- JSON
    created_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX batch_jobs_open ON batch_jobs (created_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX batch_jobs_by_authority ON batch_jobs (authority, created_at, id);
CREATE INDEX batch_jobs_by_end ON batch_jobs (ended_at, id);

-- The files of a job, in pieces: what was handed in, until it has ended, and
-- what came of it.
CREATE TABLE batch_parts (
    job     TEXT COLLATE "C" NOT NULL, -- it may not be there yet
    file    TEXT COLLATE "C" NOT NULL,
    part    BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (job, file, part)
);
CREATE INDEX batch_parts_by_age ON batch_parts (at);
