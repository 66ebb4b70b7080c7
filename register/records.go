package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/license"
)

// Request implements issuer.Records.
func (s *Store) Request(ctx context.Context, key string) (issuer.Request, error) {
	var r issuer.Request
	err := s.reading(ctx, "reading a request", func(q querier) error {
		var hash []byte
		var answer string
		err := q.queryRow(ctx, `SELECT id, phase = 'prepared', request_hash, answer FROM batches WHERE request_key = $1`, key).
			Scan(&r.Batch, &r.Left, &hash, &answer)
		if err != nil {
			return err
		}
		copy(r.Hash[:], hash)
		if err := json.Unmarshal([]byte(answer), &r.Answer); err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		return nil
	})
	return r, err
}

const versionColumns = `v.id, v.license, v.text, v.state, v.issued_at`

// scanVersion reads a row of versionColumns and then the permits' states.
func scanVersion(ctx context.Context, q querier, r row) (issuer.Version, error) {
	var v issuer.Version
	var id, issued int64
	var text string
	if err := r.Scan(&id, &text, &v.Text, (*string)(&v.State), &issued); err != nil {
		return issuer.Version{}, err
	}
	v.IssuedAt = instant(issued)
	if err := json.Unmarshal([]byte(text), &v.License); err != nil {
		return issuer.Version{}, fmt.Errorf("reading a license: %w", err)
	}
	states, err := statesOf(ctx, q, id)
	v.States = states
	return v, err
}

// Version implements issuer.Records.
func (s *Store) Version(ctx context.Context, identifier string) (v issuer.Version, _ error) {
	err := s.reading(ctx, "reading a version", func(q querier) (err error) {
		v, err = scanVersion(ctx, q, q.queryRow(ctx, `SELECT `+versionColumns+` FROM versions v
			WHERE v.identifier = $1 AND v.state <> 'void' AND v.text IS NOT NULL`, identifier))
		return err
	})
	return v, err
}

// CurrentOf implements issuer.Records.
func (s *Store) CurrentOf(ctx context.Context, contents [][32]byte) ([]string, error) {
	of := make(map[[32]byte]string)
	for some := range slices.Chunk(contents, contentsAtOnce) {
		_, err := list(ctx, s.db, "looking for current versions", func(r row) (none struct{}, _ error) {
			var content []byte
			var identifier string
			err := r.Scan(&content, &identifier)
			var key [32]byte
			copy(key[:], content)
			of[key] = identifier
			return none, err
		}, `SELECT content, identifier FROM versions
			WHERE content IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
			AND state IN ('prepared', 'valid') AND state = 'valid'`, asked(some)...)
		if err != nil {
			return nil, err
		}
	}
	identifiers := make([]string, len(contents))
	for n, content := range contents {
		identifiers[n] = of[content]
	}
	return identifiers, nil
}

// Current implements issuer.Records.
func (s *Store) Current(ctx context.Context, id string) (v issuer.Version, _ error) {
	err := s.reading(ctx, "reading a license", func(q querier) (err error) {
		v, err = scanVersion(ctx, q, q.queryRow(ctx, `SELECT `+versionColumns+` FROM licenses l
			JOIN versions v ON v.id = l.current WHERE `+naming(id), baseOf(id)))
		return err
	})
	return v, err
}

// root begins every e-license identifier.
const root = "1.2.156.3005.2."

// naming says by which column id names a license.
func naming(id string) string {
	if strings.HasPrefix(id, root) {
		return `l.base = $1`
	}
	return `l.number = $1`
}

// baseOf takes version and check character off a full identifier; what is
// none stays as it is.
func baseOf(id string) string {
	if parsed, err := license.ParseIdentifier(id); err == nil {
		return parsed.Base()
	}
	return id
}

// Versions gives every issued version of a license, the first one first; base
// is its identifier without version and check character.
func (s *Store) Versions(ctx context.Context, base string) (versions []issuer.RecordedVersion, _ error) {
	err := s.reading(ctx, "reading a license's versions", func(q querier) (err error) {
		if versions, err = versionsOf(ctx, q, base); err == nil && len(versions) == 0 {
			err = sql.ErrNoRows
		}
		return err
	})
	return versions, err
}
