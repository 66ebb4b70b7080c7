package register_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/dispute"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// lived makes a register on SQLite in which something of everything happened,
// closed, and gives its path.
func lived(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	queue, err := library.NewQueue(nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "register.db")
	s, err := register.Create(ctx, path, register.Config{Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	live(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// live lets something of everything happen to a register.
func live(t *testing.T, s *register.Store) {
	t.Helper()
	ctx := context.Background()
	clock := issuertest.NewClock()
	i := issuertest.New(t, s, clock)
	apps := []catalog.Application{issuertest.Application(t, issuertest.Bookstore), issuertest.Application(t, issuertest.Gym)}
	for n := range 20 {
		apps = append(apps, issuertest.Numbered(t, n))
	}
	issued, err := i.Issue(ctx, apps, issuer.Order{Actor: operator, Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	first := issued[0].License
	app := apps[0]
	app.Holder.Premises += "二楼"
	_, change := i.Change(ctx, first.Identifier.Base(), app, issuer.Order{Actor: operator})
	_, act := i.SetPermit(ctx, first.Number, first.Permits[1].Number, issuer.Suspend, "检查", issuer.Order{Actor: operator})
	_, withdrawal := i.Withdraw(ctx, issued[3].License.Number, "歇业", issuer.Order{Actor: operator, Key: "act"})
	_, publishing := i.Publish(ctx)
	_, document := s.PutDocument(ctx, register.Document{Identifier: issued[1].License.Identifier.String(), MediaType: "application/pdf",
		Template: "1", Font: "1", Seal: "章", Signer: "人", SignedAt: clock.Now(), Content: []byte("%PDF \x00\xff")})
	verification := s.AddVerification(ctx, license.Verification{ID: "1", License: first.Identifier, Outcome: "valid", At: clock.Now(),
		Region: "310105", Purpose: "检查", Organisation: "局", Operator: "甲"})
	part := s.PutBatchPart(ctx, "job", "", register.BatchInput, 0, []byte("a,b\n\xff"), clock.Now())
	_, job := s.AddBatchJob(ctx, register.BatchJob{ID: "job", Key: "key", Work: "issue", Format: "csv", Subject: "甲", Authority: "局", CreatedAt: clock.Now()}, "甲")
	session := s.PutSession(ctx, "digest", "{}", clock.Now(), clock.Now().Add(time.Hour))
	_, tallies := s.Tallies(ctx, license.DateOf(clock.Now())-3, license.DateOf(clock.Now()), clock.Now())
	link := s.AddLink(ctx, holder.Link{ID: "link", Holder: first.Holder.CreditCode, MadeAt: clock.Now(), MadeBy: "甲"}, 1)
	closing := s.CloseKey(ctx, issuer.ClosedKey{KeyID: "stolen", At: clock.Now(), Actor: "甲"})
	parts := s.PutClosing(ctx, "stolen", "digest", map[string][]byte{"digest": []byte("{}\x00\xff")})
	_, _, contest := s.AddDispute(ctx, dispute.Kept{Direction: dispute.Received, State: dispute.Open, Signed: "a.b.c", KeptAt: clock.Now(), Statement: dispute.Statement{
		ID: "1", From: "330400", To: "310105", License: first.Identifier, Reason: dispute.PremisesDiffer}}, "甲", 0, time.Time{})
	if err := errors.Join(contest, change, act, withdrawal, publishing, document, verification, part, job, session, tallies, link, closing, parts); err != nil {
		t.Fatal(err)
	}
}

func target(t *testing.T) register.Postgres {
	t.Helper()
	queue, err := library.NewPostgresQueue(nil)
	if err != nil {
		t.Fatal(err)
	}
	return register.Postgres{URL: postgrestest.Database(t), Queue: queue}
}

// tablesOf gives the register's own tables in a file.
func tablesOf(t *testing.T, path string) []string {
	t.Helper()
	s, err := register.Open(t.Context(), path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return texts(t, s.SQLite(), `SELECT name FROM sqlite_schema WHERE type = 'table'
		AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'river%'`)
}

// TestMove moves a register and goes on with it.
func TestMove(t *testing.T) {
	ctx := context.Background()
	path, to := lived(t), target(t)
	tables := tablesOf(t, path)
	moved, err := register.Move{Path: path, To: to}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		if !slices.ContainsFunc(moved, func(m register.MovedTable) bool { return m.Table == name }) {
			t.Errorf("%s stayed behind", name)
		}
	}
	rows := map[string]int64{}
	for _, m := range moved {
		rows[m.Table] = m.Rows
		if len(m.SHA256) != 64 || m.Rows == 0 {
			t.Errorf("%+v", m)
		}
	}
	if rows["licenses"] != 22 || rows["versions"] != 23 || rows["documents"] != 1 || len(moved) != len(tables) {
		t.Errorf("moved %v", rows)
	}
	if _, err := register.Open(ctx, path, register.Config{}); !errors.Is(err, register.ErrMovedAway) {
		t.Errorf("the file can still be opened: %v", err)
	}
	unused, err := register.OpenPostgres(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	examined, err := unused.Examine(ctx, false)
	if err = errors.Join(err, unused.Close()); err != nil {
		t.Fatal(err)
	}
	for _, fault := range examined.Faults {
		if strings.Contains(fault, "sequence of identities") {
			t.Error(fault)
		}
	}
	if again, err := (register.Move{Path: path, To: to}).Run(ctx); err != nil || len(again) != 0 {
		t.Errorf("moving again: %v, %v", again, err)
	}
	s, err := register.OpenPostgres(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	i := issuertest.New(t, s, issuertest.NewClock())
	// A start has nothing to sign anew, and every table is known to the planner.
	if built, err := i.Refresh(ctx); err != nil || len(built.Lists)+len(built.Records) != 0 {
		t.Errorf("after the move %d lists and %d records were signed, %v", len(built.Lists), len(built.Records), err)
	}
	for _, name := range tables {
		var known bool
		if err := s.Postgres().QueryRow(ctx, `SELECT reltuples > 0 FROM pg_class WHERE relname = $1`, name).Scan(&known); err != nil || !known {
			t.Errorf("nothing was counted of %s, %v", name, err)
		}
	}
	issued, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, 500)}, issuer.Order{Actor: operator})
	if err != nil || issued[0].License.Identifier.Serial != "20260000023" {
		t.Errorf("the next license is %+v, %v", issued, err)
	}
	// The documents that were not made are to be made: 23 versions, less one.
	var jobs int
	if err := s.Postgres().QueryRow(ctx, `SELECT COUNT(*) FROM river_job WHERE kind = 'render_document'`).Scan(&jobs); err != nil || jobs != 23 {
		t.Errorf("%d documents are to be made, want 22 and the new one's, %v", jobs, err)
	}
}

// TestMoveGoesOn interrupts a move at every page, and begins again.
func TestMoveGoesOn(t *testing.T) {
	path, to := lived(t), target(t)
	interrupted := 0
	for stop := 1; ; stop++ {
		ctx, cancel := context.WithCancel(context.Background())
		steps := 0
		_, err := register.Move{Path: path, To: to, Progress: func(register.MoveProgress) {
			if steps++; steps == stop {
				cancel()
			}
		}}.Run(ctx)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d: %v", interrupted, err)
		}
		interrupted++
		if _, err := register.OpenPostgres(context.Background(), to); !errors.Is(err, register.ErrMovedAway) {
			t.Fatalf("a half-copied register was opened: %v", err)
		}
		if _, err := register.Open(context.Background(), path, register.Config{}); !errors.Is(err, register.ErrMovedAway) {
			t.Fatalf("the register was opened while it is moved: %v", err)
		}
		// Another register does not go into the same database.
		if interrupted == 1 {
			if _, err := (register.Move{Path: lived(t), To: to}).Run(context.Background()); !errors.Is(err, register.ErrExists) {
				t.Errorf("two registers in one database: %v", err)
			}
		}
		if stop > 100 {
			t.Fatal("it never came to an end")
		}
	}
	if interrupted < 10 {
		t.Errorf("it was interrupted %d times only", interrupted)
	}
	s, err := register.OpenPostgres(context.Background(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if found, err := s.Recent(context.Background(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), 100); err != nil || len(found) != 22 {
		t.Errorf("%d licenses, %v", len(found), err)
	}
}

// TestMoveRefuses is what a move does not go on from.
func TestMoveRefuses(t *testing.T) {
	ctx := context.Background()
	path, to := lived(t), target(t)
	open, err := register.Open(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := open.Ready(ctx); err != nil { // a node that only looks on
		t.Fatal(err)
	}
	if _, err := (register.Move{Path: path, To: to}).Run(ctx); !errors.Is(err, register.ErrInUse) {
		t.Errorf("while a node has it open: %v", err)
	}
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	other, address := createPostgres(t)
	issueOne(t, other, issuertest.NewClock())
	if _, err := (register.Move{Path: path, To: register.Postgres{URL: address}}).Run(ctx); !errors.Is(err, register.ErrExists) {
		t.Errorf("into another register: %v", err)
	}
	foreign := postgrestest.Database(t)
	postgrestest.Exec(t, foreign, `CREATE TABLE something (x INTEGER)`)
	if _, err := (register.Move{Path: path, To: register.Postgres{URL: foreign}}).Run(ctx); !errors.Is(err, register.ErrExists) {
		t.Errorf("into somebody's tables: %v", err)
	}
	if _, err := (register.Move{Path: path + "x", To: to}).Run(ctx); !errors.Is(err, register.ErrMissing) {
		t.Errorf("a missing file: %v", err)
	}
	if s, err := register.Open(ctx, path, register.Config{}); err != nil {
		t.Errorf("what was refused cannot be opened: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
	// One octet that differs shows, and the copy is not opened.
	differing := false
	_, err = register.Move{Path: path, To: to, Progress: func(p register.MoveProgress) {
		if p.Comparing && !differing {
			differing = true
			postgrestest.Exec(t, to.URL, `UPDATE documents SET content = content || '\x00'`)
		}
	}}.Run(ctx)
	if !errors.Is(err, register.ErrDiffers) || !strings.Contains(err.Error(), "documents") {
		t.Errorf("a document that differs: %v", err)
	}
	if _, err := register.OpenPostgres(ctx, to); !errors.Is(err, register.ErrMovedAway) {
		t.Errorf("a copy that differs was opened: %v", err)
	}
	if err := register.Stay(ctx, path); err != nil {
		t.Fatal(err)
	}
	if s, err := register.Open(ctx, path, register.Config{}); err != nil {
		t.Errorf("what stays cannot be opened: %v", err)
	} else if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestSchemasAgree wants the same tables and columns on both databases, and
// the next migration under the same number.
func TestSchemasAgree(t *testing.T) {
	ctx := context.Background()
	lite, _ := create(t)
	post, _ := createPostgres(t)
	rows, err := lite.SQLite().Query(`SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var onLite, onPost []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			t.Fatal(err)
		}
		onLite = append(onLite, c)
	}
	columns, err := post.Postgres().Query(ctx, `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer columns.Close()
	for columns.Next() {
		var c string
		if err := columns.Scan(&c); err != nil {
			t.Fatal(err)
		}
		onPost = append(onPost, c)
	}
	slices.Sort(onLite)
	slices.Sort(onPost)
	if !slices.Equal(onLite, onPost) || len(onLite) < 80 {
		t.Errorf("SQLite has %v,\nPostgreSQL %v", onLite, onPost)
	}
	var versions [2]int
	const last = `SELECT MAX(version_id) FROM goose_db_version`
	if err := errors.Join(lite.SQLite().QueryRow(last).Scan(&versions[0]), post.Postgres().QueryRow(ctx, last).Scan(&versions[1])); err != nil || versions[0] != versions[1] {
		t.Errorf("schemas %v, %v", versions, err)
	}
	moved, err := register.Move{Path: lived(t), To: target(t)}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range onLite {
		table, _, _ := strings.Cut(c, ".")
		if !slices.ContainsFunc(moved, func(m register.MovedTable) bool { return m.Table == table }) {
			t.Errorf("%s is not moved", table)
		}
	}
}

// TestMoveOfManyLinks: a table whose key is octets is copied by pages like any
// other.
func TestMoveOfManyLinks(t *testing.T) {
	ctx := context.Background()
	path, to := lived(t), target(t)
	s, err := register.Open(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.SQLite().Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
		INSERT INTO holder_links (hash, id, holder, made_at, made_by) SELECT randomblob(32), 'link ' || i, 'holder', 1, 'test' FROM n`)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	moved, err := register.Move{Path: path, To: to}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(moved, func(m register.MovedTable) bool { return m.Table == "holder_links" && m.Rows == 12_001 }) {
		t.Errorf("moved %v", moved)
	}
}
