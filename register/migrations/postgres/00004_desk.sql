-- +goose Up

-- What the desk asks for, each by an index.
CREATE INDEX licenses_by_name ON licenses (holder_name, base);
CREATE INDEX licenses_by_industry ON licenses (industry, base);
CREATE INDEX licenses_withdrawn ON licenses (base) WHERE state = 'withdrawn';
CREATE INDEX permit_states_acted ON permit_states (authority, number) WHERE state <> 'valid';
CREATE INDEX verifications_by_time ON verifications (checked_at);

-- The last day on which a permit is in force, as YYYY-MM-DD; none for one
-- without a term.
ALTER TABLE version_permits ADD COLUMN valid_until TEXT COLLATE "C";
UPDATE version_permits p SET valid_until = CAST(v.license AS JSON) -> 'permits' -> CAST(p.place AS INTEGER) ->> 'validUntil'
    FROM versions v WHERE v.id = p.version;
CREATE INDEX version_permits_by_end ON version_permits (valid_until, version, place) WHERE valid_until IS NOT NULL;

-- What was counted of days that are over, so that nobody counts them again.
-- A day that was counted has a row of the kind 'day'.
CREATE TABLE tallies (
    day    TEXT COLLATE "C" NOT NULL, -- YYYY-MM-DD, of Asia/Shanghai
    kind   TEXT COLLATE "C" NOT NULL CHECK (kind IN ('day', 'issued', 'verified')),
    first  TEXT COLLATE "C" NOT NULL, -- operation, or outcome
    second TEXT COLLATE "C" NOT NULL, -- industry, or the credit code of the issuer
    number BIGINT NOT NULL,
    PRIMARY KEY (day, kind, first, second)
);

-- Who is logged in. The browser has the secret, this its digest.
CREATE TABLE sessions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    content    TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (expires_at);
