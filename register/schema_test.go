package register_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yizheng/issuer/issuertest"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// TestNewerSchemaOfTheSameEra: a program goes on with a register that a newer
// one has brought forward, and one that is begun anew opens it; nothing takes
// it away from there.
func TestNewerSchemaOfTheSameEra(t *testing.T) {
	ctx := context.Background()
	t.Run("sqlite", func(t *testing.T) {
		s, path := create(t)
		for _, statement := range []string{
			`CREATE TABLE next_things (x INTEGER) STRICT`,
			`ALTER TABLE licenses ADD COLUMN remark TEXT NOT NULL DEFAULT ''`,
			`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`,
		} {
			if _, err := s.SQLite().Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		issueOne(t, s, issuertest.NewClock())
		again, err := register.Open(ctx, path, register.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(again.Ready(ctx), again.Close(), register.Migrate(ctx, path, register.Config{})); err != nil {
			t.Error(err)
		}
		if _, err := s.SQLite().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (1001, 1)`); err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(ctx); !errors.Is(err, register.ErrNewer) {
			t.Errorf("in the next era it is ready: %v", err)
		}
	})
	t.Run("sqlite is not moved", func(t *testing.T) {
		s, path := create(t)
		if _, err := s.SQLite().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := (register.Move{Path: path, To: register.Postgres{URL: postgrestest.Database(t)}}).Run(ctx); !errors.Is(err, register.ErrNewer) {
			t.Errorf("moved: %v", err)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		address := postgrestest.Database(t)
		at := register.Postgres{URL: address}
		s, err := register.CreatePostgres(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		postgrestest.Exec(t, address, `CREATE TABLE next_things (x BIGINT)`)
		postgrestest.Exec(t, address, `ALTER TABLE licenses ADD COLUMN remark TEXT NOT NULL DEFAULT ''`)
		postgrestest.Exec(t, address, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`)
		issueOne(t, s, issuertest.NewClock())
		again, err := register.OpenPostgres(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(again.Ready(ctx), again.Close(), register.MigratePostgres(ctx, at)); err != nil {
			t.Error(err)
		}
		postgrestest.Exec(t, address, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (1001, true)`)
		if err := s.Ready(ctx); !errors.Is(err, register.ErrNewer) {
			t.Errorf("in the next era it is ready: %v", err)
		}
	})
}

// What a migration may do to a register that an older program works with. A
// table that the same migration makes is nobody else's yet.
var (
	makesTable = regexp.MustCompile(`(?i)^CREATE TABLE (\w+)`)
	onTable    = regexp.MustCompile(`(?i)^CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?\w+ ON (\w+)`)
	addsColumn = regexp.MustCompile(`(?i)^ALTER TABLE (\w+) ADD (?:COLUMN )?`)
	onlyAdds   = []*regexp.Regexp{
		makesTable,
		regexp.MustCompile(`(?i)^CREATE INDEX `),
		regexp.MustCompile(`(?i)^(INSERT INTO|UPDATE|SELECT) `),
		// Less is forbidden than before.
		regexp.MustCompile(`(?i)^ALTER TABLE \w+ DROP CONSTRAINT \w+_fkey$`),
		regexp.MustCompile(`(?i)^(LOCK TABLE|SET LOCAL lock_timeout) `),
		// Likewise on SQLite, where a view that comes and goes has every connection
		// read the tables' text again.
		regexp.MustCompile(`^PRAGMA writable_schema = (ON|RESET)$`),
		regexp.MustCompile(`^(CREATE|DROP) VIEW lifted( AS SELECT 1)?$`),
	}
	// lifts is what may be done to the text of a table on SQLite.
	lifts    = regexp.MustCompile(`^UPDATE sqlite_schema SET sql = replace\(sql, ' REFERENCES \w+ \(\w+\)', ''\) WHERE type = 'table' AND name = '\w+'$`)
	comments = regexp.MustCompile(`(?m)--.*$`)
)

// breaks gives what in a migration an older program could not live with.
func breaks(migration string) (all []string) {
	made := make(map[string]bool)
	for statement := range strings.SplitSeq(comments.ReplaceAllString(migration, ""), ";") {
		statement = strings.Join(strings.Fields(statement), " ")
		if m := makesTable.FindStringSubmatch(statement); m != nil {
			made[m[1]] = true
		}
		if statement == "" || adds(statement, made) {
			continue
		}
		all = append(all, statement)
	}
	return all
}

func adds(statement string, made map[string]bool) bool {
	if m := addsColumn.FindStringSubmatch(statement); m != nil {
		upper := strings.ToUpper(statement)
		return made[m[1]] || !strings.Contains(upper, " UNIQUE") && !strings.Contains(upper, " CHECK") && !strings.Contains(upper, " ADD CONSTRAINT") &&
			(!strings.Contains(upper, "NOT NULL") || strings.Contains(upper, "DEFAULT"))
	}
	if m := onTable.FindStringSubmatch(statement); m != nil && made[m[1]] {
		return true
	}
	if strings.Contains(strings.ToLower(statement), "sqlite_") {
		return lifts.MatchString(statement)
	}
	for _, pattern := range onlyAdds {
		if pattern.MatchString(statement) {
			return true
		}
	}
	return false
}

// firstAdding is the first schema whose successors only add.
const firstAdding = 3

// TestMigrationsOnlyAdd holds every migration but one that begins an era to the
// rule of docs/decisions/schema.md.
func TestMigrationsOnlyAdd(t *testing.T) {
	looked := 0
	for _, folder := range []string{"migrations/sqlite", "migrations/postgres"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			number, err := strconv.Atoi(filepath.Base(f)[:5])
			if err != nil {
				t.Fatal(err)
			}
			if number <= firstAdding || number%1000 == 1 {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			looked++
			for _, statement := range breaks(string(b)) {
				t.Errorf("%s: an older program could not live with: %s", f, statement)
			}
		}
	}
	if looked < 4 {
		t.Errorf("only %d migrations were looked at", looked)
	}
}

func TestWhatBreaks(t *testing.T) {
	for statement, bad := range map[string]bool{
		`CREATE TABLE a (x TEXT NOT NULL); CREATE UNIQUE INDEX a_x ON a (x); ALTER TABLE a ADD COLUMN y TEXT NOT NULL;`:            false,
		`CREATE INDEX licenses_by_x ON licenses (x);`:                                                                              false,
		`ALTER TABLE licenses ADD COLUMN x TEXT; UPDATE licenses SET x = number; -- ALTER TABLE a DROP COLUMN x`:                   false,
		`ALTER TABLE licenses ADD COLUMN x TEXT NOT NULL DEFAULT '';`:                                                              false,
		`ALTER TABLE licenses ADD COLUMN x TEXT NOT NULL;`:                                                                         true,
		`ALTER TABLE licenses ADD COLUMN x TEXT UNIQUE;`:                                                                           true,
		`ALTER TABLE licenses ADD CONSTRAINT c CHECK (x > 0);`:                                                                     true,
		`ALTER TABLE claims DROP CONSTRAINT claims_base_fkey;`:                                                                     false,
		`ALTER TABLE claims DROP CONSTRAINT claims_pkey;`:                                                                          true,
		`CREATE UNIQUE INDEX licenses_by_x ON licenses (x);`:                                                                       true,
		`ALTER TABLE licenses DROP COLUMN number;`:                                                                                 true,
		`ALTER TABLE licenses RENAME TO lists;`:                                                                                    true,
		`UPDATE sqlite_schema SET sql = replace(sql, ' REFERENCES licenses (base)', '') WHERE type = 'table' AND name = 'claims';`: false,
		`UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table' AND name = 'claims';`:                   true,
		`UPDATE OR IGNORE sqlite_schema SET sql = '';`:                                                                             true,
		`INSERT INTO sqlite_master VALUES (1);`:                                                                                    true,
		`UPDATE status_blocks SET entries = '';`:                                                                                   false,
		`DROP VIEW licenses;`:                                                                                                      true,
		`DROP TABLE audit;`:                                                                                                        true,
		`DELETE FROM outbox;`:                                                                                                      true,
		`CREATE TRIGGER t BEFORE INSERT ON licenses BEGIN SELECT RAISE(ABORT, 'no'); END;`:                                         true,
	} {
		if got := breaks(statement); (len(got) > 0) != bad {
			t.Errorf("%s: breaks %q", statement, got)
		}
	}
}
