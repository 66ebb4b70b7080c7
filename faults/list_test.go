package faults_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yizheng/batch/sample"
)

// list is a file of applications that the batch command issues, as often as it
// takes.
type list struct {
	d       *district
	path    string
	holders []string
	at      *process
}

// list writes a file of so many applications, which are not the clerks'.
func (d *district) list(maker *sample.Maker, first, rows int) *list {
	d.t.Helper()
	l := &list{d: d, path: filepath.Join(d.dir, fmt.Sprintf("list-%d.jsonl", first))}
	var all []byte
	for n := first; n < first+rows; n++ {
		app := maker.Application(n)
		line, err := json.Marshal(app)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(append(all, line...), '\n')
		l.holders = append(l.holders, string(app.Holder.CreditCode))
	}
	if err := os.WriteFile(l.path, all, 0o644); err != nil {
		d.t.Fatal(err)
	}
	return l
}

// go on runs the command, unless it runs.
func (l *list) goOn() {
	l.d.t.Helper()
	if l.at != nil {
		select {
		case <-l.at.ended:
		default:
			return
		}
	}
	l.at = start(l.d.t, 0, "batch", "issue", "--data", l.d.data, "--json", l.path)
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.said = append(l.d.said, l.at.log)
}

// end lets the command come to its end.
func (l *list) end() {
	l.d.t.Helper()
	l.goOn()
	// With its documents a row takes a tenth of that, on a machine of one's own.
	if err := l.at.finished(2*time.Minute + time.Duration(len(l.holders))*100*time.Millisecond); err != nil {
		l.d.t.Fatalf("batch issue: %v\n%s", err, l.at.log)
	}
}

// audit holds the list against the register and its own results, and takes
// what is of it out of the licenses by holder.
func (l *list) audit(a *auditor, of map[string][]*licenseRow) {
	results := make(map[string]bool)
	f, err := os.Open(l.path + ".result.csv")
	if err != nil {
		a.d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		a.d.t.Fatal(err)
	}
	for _, line := range lines[1:] {
		results[line[3]] = true
	}
	if len(lines)-1 != len(l.holders) || len(results) != len(l.holders) {
		a.errorf("%s: %d rows, %d results of %d licenses", l.path, len(l.holders), len(lines)-1, len(results))
	}
	for _, holder := range l.holders {
		found := of[holder]
		delete(of, holder)
		if len(found) != 1 || len(found[0].issued()) != 1 {
			a.errorf("%s of %s has %d licenses", holder, l.path, len(found))
			continue
		}
		if identifier := found[0].issued()[0].identifier; !results[identifier] {
			a.errorf("the results of %s do not name %s", l.path, identifier)
		}
	}
}
