package register

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// movedTable is what moving knows of a table.
type movedTable struct {
	name    string
	columns []string
	key     []string // the columns of its primary key, in order
}

// inOrder are the tables in an order in which each refers only to those before
// it, but for a license's current version.
const inOrder = `serials batches licenses versions version_permits claims permit_states status_chunks status_blocks
	license_records outbox_heads outbox documents verifications audit
	batch_jobs batch_parts tallies sessions holder_links disputes closed_keys closing_parts acts_done`

// movable reads the columns of every table.
func movable(ctx context.Context, source *sql.DB) ([]movedTable, error) {
	var tables []movedTable
	for name := range strings.FieldsSeq(inOrder) {
		t := movedTable{name: name}
		type field struct {
			name string
			key  int
		}
		fields, err := list(ctx, sqlQuerier{source}, "reading the schema", func(r row) (f field, err error) {
			return f, r.Scan(&f.name, &f.key)
		}, `SELECT name, pk FROM pragma_table_info($1) ORDER BY cid`, name)
		if err != nil {
			return nil, err
		}
		t.key = make([]string, len(fields))
		keys := 0
		for _, f := range fields {
			t.columns = append(t.columns, f.name)
			if f.key > 0 {
				t.key[f.key-1] = f.name
				keys++
			}
		}
		if t.key = t.key[:keys]; keys == 0 {
			return nil, fmt.Errorf("the table %s is missing, or has no key", name)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (t movedTable) selecting() string {
	return `SELECT ` + strings.Join(t.columns, ", ") + ` FROM ` + t.name
}

// pages is how many rows are copied in one transaction.
func (t movedTable) pages() int {
	if t.name == "documents" || t.name == "batch_parts" {
		return 50 // of some hundred kilobytes each
	}
	return 5000
}

// copyTable copies what was not copied yet, page by page: each with the note
// of how far it went, or not at all.
func (m Move) copyTable(ctx context.Context, source *sql.DB, target *onPostgres, t movedTable) error {
	p := MoveProgress{Table: t.name}
	if err := source.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+t.name).Scan(&p.Total); err != nil {
		return err
	}
	var after sql.NullString
	var done bool
	if err := target.queryRow(ctx, `SELECT after, rows, done FROM moving WHERE name = $1`, t.name).Scan(&after, &p.Done, &done); err != nil {
		return err
	}
	for !done {
		page, err := t.page(ctx, source, after)
		if err != nil {
			return err
		}
		done = len(page) < t.pages()
		if len(page) > 0 {
			if after.String, err = t.keyOf(page[len(page)-1]); err != nil {
				return err
			}
			after.Valid = true
		}
		err = pgx.BeginFunc(ctx, target.pool, func(tx pgx.Tx) error {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(page)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE moving SET after = $2, rows = rows + $3, done = $4 WHERE name = $1`, t.name, after, len(page), done)
			return err
		})
		if err != nil {
			return explained(ctx, err)
		}
		p.Done += int64(len(page))
		m.tell(p)
	}
	return nil
}

func (m Move) tell(p MoveProgress) {
	if m.Progress != nil {
		m.Progress(p)
	}
}

// page reads the rows that come after a key.
func (t movedTable) page(ctx context.Context, source *sql.DB, after sql.NullString) ([][]any, error) {
	var where string
	var args []any
	if after.Valid {
		d := json.NewDecoder(strings.NewReader(after.String))
		d.UseNumber()
		if err := d.Decode(&args); err != nil {
			return nil, fmt.Errorf("reading how far it has come: %w", err)
		}
		marks := make([]string, len(args))
		for n, a := range args {
			marks[n] = fmt.Sprintf("$%d", n+1)
			switch a := a.(type) {
			case json.Number:
				if args[n], _ = a.Int64(); a.String() != fmt.Sprint(args[n]) {
					return nil, fmt.Errorf("reading how far it has come: %s is no whole number", a)
				}
			case []any: // octets, which SQLite sorts behind every text
				if len(a) != 1 {
					return nil, errors.New("reading how far it has come: a part of a key is a list")
				}
				octets, err := base64.StdEncoding.DecodeString(fmt.Sprint(a[0]))
				if err != nil {
					return nil, fmt.Errorf("reading how far it has come: %w", err)
				}
				args[n] = octets
			}
		}
		where = ` WHERE (` + strings.Join(t.key, ", ") + `) > (` + strings.Join(marks, ", ") + `)`
	}
	return list(ctx, sqlQuerier{source}, "reading", t.scan,
		t.selecting()+where+` ORDER BY `+strings.Join(t.key, ", ")+fmt.Sprintf(` LIMIT %d`, t.pages()), args...)
}

// scan reads the values of a row: whole numbers, texts, octets and nothing.
func (t movedTable) scan(r row) ([]any, error) {
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for n := range values {
		into[n] = &values[n]
	}
	return values, r.Scan(into...)
}

// keyOf writes a row's key down: a JSON array, in which octets are an array of
// their own.
func (t movedTable) keyOf(values []any) (string, error) {
	key := make([]any, len(t.key))
	for n, k := range t.key {
		for c, column := range t.columns {
			if column == k {
				key[n] = values[c]
				if octets, ok := values[c].([]byte); ok {
					key[n] = [][]byte{octets}
				}
			}
		}
	}
	b, err := json.Marshal(key)
	return string(b), err
}
