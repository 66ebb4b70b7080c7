-- +goose Up

-- Permits and claims are written in one transaction with what they name, and what
-- they name is never deleted; PostgreSQL does not look it up row by row either. For
-- a statement of several rows of a table with foreign keys SQLite keeps a journal
-- of its own. The tables stay as they are and only their text changes, as SQLite's
-- documentation of ALTER TABLE has it for a foreign key; the view has every
-- connection read the text again.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES versions (id)', '') WHERE type = 'table' AND name = 'version_permits';
UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES licenses (base)', '') WHERE type = 'table' AND name = 'claims';
CREATE VIEW lifted AS SELECT 1;
DROP VIEW lifted;
PRAGMA writable_schema = RESET;
