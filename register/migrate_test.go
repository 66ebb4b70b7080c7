package register_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"

	"yizheng/register"
)

// TestMigrateKeepsDocuments brings a register of the first schema to today's.
func TestMigrateKeepsDocuments(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "register.db")
	db := atSchema(t, path, 1)
	if _, err := db.Exec(`INSERT INTO documents VALUES ('1.2', 'application/pdf', '1', '1', '章', '人', 1764000000, 'aa', CAST('content' AS BLOB))`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := register.Migrate(ctx, path, register.Config{}); err != nil {
		t.Fatal(err)
	}
	s, err := register.Open(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d, err := s.Document(ctx, "1.2", ""); err != nil || string(d.Content) != "content" || d.SHA256 != "aa" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestLiftedLooks: the foreign keys that are lifted are gone for who has the file
// open already, and nothing else is.
func TestLiftedLooks(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "register.db")
	db := atSchema(t, path+"?_foreign_keys=1&_journal_mode=WAL", 11)
	defer func() { _ = db.Close() }()
	for _, statement := range []string{
		`INSERT INTO batches (id, request_hash, answer, phase, actor, prepared_at) VALUES ('b', x'00', '[]', 'issued', 'a', 1)`,
		`INSERT INTO licenses (base, number, holder_code, holder_name, industry, state) VALUES ('l', 'n', 'c', 'h', 'i', 'valid')`,
		`INSERT INTO claims (authority, number, base) VALUES ('a', 'of one', 'l')`,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	orphan, err := db.PrepareContext(ctx, `INSERT INTO claims (authority, number, base) VALUES ('a', 'of none', 'none')`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = orphan.Close() }()
	if _, err := orphan.ExecContext(ctx); err == nil {
		t.Fatal("schema 11 takes a claim of no license, so that this test shows nothing")
	}
	const columns = `SELECT m.name || ' ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1`
	before := texts(t, db, columns)

	if err := register.Migrate(ctx, path, register.Config{}); err != nil {
		t.Fatal(err)
	}
	if _, err := orphan.ExecContext(ctx); err != nil {
		t.Errorf("who had the file open still looks it up: %v", err)
	}
	if got := texts(t, db, columns); !slices.Equal(got, before) {
		t.Errorf("the tables were\n%q\nand are\n%q", before, got)
	}
	want := []string{"license_records base licenses", "licenses current versions", "status_blocks chunk status_chunks", "status_blocks version versions", "versions base licenses", "versions batch batches"}
	if got := texts(t, db, `SELECT m.name || ' ' || k."from" || ' ' || k."table" FROM sqlite_schema m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY 1`); !slices.Equal(got, want) {
		t.Errorf("what is looked up: %q", got)
	}
	if got := texts(t, db, `SELECT number FROM claims ORDER BY number`); !slices.Equal(got, []string{"of none", "of one"}) {
		t.Errorf("claims %q", got)
	}
	if got := texts(t, db, `SELECT integrity_check FROM pragma_integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("the file: %q", got)
	}
}

// atSchema makes a register of an older schema.
func atSchema(t *testing.T, source string, schema int64) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", source)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations/sqlite"), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

// texts gives the answers to a query of one column.
func texts(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
