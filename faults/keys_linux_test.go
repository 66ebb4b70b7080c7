package faults_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// office is a district with its own root, whose keys somebody works on from the
// command line. Nothing serves.
type office struct {
	t    testing.TB
	dir  string // holds all of it, to be copied
	keys map[string]string
}

// Days of the story. The theft is known a day after the last license was
// issued, and before the forged one.
const (
	opened   = "2026-11-24T10:00:00+08:00"
	stolenAt = "2026-11-25T00:00:00+08:00"
	knownAt  = "2026-11-26T00:00:00+08:00"
)

func (o *office) data() string { return filepath.Join(o.dir, "district") }

// newOffice issues a license, and has a thief issue another by the same keys.
// Where a key was followed by another, the former is old.
func newOffice(t testing.TB, rotated bool) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir()}
	command(t, "init", "--data", o.data(), "--demonstration", "--at", opened)
	o.issue("restaurant-3-permits", "honest", opened)
	o.keys = o.active()
	thief := o.copy()
	thief.issue("bookstore-cafe-5-permits", "forged", stolenAt)
	if err := os.CopyFS(filepath.Join(o.dir, "forged"), os.DirFS(filepath.Join(thief.dir, "forged"))); err != nil {
		t.Fatal(err)
	}
	if rotated {
		command(t, "keys", "rotate", "--data", o.data(), "--use", "license", "--overlap", "0", "--at", opened)
	}
	return o
}

// copy copies all that there is into a new folder.
func (o *office) copy() *office {
	o.t.Helper()
	dir := o.t.TempDir()
	if out, err := exec.Command("cp", "-a", o.dir+"/.", dir).CombinedOutput(); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	return &office{t: o.t, dir: dir, keys: o.keys}
}

// issue issues a license and gives the file with its code.
func (o *office) issue(example, out, at string) {
	o.t.Helper()
	command(o.t, o.issuing(example, out, at)...)
}

func (o *office) issuing(example, out, at string) []string {
	return []string{"issue", filepath.Join("..", "examples", example+".json"), "--data", o.data(), "--at", at, "--out", filepath.Join(o.dir, out)}
}

// code is the file with the code of a license that was issued into a folder.
func (o *office) code(folder string) string {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, folder, "*.txt"))
	if err != nil || len(found) != 1 {
		o.t.Fatal(folder, found, err)
	}
	return found[0]
}

// verified gives the outcome of a code by what the office has published.
func (o *office) verified(code, at string) string {
	o.t.Helper()
	out, complaints, _ := try("verify", code, "--trust", filepath.Join(o.data(), "trust.json"), "--status", filepath.Join(o.data(), "status"), "--at", at, "--json")
	var r struct {
		Outcome string `json:"outcome"`
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		o.t.Fatalf("%v: %s%s", err, out, complaints)
	}
	return r.Outcome
}

// active gives the id of the key in use, by use.
func (o *office) active() map[string]string {
	o.t.Helper()
	var lines []struct{ Use, State, KeyID string }
	if err := json.Unmarshal([]byte(command(o.t, "keys", "list", "--data", o.data(), "--json")), &lines); err != nil {
		o.t.Fatal(err)
	}
	ids := make(map[string]string)
	for _, l := range lines {
		if l.State == "active" {
			ids[l.Use] = l.KeyID
		}
	}
	return ids
}

// TestKeysKilled kills the commands that work on keys right before each thing
// that they leave on the disk. The same command, given again, finishes what was
// begun. Nothing that was closed counts again, no honest license is lost, also
// none that was issued between the kill and the second run.
func TestKeysKilled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		rotated bool
		args    func(o *office) []string
		use     string // whose key is another afterwards; empty where nothing is issued any more
		forged  string // outcome of what the thief has signed
	}{
		{"compromise", false, func(o *office) []string {
			return []string{"keys", "compromise", "--key", o.keys["license"], "--since", stolenAt}
		}, "license", "not_genuine"},
		{"compromise of a status key", false, func(o *office) []string {
			return []string{"keys", "compromise", "--key", o.keys["status"], "--since", stolenAt}
		}, "status", ""},
		{"rotate", false, func(*office) []string { return []string{"keys", "rotate", "--use", "license", "--overlap", "0"} }, "license", ""},
		{"retire", true, func(o *office) []string {
			return []string{"keys", "retire", "--key", o.keys["license"], "--closing-list"}
		}, "license", "not_genuine"},
		{"close", false, func(*office) []string { return []string{"keys", "close", "--yes"} }, "", "not_genuine"},
		{"retire without a list", true, func(o *office) []string { return []string{"keys", "retire", "--key", o.keys["license"]} }, "license", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			first := newOffice(t, c.rotated)
			args := func(o *office) []string { return append(c.args(o), "--data", o.data(), "--at", knownAt) }
			steps, _, _ := killedAt(t, 0, args(first.copy())...)
			if steps < 10 {
				t.Fatalf("%d steps: what is a step?", steps)
			}
			stride := times((steps+3)/4, 1)
			begin, tried := 1+random(t).IntN(stride), 0
			for n := begin; n <= steps; n += stride {
				o := first.copy()
				_, said, killed := killedAt(t, n, args(o)...)
				if !killed {
					break // a step less than the first time
				}
				tried++
				_, _, err := try(o.issuing("gym-rare-characters", "between", knownAt)...)
				issued := err == nil
				if out, complaints, err := try(args(o)...); err != nil {
					t.Fatalf("killed before step %d of %d; given again: %v\n%s%s\nthe first time it said:\n%s", n, steps, err, out, complaints, said)
				}
				want := map[string]string{o.code("honest"): "valid"}
				if c.use == "" {
					if out, _, err := try(o.issuing("convenience-store-8-permits", "after", knownAt)...); err == nil {
						t.Errorf("step %d: the district goes on issuing: %s", n, out)
					}
				} else {
					if id := o.active()[c.use]; id == "" || id == o.keys[c.use] {
						t.Errorf("step %d: %s is in use", n, id)
					}
					o.issue("convenience-store-8-permits", "after", knownAt)
					want[o.code("after")] = "valid"
				}
				if issued {
					want[o.code("between")] = "valid"
				}
				if c.forged != "" {
					want[o.code("forged")] = c.forged
				}
				for code, outcome := range want {
					if got := o.verified(code, knownAt); got != outcome {
						t.Errorf("step %d: %s is %s, want %s", n, strings.TrimPrefix(code, o.dir), got, outcome)
					}
				}
			}
			t.Logf("%d of %d steps", tried, steps)
		})
	}
}
