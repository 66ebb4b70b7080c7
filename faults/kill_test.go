package faults_test

import (
	"testing"
	"time"
)

// TestKilled kills nodes, the library, a batch and the database at random
// moments, 200 times on each database at full length, while clerks issue,
// change and withdraw, a batch issues its list, and everything is filed.
// Whoever was killed is started again at once.
func TestKilled(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		random := random(t)
		d := newDistrict(t, on, options{})
		d.serve(2)
		clerks := d.sit(random, 3)
		rows := times(40, 600)
		lists := []*list{d.list(clerks.maker, 500_000, rows), d.list(clerks.maker, 600_000, rows)}
		killed := make(map[string]int)
		for range times(8, 200) {
			for _, l := range lists {
				l.goOn()
			}
			time.Sleep(time.Duration(random.IntN(600)) * time.Millisecond)
			switch victim := random.IntN(10); {
			case victim < 5:
				n := d.nodes[random.IntN(len(d.nodes))]
				n.at.kill()
				d.begin(n)
				killed["node"]++
			case victim < 7:
				lists[random.IntN(len(lists))].at.kill()
				killed["batch"]++
			case victim < 8 || on == sqlite:
				d.library.at.kill()
				d.begin(d.library)
				killed["library"]++
			default:
				d.server.Kill(t)
				d.server.Restart(t)
				killed["database"]++
			}
		}
		t.Logf("killed: %v", killed)
		for _, n := range append(d.nodes, d.library) {
			n.at.up(n.url+"/healthz", readyWithin)
		}
		for _, l := range lists {
			l.end()
		}
		clerks.rest()
		d.audit(clerks, lists...)
	})
}
