-- +goose Up

-- What the desk asks for, each by an index.
CREATE INDEX licenses_by_name ON licenses (holder_name, base);
CREATE INDEX licenses_by_industry ON licenses (industry, base);
CREATE INDEX licenses_withdrawn ON licenses (base) WHERE state = 'withdrawn';
CREATE INDEX permit_states_acted ON permit_states (authority, number) WHERE state <> 'valid';
CREATE INDEX verifications_by_time ON verifications (checked_at);

-- The last day on which a permit is in force, as YYYY-MM-DD; none for one
-- without a term.
ALTER TABLE version_permits ADD COLUMN valid_until TEXT;
UPDATE version_permits SET valid_until = (SELECT json_extract(v.license, '$.permits[' || version_permits.place || '].validUntil')
    FROM versions v WHERE v.id = version_permits.version);
CREATE INDEX version_permits_by_end ON version_permits (valid_until, version, place) WHERE valid_until IS NOT NULL;

-- What was counted of days that are over, so that nobody counts them again.
-- A day that was counted has a row of the kind 'day'.
CREATE TABLE tallies (
    day    TEXT NOT NULL, -- YYYY-MM-DD, of Asia/Shanghai
    kind   TEXT NOT NULL CHECK (kind IN ('day', 'issued', 'verified')),
    first  TEXT NOT NULL, -- operation, or outcome
    second TEXT NOT NULL, -- industry, or the credit code of the issuer
    number INTEGER NOT NULL,
    PRIMARY KEY (day, kind, first, second)
) STRICT, WITHOUT ROWID;

-- Who is logged in. The browser has the secret, this its digest.
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    content    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);
