package register_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"yizheng/register"
)

// TestMigrateKeepsDocuments brings a register of the first schema to today's.
func TestMigrateKeepsDocuments(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "register.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations/sqlite"), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.UpTo(ctx, 1); err != nil {
		t.Fatal(err)
	}
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
