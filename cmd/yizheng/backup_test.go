//go:build !race

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yizheng/exchange/exchangetest"
	"yizheng/library"
	"yizheng/register/postgrestest"
)

// office is a district at whose desk licenses are issued, with a library. No
// identifier may leave the house twice, whatever happens to the register.
type office struct {
	t         *testing.T
	dir, data string
	filing    []string // flags that name the library

	sync.Mutex
	issued map[string]bool // by identifier
	last   string          // license number of the newest
}

func newOffice(t *testing.T, init ...string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), issued: make(map[string]bool)}
	o.data = filepath.Join(o.dir, "district")
	books, err := library.NewReceiver(context.Background(), library.ReceiverConfig{Path: filepath.Join(o.dir, "library.db"), Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(books)
	t.Cleanup(func() {
		server.Close()
		if err := books.Close(); err != nil {
			t.Error(err)
		}
	})
	token := filepath.Join(o.dir, "token")
	if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.filing = []string{"--library", server.URL, "--library-token-file", token}
	o.run(append([]string{"init", "--data", o.data, "--demonstration", "--url", fmt.Sprintf("http://localhost:%d", exchangetest.FreePort(t))}, init...)...)
	return o
}

func (o *office) run(args ...string) string {
	o.t.Helper()
	exit, out, complaints := runMain("", args...)
	if exit != 0 {
		o.t.Errorf("%v: exit %d, %s%s", args, exit, out, complaints)
	}
	return out
}

// application writes an application with permits that no other number has.
func (o *office) application(n int, of string) string {
	text := fmt.Sprintf(`{"industry": "饭店",
  "holder": {"name": "上海%s餐饮管理有限公司", "creditCode": "91310105MA1K3Q7E2L", "representative": "沈国良", "premises": "上海市长宁区愚园路1088弄48号2-3层"},
  "permits": [{"matter": "公众聚集场所投入使用、营业前消防安全检查", "number": "沪长消安检字〔2025〕第%04d号", "authority": "上海市长宁区消防救援支队", "scope": "建筑面积486平方米", "validFrom": "2025-06-02"},
    {"matter": "户外招牌设置许可", "number": "长绿容招〔2026〕%04d号", "authority": "上海市长宁区绿化和市容管理局", "scope": "店招1块", "validFrom": "2026-03-01", "validUntil": "2029-02-28"}]}`, of, n, n)
	path := filepath.Join(o.dir, fmt.Sprintf("application-%d-%s.json", n, of))
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		o.t.Error(err)
	}
	return path
}

// issue issues a license, or with a number a new version of that one, and
// gives its identifier and its code.
func (o *office) issue(data string, n int, of string, change ...string) (identifier, code string) {
	o.t.Helper()
	args := []string{"issue"}
	if len(change) > 0 {
		args = []string{"change", "--license", change[0]}
	}
	out := o.run(append(args, "--data", data, "--out", filepath.Join(o.dir, fmt.Sprintf("out-%d-%s", n, of)), "--json", o.application(n, of))...)
	type result struct {
		Identifier, Number string
		QR                 struct{ Text string }
	}
	var all []result
	if strings.HasPrefix(out, "{") {
		out = "[" + out + "]"
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		o.t.Errorf("%v in %s", err, out)
		return "", ""
	}
	o.Lock()
	defer o.Unlock()
	if o.issued[all[0].Identifier] {
		o.t.Errorf("%s was given twice", all[0].Identifier)
	}
	o.issued[all[0].Identifier], o.last = true, all[0].Number
	return all[0].Identifier, all[0].QR.Text
}

// passphrase writes a file with one.
func (o *office) passphrase() string {
	path := filepath.Join(o.dir, "passphrase")
	if err := os.WriteFile(path, []byte("correct horse\n"), 0o600); err != nil {
		o.t.Error(err)
	}
	return path
}

// verify gives the outcome of a code at a verifier that remembers.
func (o *office) verify(data, code string) string {
	exit, out, complaints := runMain("", "verify", "--trust", trustPath(data), "--status", filepath.Join(data, "status"),
		"--state", filepath.Join(o.dir, "remembered"), "--json", code)
	var result struct {
		Outcome string
		Checks  []struct{ Name, Reason string }
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		o.t.Errorf("exit %d, %v, %s%s", exit, err, out, complaints)
	}
	if result.Outcome == "unknown" {
		o.t.Log(result.Checks)
	}
	return result.Outcome
}

// TestRestoredDistrictGoesOn backs a district up while it serves and issues,
// lets it issue more, takes it away and restores the backup.
func TestRestoredDistrictGoesOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, first := o.issue(o.data, 1, "第一")
	changed := o.last
	_, other := o.issue(o.data, 2, "第二")
	acted := o.last
	o.run(append([]string{"library", "deliver", "--data", o.data}, o.filing...)...)
	startNode(t, ourselves(t), fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)), "--data", o.data)
	archive, words := filepath.Join(o.dir, "backup.tar.gz"), o.passphrase()
	var busy sync.WaitGroup
	for n := range 2 {
		busy.Go(func() { o.issue(o.data, 100+n, "其间") })
	}
	o.run("backup", "--data", o.data, "--out", archive, "--secrets-passphrase-file", words)
	busy.Wait()
	if exit, _, _ := runMain("", "backup", "--data", o.data, "--out", archive); exit != exitUsage {
		t.Errorf("a backup was overwritten: exit %d", exit)
	}
	// All of this is lost, but for what the library and verifiers have.
	_, lost := o.issue(o.data, 200, "失去")
	_, second := o.issue(o.data, 1, "第一改", changed)
	o.run("permit", "suspend", "--data", o.data, "--license", acted, "--permit", "长绿容招〔2026〕0002号", "--reason", "整改")
	o.run(append([]string{"library", "deliver", "--data", o.data}, o.filing...)...)
	for code, want := range map[string]string{first: "invalid", lost: "valid", second: "valid", other: "partially_valid"} {
		if got := o.verify(o.data, code); got != want {
			t.Errorf("before the loss %s, want %s", got, want)
		}
	}

	restored := filepath.Join(o.dir, "restored")
	o.run("restore", "--from", archive, "--data", restored, "--secrets-passphrase-file", words)
	if exit, _, said := runMain("", "restore", "--from", archive, "--data", restored); exit != exitUsage || !strings.Contains(said, "not empty") {
		t.Errorf("into a full directory: exit %d, %s", exit, said)
	}
	o.run("register", "check", "--data", restored, "--documents")
	out := o.run(append([]string{"library", "reconcile", "--data", restored, "--json"}, o.filing...)...)
	for _, reason := range []string{library.DiffAhead, library.DiffUnknown} {
		if !strings.Contains(out, `"`+reason+`"`) {
			t.Errorf("reconciling does not find what is %s: %s", reason, out)
		}
	}
	_, fresh := o.issue(restored, 300, "新")
	o.run("permit", "revoke", "--data", restored, "--license", acted, "--permit", "长绿容招〔2026〕0002号", "--reason", "整改")
	// What the library had of a license beyond the register, and what comes
	// now, do not collide.
	o.run(append([]string{"library", "deliver", "--data", restored}, o.filing...)...)
	if out := o.run("library", "outbox", "--data", restored); !strings.HasPrefix(out, "pending 0, dead 0") {
		t.Errorf("after delivery: %s", out)
	}
	// A version that follows a lost one has a number of its own. The library
	// takes it only when somebody there puts the lost one right.
	third, again := o.issue(restored, 1, "第一再改", changed)
	if !strings.Contains(third, ".011.") {
		t.Errorf("the version that follows a lost one is %s", third)
	}
	for name, test := range map[string]struct{ code, want string }{
		"changed": {first, "invalid"}, "changed again": {again, "valid"},
		"of the lost days": {lost, "unknown"}, // on the day of its issue; revoked from the next on
		"fresh":            {fresh, "valid"}, "acted on": {other, "partially_valid"},
	} {
		if got := o.verify(restored, test.code); got != test.want {
			t.Errorf("after the loss, %s is %s, want %s", name, got, test.want)
		}
	}
	o.run("register", "check", "--data", restored, "--documents")
}

// TestBackupKeepsSecretsApart looks for key material in archives.
func TestBackupKeepsSecretsApart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	plain, sealed := filepath.Join(o.dir, "plain.tar.gz"), filepath.Join(o.dir, "sealed.tar.gz")
	// A file that is worked on is in the register, and larger than any secret.
	if err := os.MkdirAll(filepath.Join(o.data, "batches", "job"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.data, "batches", "job", "rows.csv"), make([]byte, 17<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	o.run("backup", "--data", o.data, "--out", plain)
	o.run("backup", "--data", o.data, "--out", sealed, "--secrets-passphrase-file", o.passphrase())
	for _, archive := range []string{plain, sealed} {
		list, err := exec.Command("tar", "tzf", archive).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{".jwk", "token.key", "root/", "batches"} {
			if bytes.Contains(list, []byte(name)) {
				t.Errorf("%s has %s: %s", filepath.Base(archive), name, list)
			}
		}
	}
	bare := filepath.Join(o.dir, "bare")
	o.run("restore", "--from", plain, "--data", bare)
	if exit, _, said := runMain("", "issue", "--data", bare, "--out", o.dir, o.application(1, "无")); exit != exitUsage || !strings.Contains(said, "keys") {
		t.Errorf("without keys: exit %d, %s", exit, said)
	}
	// The keys come back from where they are kept.
	if err := os.CopyFS(filepath.Join(bare, "keys-back"), os.DirFS(keysDir(o.data))); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(keysDir(o.data), func(path string, d fs.DirEntry, _ error) error {
		if strings.HasSuffix(path, ".jwk") {
			to := filepath.Join(keysDir(bare), filepath.Base(path))
			if err := os.WriteFile(to, mustRead(t, path), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return nil
	})
	o.issue(bare, 1, "有")
	wrong := filepath.Join(o.dir, "wrong")
	if err := os.WriteFile(wrong, []byte("no"), 0o600); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(o.dir, "into")
	if exit, _, said := runMain("", "restore", "--from", sealed, "--data", into, "--secrets-passphrase-file", wrong); exit != exitUsage || !strings.Contains(said, "passphrase") {
		t.Errorf("wrong passphrase: exit %d, %s", exit, said)
	}
	if left, err := os.ReadDir(into); err != nil || len(left) > 0 {
		t.Errorf("after a wrong passphrase: %v, %v", left, err)
	}
}

// TestPostgreSQLComesBack copies a register with pg_dump, loses what follows,
// and restores it into an empty database.
func TestPostgreSQLComesBack(t *testing.T) {
	t.Parallel()
	from, to := postgrestest.Database(t), postgrestest.Database(t)
	o := newOffice(t, "--postgres", from)
	o.issue(o.data, 1, "第一")
	number := o.last
	archive, dump := filepath.Join(o.dir, "backup.tar.gz"), filepath.Join(o.dir, "register.dump")
	o.run("backup", "--data", o.data, "--out", archive, "--secrets-passphrase-file", o.passphrase())
	postgres(t, "pg_dump", "--format=custom", "--no-owner", "--file", dump, from)
	o.issue(o.data, 2, "失去")
	o.issue(o.data, 1, "第一改", number)

	postgres(t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname", to, dump)
	restored := filepath.Join(o.dir, "restored")
	out := o.run("restore", "--from", archive, "--data", restored, "--secrets-passphrase-file", o.passphrase(), "--json")
	var manifest struct{ At string }
	if err := json.Unmarshal([]byte(out), &manifest); err != nil {
		t.Fatal(err)
	}
	configure(t, filepath.Join(restored, settingsFile), map[string]any{"database": map[string]any{"postgres": map[string]any{"url": to}}})
	o.run("register", "check", "--data", restored, "--documents")
	o.run("register", "restored", "--data", restored, "--as-of", manifest.At)
	o.issue(restored, 3, "新")
	o.issue(restored, 1, "第一再改", number)
	o.run("register", "check", "--data", restored)

	// A sequence that was left behind, and a counter, are found.
	postgrestest.Exec(t, to, `SELECT setval(pg_get_serial_sequence('versions', 'id'), 1, false)`)
	postgrestest.Exec(t, to, `UPDATE serials SET last = 1`)
	exit, out, _ := runMain("", "register", "check", "--data", restored)
	if exit != 1 || !strings.Contains(out, "sequence of identities") || !strings.Contains(out, "year's counter") {
		t.Errorf("exit %d, %s", exit, out)
	}
}

// postgres runs one of PostgreSQL's own programs.
func postgres(t *testing.T, name string, args ...string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("/usr/lib/postgresql/*/bin", name))
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s: make tools installs it", name)
	}
	if out, err := exec.Command(found[len(found)-1], args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
