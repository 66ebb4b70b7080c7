-- +goose Up

-- A version may have its document in several forms: the original (正本), which
-- has none in the column, and others such as the duplicate (副本).
CREATE TABLE documents_of_forms (
    identifier TEXT NOT NULL,
    form       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    template   TEXT NOT NULL,
    font       TEXT NOT NULL,
    seal       TEXT NOT NULL,
    signer     TEXT NOT NULL,
    signed_at  INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    content    BLOB NOT NULL,
    PRIMARY KEY (identifier, form)
) STRICT;
INSERT INTO documents_of_forms
    SELECT identifier, '', media_type, template, font, seal, signer, signed_at, sha256, content FROM documents;
DROP TABLE documents;
ALTER TABLE documents_of_forms RENAME TO documents;
