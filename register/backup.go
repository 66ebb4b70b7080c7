package register

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup copies the register in the SQLite file at path into a new file, as it
// is at one moment, while others read and write it. A copy has the rows that
// [Store.Rows] counts. An existing file is ErrExists.
func Backup(ctx context.Context, path, to string) (rows map[string]int64, err error) {
	if _, err := os.Lstat(to); err == nil {
		return nil, fmt.Errorf("%s: %w", to, ErrExists)
	}
	db, err := openExisting(path, Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	if err := db.check(ctx); err != nil {
		return nil, err
	}
	// VACUUM INTO reads in one transaction, waits for nobody and holds nobody
	// up; and what it writes has no free pages and no journal beside it.
	if _, err := db.write.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return nil, errors.Join(fmt.Errorf("copying the register: %w", unavailableSQLite(err)), os.Remove(to))
	}
	copied, err := Open(ctx, to, Config{})
	if err != nil {
		return nil, fmt.Errorf("opening the copy: %w", err)
	}
	rows, err = copied.Rows(ctx)
	// Opening made the copy keep a journal beside it; closing ends it, and the
	// file is whole by itself again.
	return rows, errors.Join(err, copied.Close())
}

// counted are the tables whose rows a backup is told by.
func counted() []string {
	return []string{"batches", "licenses", "versions", "version_permits", "permit_states", "status_chunks", "status_blocks",
		"license_records", "outbox", "documents", "verifications", "audit", "holder_links", "disputes", "closed_keys", "closing_parts"}
}

// Rows counts the rows of the register's tables. It reads all of them.
func (s *Store) Rows(ctx context.Context) (map[string]int64, error) {
	counts := make(map[string]int64)
	err := s.reading(ctx, "counting rows", func(q querier) error {
		for _, table := range counted() {
			var n int64
			if err := q.queryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			counts[table] = n
		}
		return nil
	})
	return counts, err
}
