-- +goose Up

-- Disputes about licenses, on both sides. What was signed is kept as it was;
-- the other columns are read out of it, or say how far it has come.
CREATE TABLE disputes (
    direction    TEXT NOT NULL CHECK (direction IN ('sent', 'received')),
    id           TEXT NOT NULL,
    region       TEXT NOT NULL, -- on the other side
    license      TEXT NOT NULL, -- the identifier of a version
    organisation TEXT NOT NULL, -- that filed
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'open', 'answered', 'refused')),
    statement    TEXT NOT NULL, -- JWS
    problem      TEXT NOT NULL DEFAULT '', -- of the last attempt
    kept_at      INTEGER NOT NULL,
    received_at  INTEGER NOT NULL DEFAULT 0, -- by the issuer
    next_at      INTEGER NOT NULL DEFAULT 0, -- when it is to be sent, or asked about
    answer       TEXT NOT NULL DEFAULT '', -- JWS
    answered_at  INTEGER NOT NULL DEFAULT 0, -- when the answer came into this register
    PRIMARY KEY (direction, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX disputes_unanswered ON disputes (direction, state, next_at) WHERE state IN ('waiting', 'open');
CREATE INDEX disputes_by_time ON disputes (kept_at, id);
CREATE INDEX disputes_by_region ON disputes (direction, region, kept_at);
CREATE INDEX disputes_by_license ON disputes (license, kept_at);
