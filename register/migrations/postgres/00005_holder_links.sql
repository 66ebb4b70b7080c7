-- +goose Up

-- The links by which holders open their licenses. A holder has the secret,
-- this its SHA-256. Rows are never deleted.
CREATE TABLE holder_links (
    hash       BYTEA PRIMARY KEY,
    id         TEXT COLLATE "C" NOT NULL UNIQUE, -- by which the office names it
    holder     TEXT COLLATE "C" NOT NULL, -- credit code
    made_at    BIGINT NOT NULL,
    made_by    TEXT COLLATE "C" NOT NULL,
    revoked_at BIGINT NOT NULL DEFAULT 0, -- 0 while it is open
    revoked_by TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX holder_links_by_holder ON holder_links (holder, made_at, id);
