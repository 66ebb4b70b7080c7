package faults_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestClockJumps moves the clocks of the nodes and of their database forward
// and back, by an hour up to beyond the new year, while clerks are at work and
// the library comes and goes. A moment after each jump codes verify as before,
// since the lists are signed anew; the trust list, which was signed for thirty
// days, its keepers sign anew. When the clocks are right again everything that
// was put off is delivered: not when the time comes that a wrong clock had
// named.
func TestClockJumps(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		random := random(t)
		d := newDistrict(t, on, options{})
		d.serve(2)
		clerks := d.sit(random, 2)
		text := d.valid(clerks)
		d.jumps(random, text, time.Hour, 26*time.Hour)
		for range times(0, 20) {
			d.jumps(random, text, time.Duration(random.IntN(20*24*60))*time.Minute)
		}
		d.jumps(random, text, d.toNextYear())
		clerks.rest()
		d.audit(clerks)
	})
}

// jumps makes jumps forward, one upon the other, and then goes back by all of
// it at once.
func (d *district) jumps(random *rand.Rand, text string, by ...time.Duration) {
	d.t.Helper()
	for _, one := range by {
		d.jumped(random, text, one)
	}
	d.jumped(random, text, -d.ahead)
}

func (d *district) jumped(random *rand.Rand, text string, by time.Duration) {
	d.t.Helper()
	d.library.at.kill()
	time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
	d.jump(by)
	if by.Abs() > 20*24*time.Hour {
		d.signTrust()
	}
	for _, n := range d.nodes {
		began := time.Now()
		var v verdict
		var err error
		if !comes(10*time.Second, func() bool {
			v, err = verify(n.url, text)
			return err == nil && v.Outcome == "valid"
		}) {
			d.t.Fatalf("%v later it does not verify within 10 s: %+v, %v", by, v, err)
		}
		d.t.Logf("%v later it verifies after %v", by, time.Since(began).Round(time.Millisecond))
	}
	time.Sleep(time.Duration(500+random.IntN(1500)) * time.Millisecond)
	d.run(d.library)
}

// signTrust signs the trust list anew, as its keepers do.
func (d *district) signTrust() {
	d.t.Helper()
	p := start(d.t, d.ahead, "trust", "update", "--root", filepath.Join(d.data, "root"), "--out", filepath.Join(d.data, "trust.json"))
	if err := p.finished(readyWithin); err != nil {
		d.t.Fatalf("trust update: %v\n%s", err, p.log)
	}
}

// toNextYear gives the time to a day of January.
func (d *district) toNextYear() time.Duration {
	now := time.Now()
	return time.Date(now.Year()+1, 1, 5, 0, 0, 0, 0, time.UTC).Sub(now)
}

// TestOneClockIsWrong lets one node live in an hour, and in a day, that is not
// the others', nor the database's, while the library is down. When its clock is right again
// what it had put off is delivered at once.
func TestOneClockIsWrong(t *testing.T) {
	t.Parallel()
	random := random(t)
	d := newDistrict(t, postgres, options{})
	d.serve(2)
	clerks := d.sit(random, 2)
	for _, by := range []time.Duration{20 * time.Minute, 26 * time.Hour} {
		d.library.at.kill()
		set := func(ahead time.Duration) {
			if err := d.nodes[0].at.clock.set(ahead); err != nil {
				t.Fatal(err)
			}
		}
		set(by)
		time.Sleep(4 * time.Second) // more than the first pauses before a filing is tried again
		set(0)
		d.run(d.library)
	}
	clerks.rest()
	d.audit(clerks)
}
