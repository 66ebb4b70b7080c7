-- +goose Up

-- Disputes about licenses, on both sides. What was signed is kept as it was;
-- the other columns are read out of it, or say how far it has come.
CREATE TABLE disputes (
    direction    TEXT COLLATE "C" NOT NULL CHECK (direction IN ('sent', 'received')),
    id           TEXT COLLATE "C" NOT NULL,
    region       TEXT COLLATE "C" NOT NULL, -- on the other side
    license      TEXT COLLATE "C" NOT NULL, -- the identifier of a version
    organisation TEXT COLLATE "C" NOT NULL, -- that filed
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'open', 'answered', 'refused')),
    statement    TEXT COLLATE "C" NOT NULL, -- JWS
    problem      TEXT COLLATE "C" NOT NULL DEFAULT '', -- of the last attempt
    kept_at      BIGINT NOT NULL,
    received_at  BIGINT NOT NULL DEFAULT 0, -- by the issuer
    next_at      BIGINT NOT NULL DEFAULT 0, -- when it is to be sent, or asked about
    answer       TEXT COLLATE "C" NOT NULL DEFAULT '', -- JWS
    answered_at  BIGINT NOT NULL DEFAULT 0, -- when the answer came into this register
    PRIMARY KEY (direction, id)
);
CREATE INDEX disputes_unanswered ON disputes (direction, state, next_at) WHERE state IN ('waiting', 'open');
CREATE INDEX disputes_by_time ON disputes (kept_at, id);
CREATE INDEX disputes_by_region ON disputes (direction, region, kept_at);
CREATE INDEX disputes_by_license ON disputes (license, kept_at);
