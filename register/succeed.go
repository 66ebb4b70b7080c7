package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yizheng/issuer"
	"yizheng/license"
)

// endPredecessors ends the versions that others follow on: what these have, their
// content above all, is free from then on.
func endPredecessors(ctx context.Context, tx *transaction, entries []issuer.Entry) error {
	for place, e := range entries {
		if e.Predecessor == "" {
			continue
		}
		if err := versionIsNext(ctx, tx, place, e.License.Identifier.Base(), e.Predecessor); err != nil {
			return err
		}
		if err := supersede(ctx, tx, e.Predecessor, e.License.Identifier.Base()); err != nil {
			return err
		}
	}
	return nil
}

// supersede ends the version that came before.
func supersede(ctx context.Context, tx *transaction, predecessor, base string) error {
	var chunk, start uint32
	err := tx.queryRow(ctx, `UPDATE versions SET state = 'superseded' WHERE identifier = $1 AND state <> 'void' AND state = 'valid'
		RETURNING status_chunk, status_start`, predecessor).Scan(&chunk, &start)
	if errors.Is(err, sql.ErrNoRows) {
		return issuer.ErrMoved
	}
	if err != nil {
		return fmt.Errorf("superseding the version before: %w", err)
	}
	if err := writeOwnEntry(ctx, tx, chunk, start, license.Superseded); err != nil {
		return err
	}
	return tx.do(ctx, "marking the license's record", `INSERT INTO license_records (base, change) VALUES ($1, 1)
		ON CONFLICT (base) DO UPDATE SET change = license_records.change + 1`, base)
}

// succeed makes a version the current one of a license that had another.
func succeed(ctx context.Context, tx *transaction, id int64, l license.License) error {
	base := l.Identifier.Base()
	if err := tx.change(ctx, "making the version current", `UPDATE licenses SET current = $1, holder_code = $2, holder_name = $3, industry = $4
		WHERE base = $5 AND state = 'valid'`, id, string(l.Holder.CreditCode), l.Holder.Name, l.Industry, base); err != nil {
		return err
	}
	return tx.do(ctx, "freeing permits that were dropped", `DELETE FROM claims WHERE base = $1 AND NOT EXISTS (SELECT 1 FROM version_permits p
		WHERE p.version = $2 AND p.authority = claims.authority AND p.number = claims.number)`, base, id)
}

// writeOwnEntry writes the version's own entry, the first of its block.
func writeOwnEntry(ctx context.Context, tx *transaction, chunk, start uint32, state license.State) error {
	tx.chunks = append(tx.chunks, chunk)
	return tx.change(ctx, "writing a status entry", `UPDATE status_blocks SET entries = $1 || substr(entries, 2) WHERE chunk = $2 AND start = $3`,
		letter(state), chunk, start)
}
