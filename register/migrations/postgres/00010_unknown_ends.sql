-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS batches_of_unknown_ends ON batches (id) WHERE ends_known IS NULL;
