-- +goose Up

-- Instants are seconds of UTC since 1970. States are the words of the domain.

-- How many serials of a year were given. It only rises.
CREATE TABLE serials (
    year INTEGER PRIMARY KEY,
    last INTEGER NOT NULL CHECK (last BETWEEN 0 AND 9999999)
) STRICT;

-- Licenses that are issued together or not at all.
CREATE TABLE batches (
    id           TEXT PRIMARY KEY,
    request_key  TEXT,
    request_hash BLOB NOT NULL,
    answer       TEXT NOT NULL, -- JSON array of identifiers
    phase        TEXT NOT NULL CHECK (phase IN ('prepared', 'issued', 'void')),
    actor        TEXT NOT NULL,
    prepared_at  INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX batches_by_key ON batches (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX batches_unfinished ON batches (prepared_at) WHERE phase = 'prepared';

-- A license, whatever its versions say.
CREATE TABLE licenses (
    base        TEXT PRIMARY KEY, -- the identifier without version and check character
    number      TEXT NOT NULL UNIQUE,
    current     INTEGER REFERENCES versions (id), -- its newest issued version
    holder_code TEXT NOT NULL,
    holder_name TEXT NOT NULL,
    industry    TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('prepared', 'valid', 'withdrawn', 'void'))
) STRICT, WITHOUT ROWID;
CREATE INDEX licenses_by_holder ON licenses (holder_code, base);

CREATE TABLE versions (
    id            INTEGER PRIMARY KEY,
    identifier    TEXT NOT NULL,
    base          TEXT NOT NULL REFERENCES licenses (base),
    version       INTEGER NOT NULL CHECK (version BETWEEN 1 AND 999),
    batch         TEXT NOT NULL REFERENCES batches (id),
    place         INTEGER NOT NULL, -- in its batch
    state         TEXT NOT NULL CHECK (state IN ('prepared', 'valid', 'superseded', 'withdrawn', 'void')),
    content       BLOB NOT NULL,
    operation     TEXT NOT NULL,
    predecessor   TEXT NOT NULL,
    license       TEXT NOT NULL, -- JSON
    key_id        TEXT NOT NULL,
    signing_input BLOB, -- until it is signed
    text          TEXT, -- of the code, once it is signed
    status_chunk  INTEGER NOT NULL,
    status_start  INTEGER NOT NULL,
    issued_at     INTEGER,
    CHECK ((text IS NULL) = (state IN ('prepared', 'void'))),
    UNIQUE (status_chunk, status_start)
) STRICT;
CREATE UNIQUE INDEX versions_by_identifier ON versions (identifier) WHERE state <> 'void';
CREATE UNIQUE INDEX versions_by_content ON versions (content) WHERE state IN ('prepared', 'valid');
CREATE INDEX versions_by_base ON versions (base, version);
CREATE INDEX versions_by_batch ON versions (batch, place);
CREATE INDEX versions_by_issue ON versions (issued_at) WHERE issued_at IS NOT NULL;

-- The permits that a version lists.
CREATE TABLE version_permits (
    version   INTEGER NOT NULL REFERENCES versions (id),
    place     INTEGER NOT NULL,
    authority TEXT NOT NULL,
    number    TEXT NOT NULL,
    PRIMARY KEY (version, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_permits_by_key ON version_permits (authority, number, version);

-- Which license lists a permit, or is about to: one alone.
CREATE TABLE claims (
    authority TEXT NOT NULL,
    number    TEXT NOT NULL,
    base      TEXT NOT NULL REFERENCES licenses (base),
    PRIMARY KEY (authority, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_base ON claims (base);

-- Where a permit stands by the acts of its authority, on whatever license.
CREATE TABLE permit_states (
    authority TEXT NOT NULL,
    number    TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('valid', 'suspended', 'revoked', 'withdrawn', 'cancelled')),
    reason    TEXT NOT NULL,
    actor     TEXT NOT NULL,
    acted_at  INTEGER NOT NULL,
    PRIMARY KEY (authority, number)
) STRICT, WITHOUT ROWID;

-- One signed status list each.
CREATE TABLE status_chunks (
    chunk      INTEGER PRIMARY KEY,
    used       INTEGER NOT NULL DEFAULT 0, -- entries reserved
    change     INTEGER NOT NULL DEFAULT 1,
    built      INTEGER NOT NULL DEFAULT 0, -- the change that the token shows
    sequence   INTEGER NOT NULL DEFAULT 0,
    token      TEXT NOT NULL DEFAULT '',
    issued_at  INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX status_chunks_changed ON status_chunks (chunk) WHERE built < change;
CREATE INDEX status_chunks_expiring ON status_chunks (expires_at);

-- Neighbouring entries of one version: its own, then each permit's, a letter
-- an entry. A block that no version has yet, or ever, reads revoked.
CREATE TABLE status_blocks (
    chunk   INTEGER NOT NULL REFERENCES status_chunks (chunk),
    start   INTEGER NOT NULL,
    length  INTEGER NOT NULL CHECK (length BETWEEN 1 AND 256),
    version INTEGER REFERENCES versions (id),
    entries TEXT NOT NULL CHECK (length(entries) = length),
    PRIMARY KEY (chunk, start)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX status_blocks_by_version ON status_blocks (version) WHERE version IS NOT NULL;

-- The signed record of a license that has a history.
CREATE TABLE license_records (
    base       TEXT PRIMARY KEY REFERENCES licenses (base),
    change     INTEGER NOT NULL,
    built      INTEGER NOT NULL DEFAULT 0,
    sequence   INTEGER NOT NULL DEFAULT 0,
    token      TEXT NOT NULL DEFAULT '',
    issued_at  INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX license_records_changed ON license_records (base) WHERE built < change;
CREATE INDEX license_records_expiring ON license_records (expires_at);

-- What is to be filed with the e-license library, in order for each license.
CREATE TABLE outbox_heads (
    license TEXT PRIMARY KEY,
    last    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    license      TEXT NOT NULL,
    sequence     INTEGER NOT NULL CHECK (sequence > 0),
    kind         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    body         BLOB NOT NULL,
    state        TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER NOT NULL DEFAULT 0,
    problem      TEXT NOT NULL DEFAULT '',
    receipt      TEXT NOT NULL DEFAULT '',
    delivered_at INTEGER,
    PRIMARY KEY (license, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_open ON outbox (license, sequence) WHERE state <> 'delivered';
CREATE INDEX outbox_dead ON outbox (license, sequence) WHERE state = 'dead';

-- The sealed documents, made once for a version and never again.
CREATE TABLE documents (
    identifier TEXT NOT NULL,
    media_type TEXT NOT NULL,
    template   TEXT NOT NULL,
    font       TEXT NOT NULL,
    seal       TEXT NOT NULL,
    signer     TEXT NOT NULL,
    signed_at  INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    content    BLOB NOT NULL,
    PRIMARY KEY (identifier)
) STRICT;

CREATE TABLE verifications (
    id         TEXT PRIMARY KEY,
    base       TEXT NOT NULL,
    record     TEXT NOT NULL, -- JSON
    checked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX verifications_by_base ON verifications (base, checked_at);

-- The audit trail: rows are added and stay.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, id);
-- +goose StatementBegin
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only added to');
END;
-- +goose StatementEnd
