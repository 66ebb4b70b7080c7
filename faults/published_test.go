package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"yizheng/status"
	"yizheng/trust"
)

// letters are how the register writes an entry, and what it is to read.
var letters = map[byte]status.Value{
	'V': status.Valid, 'R': status.Revoked, 'S': status.Suspended, 'P': status.Superseded, 'W': status.Withdrawn, 'C': status.Cancelled,
}

// published holds the lists that a node serves against the register, entry by
// entry.
func (a *auditor) published() {
	raw, err := os.ReadFile(filepath.Join(a.d.data, "trust.json"))
	if err != nil {
		a.d.t.Fatal(err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		a.d.t.Fatal(err)
	}
	want := make(map[int]*[status.ChunkSize]status.Value)
	for _, b := range a.blocks {
		if want[b.chunk] == nil {
			want[b.chunk] = new([status.ChunkSize]status.Value)
			for n := range want[b.chunk] {
				want[b.chunk][n] = status.Revoked
			}
		}
		for n := range b.length {
			if b.owned {
				want[b.chunk][b.start+n] = letters[b.entries[n]]
			}
		}
	}
	for chunk, entries := range want {
		token := a.get(fmt.Sprintf("/status/%d", chunk))
		claimed, err := status.Peek(token)
		if err != nil {
			a.errorf("list %d: %v", chunk, err)
			continue
		}
		list, err := status.Parse(token, bundle.KeysByID(claimed.KeyID)[0].PublicKey)
		if err != nil {
			a.errorf("list %d: %v", chunk, err)
			continue
		}
		for n, value := range entries {
			if got := list.At(uint32(n)); got != value {
				a.errorf("list %d, entry %d: it says %v, the register %v", chunk, n, got, value)
			}
		}
	}
}

func (a *auditor) get(path string) string {
	a.d.t.Helper()
	answer, err := asking.Get(a.d.nodes[0].url + path)
	if err != nil {
		a.d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		a.d.t.Fatalf("%s: %d, %v", path, answer.StatusCode, err)
	}
	return string(body)
}

// verdict is what a verifier says of a code.
type verdict struct {
	Outcome string
	Checks  []struct{ Name, Status, Reason string }
	License struct {
		Identifier string
		Permits    []struct{ Number, State string }
	}
}

// verdicts lets every node verify the codes of every version.
func (a *auditor) verdicts() {
	var ask sync.WaitGroup
	turns := make(chan struct{}, 8)
	for _, l := range a.licenses {
		for _, v := range l.issued() {
			for _, n := range a.d.nodes {
				turns <- struct{}{}
				ask.Go(func() {
					defer func() { <-turns }()
					a.verdict(n, l, v)
				})
			}
		}
	}
	ask.Wait()
}

// verdict holds what a node says of a version against the register. A node
// takes over what another has published within a second or two; how long that
// is on a busy machine is not what is asked here.
func (a *auditor) verdict(n *node, l *licenseRow, v version) {
	var why string
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		got, err := verify(n.url, v.text)
		if why = a.misjudged(got, l, v); err == nil && why == "" {
			return
		}
		if time.Now().After(until) {
			a.errorf("%s at %s: %s, %v", v.identifier, n.url, why, err)
			return
		}
	}
}

func (a *auditor) misjudged(got verdict, l *licenseRow, v version) string {
	if got.License.Identifier != v.identifier {
		return fmt.Sprintf("read as %q: %s", got.License.Identifier, got.Outcome)
	}
	if v.content.IssueDate.Start().After(time.Now().Add(a.d.ahead)) {
		// A clock that was ahead has issued it: nobody takes it before its day.
		if got.Outcome != "unknown" && got.Outcome != "invalid" {
			return got.Outcome + ", and it is of another day"
		}
		return ""
	}
	inForce := 0
	for _, p := range got.License.Permits {
		want := a.states[p.Number]
		if want == "" {
			want = "valid"
		}
		if p.State != want {
			return fmt.Sprintf("permit %s is %s in place of %s: %s, %v", p.Number, p.State, want, v.content.IssueDate, got.Checks)
		}
		if want == "valid" {
			inForce++
		}
	}
	want := "valid"
	switch {
	case !v.current || l.state == "withdrawn" || inForce == 0:
		want = "invalid"
	case inForce < len(got.License.Permits):
		want = "partially_valid"
	}
	if got.Outcome != want {
		return fmt.Sprintf("%s in place of %s: %v", got.Outcome, want, got.Checks)
	}
	return ""
}

// verify asks a node what it says of a code.
func verify(node, text string) (v verdict, _ error) {
	answer, err := asking.Post(node+"/v1/verify", "text/plain", strings.NewReader(text))
	if err != nil {
		return v, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return v, fmt.Errorf("status %d", answer.StatusCode)
	}
	return v, json.NewDecoder(answer.Body).Decode(&v)
}

// ownLook lets the program look at its register and at the library, and reads
// what its processes have said.
func (a *auditor) ownLook() {
	if out, complaints, err := try("register", "check", "--data", a.d.data, "--documents"); err != nil {
		a.errorf("register check: %v\n%s%s", err, out, complaints)
	}
	out, complaints, err := try("library", "reconcile", "--data", a.d.data, "--dry-run", "--json")
	var found struct {
		Compared, Agreed int
		Differences      []any
	}
	if err == nil {
		err = json.Unmarshal([]byte(out), &found)
	}
	if err != nil || found.Compared != found.Agreed || len(found.Differences) > 0 {
		a.errorf("library reconcile: %v\n%s%s", err, out, complaints)
	}
	for _, r := range a.d.said {
		for line := range strings.Lines(r.String()) {
			if strings.Contains(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
				a.errorf("a process says: %s", line)
			}
		}
	}
}
