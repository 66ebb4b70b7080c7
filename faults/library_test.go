package faults_test

import (
	"testing"
	"time"
)

// TestLibraryDown takes the library away for a day, in which clerks work and a
// batch issues its list: 100 thousand filings wait at full length. Nothing is
// given up. When it is back it gets everything, in order for each license, and
// from both nodes together never more in a second than they are told to send.
func TestLibraryDown(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		const perSecond = 40 // of one node
		rate := float64(times(perSecond, 10*perSecond))
		random := random(t)
		d := newDistrict(t, on, options{straight: true})
		d.configure(map[string]any{"library": map[string]any{"url": d.library.url, "tokenFile": "", "perSecond": rate}})
		d.serve(2)
		d.library.at.kill()
		clerks := d.sit(random, 2)
		l := d.list(clerks.maker, 500_000, times(40, 50_000)) // each with its document
		l.end()
		hours := times(2, 24)
		for range hours {
			d.jump(24 * time.Hour / time.Duration(hours))
			time.Sleep(500 * time.Millisecond)
		}
		clerks.rest()
		d.drawn(time.Duration(times(2, 20)) * time.Minute)
		db, books := d.register(), d.books()
		waiting := count(t, db, `SELECT COUNT(*) FROM outbox WHERE state = 'pending'`)
		if dead := count(t, db, `SELECT COUNT(*) FROM outbox WHERE state = 'dead'`); dead > 0 || waiting < times(60, 90_000) {
			t.Errorf("%d filings wait, and %d were given up", waiting, dead)
		}

		d.run(d.library)
		began, before := time.Now(), 0
		until := began.Add(time.Duration(float64(waiting)/rate)*time.Second + 3*time.Minute)
		for {
			asked := time.Now()
			if count(t, db, `SELECT COUNT(*) FROM outbox WHERE state <> 'delivered'`) == 0 {
				break
			}
			filed := count(t, books, `SELECT COUNT(*) FROM filings`)
			if most := int(2*rate*(time.Since(began).Seconds()+1)) + 1; filed > most {
				t.Errorf("%d filings after %v, where %d are the most", filed, time.Since(began), most)
			}
			if time.Now().After(until) {
				t.Fatalf("not delivered: %d of %d\n%s\n%s", filed, waiting, d.undelivered(db), d.lastWords())
			}
			before = filed
			time.Sleep(time.Second + 10*time.Since(asked)) // a long look is not to take the time of those who work
		}
		t.Logf("%d filings had waited; %d were there at the last look but one, and all after %v", waiting, before, time.Since(began).Round(time.Second))
		d.audit(clerks, l)
	})
}
