package faults_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yizheng/library/metadata"
)

// auditor looks at what a story has left, and says what does not hold:
//
//   - Nothing that was acknowledged is lost, and nothing is there that nobody
//     asked for. Whose answer was never seen is done as a whole, or not at all.
//   - No license is there twice, no serial and no place on a status list was
//     given twice, and none was given that the counters do not know of.
//   - Every event of a license is in the outbox, numbered without a gap, and in
//     the library's books once, with the same bytes and its receipt, in order.
//   - Every version has one sealed document, which is the one that was filed.
//   - The published lists say of each entry what the register says, and
//     "revoked" of all others; every code verifies as what it is.
//   - The program's own look at it (register check, library reconcile) agrees,
//     and no process has panicked.
type auditor struct {
	*ledger
	d      *district
	clerks *clerks
	lists  []*list
}

// rescued is after how long the jobs of a process that was killed, or that
// could not say how they ended, are taken over by another.
const rescued = 6 * time.Minute

// audit lets the time pass in which jobs are taken over, waits until everything
// has settled, and looks at it all.
func (d *district) audit(c *clerks, lists ...*list) {
	d.t.Helper()
	d.jump(rescued)
	d.settle(2 * time.Minute)
	a := &auditor{ledger: d.read(), d: d, clerks: c, lists: lists}
	a.acknowledgements()
	a.uniqueness()
	a.filings()
	a.sealed()
	a.published()
	a.verdicts()
	a.ownLook()
}

func (a *auditor) errorf(format string, args ...any) {
	a.d.t.Helper()
	a.d.t.Errorf(format, args...)
}

// outstanding is what is to come to an end by itself, and a query for how much of
// it is left.
type outstanding struct{ what, query string }

// settle waits until nothing is left to be delivered, drawn or published.
func (d *district) settle(within time.Duration) {
	d.t.Helper()
	d.drawn(within)
	d.ends(within,
		outstanding{"everything is delivered", `SELECT COUNT(*) FROM outbox WHERE state <> 'delivered'`},
		outstanding{"every list is published", `SELECT COUNT(*) FROM status_chunks WHERE built < change AND used > 0`},
		outstanding{"every record is published", `SELECT COUNT(*) FROM license_records WHERE built < change`},
	)
}

// drawn waits until every version has its document.
func (d *district) drawn(within time.Duration) {
	d.t.Helper()
	d.ends(within,
		outstanding{"every batch is issued or given up", `SELECT COUNT(*) FROM batches WHERE phase = 'prepared'`},
		outstanding{"every version has its document", `SELECT COUNT(*) FROM versions v WHERE v.text IS NOT NULL AND NOT EXISTS
			(SELECT 1 FROM documents d WHERE d.identifier = v.identifier AND d.form = '')`},
	)
}

// ends waits for one after the other, so long for each.
func (d *district) ends(within time.Duration, all ...outstanding) {
	d.t.Helper()
	db := d.register()
	for _, of := range all { // each follows on those before it
		began := time.Now()
		for {
			asked := time.Now()
			n := count(d.t, db, of.query)
			if n == 0 {
				break
			}
			if time.Since(began) > within {
				d.t.Fatalf("not within %v: %s; %d are left\n%s\n%s", within, of.what, n, d.undelivered(db), d.lastWords())
			}
			time.Sleep(20*time.Millisecond + 10*time.Since(asked)) // a long look is not to take the time of those who work
		}
	}
}

// undelivered gives what keeps events from being delivered.
func (d *district) undelivered(db *sql.DB) string {
	var b strings.Builder
	var of, state, problem string
	var sequence, attempts, next int64
	each(d.t, db, `SELECT license, sequence, state, attempts, next_at, problem FROM outbox WHERE state <> 'delivered' ORDER BY license, sequence LIMIT 10`,
		[]any{&of, &sequence, &state, &attempts, &next, &problem}, func() error {
			_, err := fmt.Fprintf(&b, "%s/%d is %s after %d attempts, next at %v: %s\n", of, sequence, state, attempts, time.Unix(next, 0), problem)
			return err
		})
	var job string
	for _, query := range []string{
		`SELECT kind || ' ' || id || ' is ' || state || ', attempt ' || attempt || ' at ' || COALESCE(CAST(attempted_at AS TEXT), '-') || ', for ' || CAST(scheduled_at AS TEXT)
			|| ': ' || CAST(args AS TEXT) FROM river_job WHERE state <> 'completed' ORDER BY id LIMIT 10`,
		`SELECT leader_id || ' leads until ' || CAST(expires_at AS TEXT) FROM river_leader`,
	} {
		each(d.t, db, query, []any{&job}, func() error { b.WriteString(job + "\n"); return nil })
	}
	return b.String()
}

// saidOf gives the lines of the log that name the request of an answer.
func (d *district) saidOf(answer []byte) string {
	var problem struct{ RequestID string }
	if err := json.Unmarshal(answer, &problem); err != nil || problem.RequestID == "" {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, r := range d.said {
		for line := range strings.Lines(r.String()) {
			if strings.Contains(line, problem.RequestID) {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// lastWords gives the ends of what the processes have said.
func (d *district) lastWords() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, r := range d.said[max(0, len(d.said)-4):] {
		said := r.String()
		b.WriteString(said[max(0, len(said)-2000):] + "\n")
	}
	return b.String()
}

// acknowledgements holds the dossiers against the register.
func (a *auditor) acknowledgements() {
	of := make(map[string][]*licenseRow) // by the holder's code
	for _, l := range a.licenses {
		if l.state != "void" {
			of[l.holder] = append(of[l.holder], l)
		}
	}
	for _, o := range a.clerks.dossiers {
		holder := string(o.app.Holder.CreditCode)
		found := of[holder]
		delete(of, holder)
		switch {
		case len(found) > 1:
			a.errorf("%s has %d licenses", holder, len(found))
			continue
		case len(found) == 0:
			if len(o.sure.texts) > 0 {
				a.errorf("the license of %s is lost: %s", holder, o.number)
			}
			continue
		}
		why := a.differs(found[0], o.sure)
		for _, s := range o.maybe {
			if why != "" {
				why = a.differs(found[0], s)
			}
		}
		if why != "" {
			a.errorf("license %s of %s: %s (there are %d other ways that would do)", found[0].number, holder, why, len(o.maybe))
		}
	}
	for _, l := range a.lists {
		l.audit(a, of)
	}
	for holder, found := range of {
		a.errorf("nobody has asked for the license %s of %s", found[0].number, holder)
	}
}

// differs says in what a license differs from what a dossier says; empty for
// in nothing.
func (a *auditor) differs(l *licenseRow, s standing) string {
	issued := l.issued()
	if len(issued) != len(s.texts) {
		return fmt.Sprintf("%d versions in place of %d", len(issued), len(s.texts))
	}
	for n, text := range s.texts {
		if text != "" && text != issued[n].text {
			return fmt.Sprintf("version %d has another code than was acknowledged", n+1)
		}
	}
	if len(issued) == 0 {
		return ""
	}
	newest := issued[len(issued)-1]
	if newest.content.Holder.Premises != s.premises {
		return fmt.Sprintf("the premises are %q in place of %q", newest.content.Holder.Premises, s.premises)
	}
	if (l.state == "withdrawn") != s.withdrawn {
		return "it is " + l.state
	}
	for _, p := range newest.content.Permits {
		state := a.states[p.Number]
		if state == "" {
			state = "valid"
		}
		if s.permits[p.Number] != state {
			return fmt.Sprintf("permit %s is %s in place of %s", p.Number, state, s.permits[p.Number])
		}
	}
	acts := 0
	for _, e := range a.outbox[l.base] {
		if e.kind == metadata.Status {
			acts++
		}
	}
	if acts != s.acts {
		return fmt.Sprintf("%d acts in place of %d", acts, s.acts)
	}
	return ""
}

// issued gives the versions that were not given up, in order.
func (l *licenseRow) issued() []version {
	return slices.DeleteFunc(slices.Clone(l.versions), func(v version) bool { return v.state == "void" })
}

// uniqueness looks for what was given twice.
func (a *auditor) uniqueness() {
	if a.prepared != 0 {
		a.errorf("%d batches are neither issued nor given up", a.prepared)
	}
	serials, identifiers, texts := map[string]string{}, map[string]bool{}, map[string]bool{}
	for base, l := range a.licenses {
		serial := base[strings.LastIndexByte(base, '.')+1:]
		if other := serials[serial]; other != "" {
			a.errorf("serial %s was given to %s and %s", serial, other, base)
		}
		serials[serial] = base
		if number, err := strconv.Atoi(serial[4:]); err != nil || number > a.given[serial[:4]] || !strings.HasSuffix(l.number, serial) {
			a.errorf("serial %s of license %s was never counted: %d were given", serial, l.number, a.given[serial[:4]])
		}
		current := 0
		for n, v := range l.issued() {
			if identifiers[v.identifier] || texts[v.text] {
				a.errorf("%s is there twice", v.identifier)
			}
			identifiers[v.identifier], texts[v.text] = true, true
			if v.number != n+1 {
				a.errorf("%s is the version %d of its license", v.identifier, n+1)
			}
			if v.current {
				current++
			}
		}
		if current != 1 && l.state != "void" {
			a.errorf("license %s has %d current versions", l.number, current)
		}
	}
	for n := 1; n < len(a.blocks); n++ {
		before, b := a.blocks[n-1], a.blocks[n]
		if b.chunk == before.chunk && b.start < before.start+before.length {
			a.errorf("list %d: the places %d and %d overlap", b.chunk, before.start, b.start)
		}
	}
}

// filings holds the outbox against its license, and the library's books
// against the outbox.
func (a *auditor) filings() {
	for base := range a.licenses {
		certificates, documents := 0, 0
		for n, e := range a.outbox[base] {
			if e.sequence != int64(n+1) {
				a.errorf("%s: event %d has the number %d", base, n+1, e.sequence)
			}
			switch e.kind {
			case metadata.Issue, metadata.Change:
				certificates++
			case metadata.Document:
				documents++
			}
		}
		if issued := len(a.licenses[base].issued()); certificates != issued || documents != issued {
			a.errorf("%s: %d versions, and filed are %d and %d documents", base, issued, certificates, documents)
		}
		if a.heads[base] != int64(len(a.outbox[base])) {
			a.errorf("%s: %d events, and counted are %d", base, len(a.outbox[base]), a.heads[base])
		}
		ours, theirs := a.outbox[base], a.filed[base]
		if len(ours) != len(theirs) {
			a.errorf("%s: %d events, and the library has %d", base, len(ours), len(theirs))
			continue
		}
		for n := range ours {
			if ours[n].body != theirs[n].body || ours[n].receipt != theirs[n].receipt || ours[n].sequence != theirs[n].sequence {
				a.errorf("%s: event %d is another one in the library's books\n%+v\n%+v", base, n+1, ours[n], theirs[n])
			}
			if n > 0 && theirs[n].received.Before(theirs[n-1].received) {
				a.errorf("%s: event %d was received before the one before it", base, n+1)
			}
		}
	}
	for base := range a.filed {
		if a.licenses[base] == nil {
			a.errorf("the library knows %s, and the register does not", base)
		}
	}
}

// sealed holds the documents against what was filed of them.
func (a *auditor) sealed() {
	for base, l := range a.licenses {
		for _, v := range l.issued() {
			of := a.documents[v.identifier]
			if len(of) != 1 || of[0].form != "" || of[0].digest != of[0].recorded {
				a.errorf("%s has these documents: %+v", v.identifier, of)
				continue
			}
			filed := 0
			for _, e := range a.filed[base] {
				if e.kind == metadata.Document && strings.Contains(e.body, v.identifier) && strings.Contains(e.body, of[0].digest) {
					filed++
				}
			}
			if filed != 1 {
				a.errorf("the document of %s was filed %d times", v.identifier, filed)
			}
		}
	}
}
