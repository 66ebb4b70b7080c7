package faults_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
)

// ledger is everything that register and library have written down, read
// behind their backs.
type ledger struct {
	licenses  map[string]*licenseRow // by base
	blocks    []block
	given     map[string]int    // how many serials of a year were given
	states    map[string]string // of permits that were acted on, by their number
	heads     map[string]int64  // the last event of each license
	outbox    map[string][]event
	filed     map[string][]event // in the library's books
	documents map[string][]document
	prepared  int // batches that nobody has finished
}

type licenseRow struct {
	base, number, holder, state string
	versions                    []version // in order, void ones too
}

type version struct {
	identifier, state, text string
	number, chunk, start    int
	current                 bool
	content                 struct {
		IssueDate license.Date
		Holder    struct{ Premises string }
		Permits   []struct{ Number string }
	}
}

// block is the place of a version's entries on a status list.
type block struct {
	chunk, start, length int
	entries              string
	owned                bool
}

// event is a filing as it was sent, or is to be.
type event struct {
	license  string
	sequence int64
	kind     metadata.Kind
	body     string // the whole filing
	state    string // of the outbox
	receipt  string
	received time.Time // of the library
}

// document is a sealed document, by its real digest and the one on record.
type document struct{ form, digest, recorded string }

// each reads a query row by row.
func each(t testing.TB, db *sql.DB, query string, into []any, f func() error) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if err := f(); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count reads the one number that a query gives.
func count(t testing.TB, db *sql.DB, query string) (n int) {
	t.Helper()
	each(t, db, query, []any{&n}, func() error { return nil })
	return n
}

// read reads everything.
func (d *district) read() *ledger {
	d.t.Helper()
	l := &ledger{licenses: map[string]*licenseRow{}, given: map[string]int{}, states: map[string]string{}, heads: map[string]int64{},
		outbox: map[string][]event{}, filed: map[string][]event{}, documents: map[string][]document{}}
	register := d.register()
	l.readLicenses(d.t, register)
	l.readPlaces(d.t, register)
	l.readOutbox(d.t, register)
	l.readDocuments(d.t, register)
	l.readFiled(d.t, d.books())
	return l
}

func (l *ledger) readLicenses(t testing.TB, db *sql.DB) {
	t.Helper()
	var row licenseRow
	each(t, db, `SELECT base, number, holder_code, state FROM licenses`, []any{&row.base, &row.number, &row.holder, &row.state}, func() error {
		own := row
		l.licenses[row.base] = &own
		return nil
	})
	var v version
	var base, content string
	each(t, db, `SELECT v.base, v.identifier, v.version, v.state, COALESCE(v.text, ''), v.status_chunk, v.status_start, v.license,
		v.id = COALESCE(l.current, 0) FROM versions v JOIN licenses l ON l.base = v.base ORDER BY v.base, v.version, v.id`,
		[]any{&base, &v.identifier, &v.number, &v.state, &v.text, &v.chunk, &v.start, &content, &v.current}, func() error {
			own := v
			l.licenses[base].versions = append(l.licenses[base].versions, own)
			return json.Unmarshal([]byte(content), &l.licenses[base].versions[len(l.licenses[base].versions)-1].content)
		})
	var number, state string
	each(t, db, `SELECT number, state FROM permit_states`, []any{&number, &state}, func() error {
		l.states[number] = state
		return nil
	})
	l.prepared = count(t, db, `SELECT COUNT(*) FROM batches WHERE phase = 'prepared'`)
}

func (l *ledger) readPlaces(t testing.TB, db *sql.DB) {
	t.Helper()
	var year string
	var last int
	each(t, db, `SELECT CAST(year AS TEXT), last FROM serials`, []any{&year, &last}, func() error {
		l.given[year] = last
		return nil
	})
	var b block
	each(t, db, `SELECT chunk, start, length, entries, version IS NOT NULL FROM status_blocks ORDER BY chunk, start`,
		[]any{&b.chunk, &b.start, &b.length, &b.entries, &b.owned}, func() error {
			l.blocks = append(l.blocks, b)
			return nil
		})
}

func (l *ledger) readOutbox(t testing.TB, db *sql.DB) {
	t.Helper()
	var of, kind, state, receipt string
	var sequence, at int64
	var body []byte
	each(t, db, `SELECT license, last FROM outbox_heads`, []any{&of, &sequence}, func() error {
		l.heads[of] = sequence
		return nil
	})
	each(t, db, `SELECT license, sequence, kind, at, body, state, receipt FROM outbox ORDER BY license, sequence`,
		[]any{&of, &sequence, &kind, &at, &body, &state, &receipt}, func() error {
			filing, err := json.Marshal(metadata.Event{License: of, Kind: metadata.Kind(kind), At: time.Unix(at, 0).UTC(), Body: body}.Filing(sequence))
			l.outbox[of] = append(l.outbox[of], event{
				license: of, sequence: sequence, kind: metadata.Kind(kind), body: string(filing), state: state, receipt: receipt,
			})
			return err
		})
}

func (l *ledger) readDocuments(t testing.TB, db *sql.DB) {
	t.Helper()
	var identifier, form, digest string
	var content []byte
	each(t, db, `SELECT identifier, form, sha256, content FROM documents`, []any{&identifier, &form, &digest, &content}, func() error {
		l.documents[identifier] = append(l.documents[identifier], document{form, fmt.Sprintf("%x", sha256.Sum256(content)), digest})
		return nil
	})
}

func (l *ledger) readFiled(t testing.TB, db *sql.DB) {
	t.Helper()
	var of, kind, receipt string
	var sequence, received int64
	var body []byte
	each(t, db, `SELECT license, sequence, kind, body, receipt, received_at FROM filings ORDER BY license, sequence`,
		[]any{&of, &sequence, &kind, &body, &receipt, &received}, func() error {
			l.filed[of] = append(l.filed[of], event{
				license: of, sequence: sequence, kind: metadata.Kind(kind), body: string(body), receipt: receipt, received: time.Unix(received, 0),
			})
			return nil
		})
}
