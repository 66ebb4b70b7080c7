-- +goose Up

-- What a clock that was ahead has dated is found, and signed anew.
CREATE INDEX status_chunks_issued ON status_chunks (issued_at);
CREATE INDEX license_records_issued ON license_records (issued_at);
