-- +goose Up

-- Keys by which nothing is issued any more, whatever node has them. The empty
-- id stands for all of the issuer's. Rows are never deleted.
CREATE TABLE closed_keys (
    key_id    TEXT COLLATE "C" PRIMARY KEY,
    since     BIGINT NOT NULL, -- from when on somebody else may have had it; 0 where nobody is known to
    closed_at BIGINT NOT NULL,
    closed_by TEXT COLLATE "C" NOT NULL,
    list      TEXT COLLATE "C" NOT NULL DEFAULT '' -- digest of its closing list, once that is made
);

-- Closing lists and their chunks, as they are published.
CREATE TABLE closing_parts (
    digest  TEXT COLLATE "C" PRIMARY KEY, -- SHA-256
    content BYTEA NOT NULL
);
