-- +goose Up

-- What was taken, for ever, in order for each license.
CREATE TABLE filings (
    license     TEXT NOT NULL,
    sequence    INTEGER NOT NULL CHECK (sequence > 0),
    digest      BLOB NOT NULL, -- SHA-256 of the body as it came
    kind        TEXT NOT NULL,
    body        BLOB NOT NULL,
    receipt     TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (license, sequence)
) STRICT, WITHOUT ROWID;

-- Where each license stands by what was taken: a metadata.Summary in JSON.
CREATE TABLE standings (
    license  TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    summary  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
