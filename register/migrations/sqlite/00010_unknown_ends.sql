-- +goose Up
CREATE INDEX batches_of_unknown_ends ON batches (id) WHERE ends_known IS NULL;
