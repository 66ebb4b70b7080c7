package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
)

// Examined is what looking through a whole register found.
type Examined struct {
	Rows   map[string]int64 `json:"rows"`
	Faults []string         `json:"faults"` // empty: the register is whole
}

// Examine looks through the whole register, on one moment of it: that its rows
// agree with each other, that no counter is behind what it has counted, and,
// where documents is set, that each document has its digest. It is for a
// register that was restored.
func (s *Store) Examine(ctx context.Context, documents bool) (Examined, error) {
	found := Examined{Faults: []string{}}
	var err error
	if found.Rows, err = s.Rows(ctx); err != nil {
		return found, err
	}
	err = s.reading(ctx, "examining the register", func(q querier) error {
		found.Faults = found.Faults[:0]
		for _, rule := range rules(s) {
			broken, err := column[string](ctx, q, rule.about, rule.query)
			if err != nil {
				return err
			}
			for _, b := range broken {
				found.Faults = append(found.Faults, rule.about+": "+b)
			}
		}
		if !documents {
			return nil
		}
		broken, err := spoilt(ctx, q)
		found.Faults = append(found.Faults, broken...)
		return err
	})
	return found, err
}

// rule is a question whose answers are faults.
type rule struct{ about, query string }

func rules(s *Store) []rule {
	all := []rule{
		{"a serial is above its year's counter", `SELECT MAX(l.base) FROM licenses l
			LEFT JOIN serials s ON s.year = CAST(substr(l.base, length(l.base) - 10, 4) AS INTEGER)
			WHERE COALESCE(s.last, 0) < CAST(substr(l.base, length(l.base) - 6) AS INTEGER) GROUP BY substr(l.base, length(l.base) - 10, 4)`},
		{"a license has no current version of its own", `SELECT l.base FROM licenses l LEFT JOIN versions v ON v.id = l.current
			WHERE l.state IN ('valid', 'withdrawn') AND (v.id IS NULL OR v.base <> l.base OR v.text IS NULL) LIMIT 20`},
		{"a version is of no license", `SELECT v.identifier FROM versions v WHERE NOT EXISTS (SELECT 1 FROM licenses l WHERE l.base = v.base) LIMIT 20`},
		{"a version has no status entries", `SELECT v.identifier FROM versions v WHERE v.text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM status_blocks b
			WHERE b.chunk = v.status_chunk AND b.start = v.status_start AND b.version = v.id) LIMIT 20`},
		{"a version lists no permits", `SELECT v.identifier FROM versions v WHERE v.state <> 'void'
			AND NOT EXISTS (SELECT 1 FROM version_permits p WHERE p.version = v.id) LIMIT 20`},
		{"an event is above its license's counter", `SELECT o.license FROM outbox o LEFT JOIN outbox_heads h ON h.license = o.license
			WHERE o.sequence > COALESCE(h.last, 0) LIMIT 20`},
		{"a license was never queued for the library", `SELECT l.base FROM licenses l WHERE l.state IN ('valid', 'withdrawn')
			AND NOT EXISTS (SELECT 1 FROM outbox_heads h WHERE h.license = l.base) LIMIT 20`},
		{"a document is of no version", `SELECT d.identifier FROM documents d WHERE NOT EXISTS (
			SELECT 1 FROM versions v WHERE v.identifier = d.identifier AND v.state <> 'void') LIMIT 20`},
		// What no database looks up row by row.
		{"a permit is of no version", `SELECT p.authority || ' ' || p.number FROM version_permits p
			WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = p.version) LIMIT 20`},
		{"a permit is claimed by no license", `SELECT c.authority || ' ' || c.number FROM claims c
			WHERE NOT EXISTS (SELECT 1 FROM licenses l WHERE l.base = c.base) LIMIT 20`},
	}
	if s.Postgres() == nil {
		return append(all,
			rule{"the file is damaged", `SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'`},
			rule{"a row refers to one that is not there", `SELECT DISTINCT "table" FROM pragma_foreign_key_check`})
	}
	// What PostgreSQL does not look up row by row.
	all = append(all, rule{"status entries are of no version or list", `SELECT b.chunk || ' ' || b.start FROM status_blocks b
		WHERE b.version IS NOT NULL AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = b.version)
		OR NOT EXISTS (SELECT 1 FROM status_chunks c WHERE c.chunk = b.chunk) LIMIT 20`})
	// A table that was restored without its sequence gives a number twice.
	for _, table := range []string{"versions", "audit"} {
		all = append(all, rule{"the sequence of identities is behind", `SELECT '` + table + `' FROM ` + table + `
			HAVING COALESCE(MAX(id), 0) > COALESCE(pg_sequence_last_value(pg_get_serial_sequence('` + table + `', 'id')::regclass), 0)`})
	}
	return all
}

// documentsAtOnce is how many documents are read by one statement.
const documentsAtOnce = 256

// spoilt gives the documents whose bytes are not those that were sealed.
func spoilt(ctx context.Context, q querier) (faults []string, _ error) {
	var identifier, form string // of the last one that was read
	for {
		read, err := list(ctx, q, "reading documents", func(r row) (none struct{}, _ error) {
			var digest string
			var content []byte
			if err := r.Scan(&identifier, &form, &digest, &content); err != nil {
				return none, err
			}
			if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != digest {
				faults = append(faults, "a document is not what was sealed: "+identifier)
			}
			return none, nil
		}, `SELECT identifier, form, sha256, content FROM documents WHERE (identifier, form) > ($1, $2) ORDER BY identifier, form LIMIT $3`,
			identifier, form, documentsAtOnce)
		if err != nil || len(read) < documentsAtOnce {
			return faults, err
		}
	}
}
