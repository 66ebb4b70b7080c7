-- +goose Up

-- SQLite no longer looks up what PostgreSQL no longer does.
SELECT 1;
