package faults_test

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// away is a way for a database not to be there, and the way back.
type away struct {
	name      string
	goes      func(d *district)
	comesBack func(d *district)
}

func aways() []away {
	return []away{
		{"killed", func(d *district) { d.server.Kill(d.t) }, func(d *district) { d.server.Restart(d.t) }},
		{"cut off", func(d *district) { d.wire.Refuse(true); d.wire.Cut() }, func(d *district) { d.wire.Refuse(false) }},
		{"silent", func(d *district) { d.wire.Mute(true) }, func(d *district) { d.wire.Mute(false) }},
		{"hanging", func(d *district) { d.server.Stall(d.t, true) }, func(d *district) { d.server.Stall(d.t, false) }},
	}
}

// TestDatabaseAway takes the database away for a minute, in each way that it
// can be away, while clerks are at work. Meanwhile a node says that it is not
// ready, refuses in time what needs the register, saying so, and verifies as
// before. A moment after the database is back, it does everything again by
// itself.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	for _, a := range aways() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			random := random(t)
			d := newDistrict(t, postgres, options{})
			d.serve(2)
			clerks := d.sit(random, 3)
			text := d.valid(clerks)
			a.goes(d)
			gone := time.Now()
			d.refuses()
			began := time.Now()
			for time.Since(gone) < time.Duration(times(5, 60))*time.Second {
				asked := time.Now()
				v, err := verify(d.nodes[0].url, text)
				if took := time.Since(asked); err != nil || v.Outcome != "valid" || took > 3*time.Second {
					t.Errorf("after %v a code is %s, within %v: %v", time.Since(began), v.Outcome, took, err)
				}
				time.Sleep(300 * time.Millisecond)
			}
			a.comesBack(d)
			back := time.Now()
			for _, n := range d.nodes {
				n.at.up(n.url+"/readyz", 15*time.Second)
			}
			so := clerks.answers()
			eventually(t, 30*time.Second, "clerks get answers again", func() bool { return clerks.answers() > so+5 })
			t.Logf("away for %v; the first answers %v after it was back", back.Sub(gone).Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
			clerks.rest()
			if clerks.slowest > refusesWithin {
				t.Errorf("a clerk has waited for %v", clerks.slowest)
			}
			d.audit(clerks)
		})
	}
}

// refusesWithin is how long a node may take to say that the database is away:
// so docs/operations.md promises it.
const refusesWithin = 10 * time.Second

// refuses wants every node to say that it is not ready, and that an order
// cannot be carried out now.
func (d *district) refuses() {
	d.t.Helper()
	for _, n := range d.nodes {
		for _, ask := range []struct{ path, says string }{{"/readyz", "not_ready"}, {"/v1/licenses", "register_unavailable"}} {
			began := time.Now()
			status, said, err := d.get(n.url+ask.path, refusesWithin)
			if err != nil || status != http.StatusServiceUnavailable {
				d.t.Errorf("%s: %d %s, %v, after %v", ask.path, status, said, err, time.Since(began))
			}
		}
	}
}

// get asks a node with the issuing office's token.
func (d *district) get(address string, within time.Duration) (status int, body string, _ error) {
	request, err := http.NewRequest("GET", address, nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+d.token(""))
	answer, err := (&http.Client{Timeout: within}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw), err
}

// TestFailOver breaks the connections to the database in the middle of
// transactions, again and again: all at once, one by one before a commit is
// heard or after it is done and before it is answered, keeps them waiting, ends
// sessions as a server does that hands over to another, and lets the server
// crash.
func TestFailOver(t *testing.T) {
	t.Parallel()
	random := random(t)
	d := newDistrict(t, postgres, options{})
	d.serve(2)
	clerks := d.sit(random, 4)
	done := make(map[string]int)
	// On a slow machine fewer commits are under way when something breaks.
	most := 4 * times(25, 1500)
	for n := 0; n < most && (n < most/4 || d.wire.Lost() < times(1, 300)); n++ {
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		what := ""
		switch draw := random.IntN(20); {
		case draw < 5:
			what = "all connections cut"
			d.wire.Cut()
		case draw < 11:
			what = "the answer to a commit lost"
			d.wire.LoseAnswer("commit\x00", 1)
		case draw < 15:
			what = "a commit lost"
			d.wire.LoseRequest("commit\x00", 1)
		case draw < 17:
			what = "every answer kept back"
			d.wire.Mute(true)
			time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
			d.wire.Mute(false)
		case draw < 19:
			what = "sessions ended"
			each(t, d.register(), `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'yizheng'`, []any{new(int)}, func() error { return nil })
		default:
			what = "crashed"
			d.server.Kill(t)
			d.server.Restart(t)
		}
		done[what]++
	}
	d.wire.LoseAnswer("", 0)
	t.Logf("%v; %d commits or answers were lost", done, d.wire.Lost())
	if d.wire.Lost() < times(1, 300) {
		t.Error("too few to be a trial")
	}
	clerks.rest()
	d.audit(clerks)
}

// valid issues a license that nobody will change, and gives its code once it
// is valid everywhere.
func (d *district) valid(c *clerks) string {
	d.t.Helper()
	o := c.issued(c.open())
	if len(o.sure.texts) == 0 {
		d.t.Fatal("nothing is issued")
	}
	for _, n := range d.nodes {
		eventually(d.t, time.Minute, "what was issued is valid", func() bool {
			v, _ := verify(n.url, o.sure.texts[0])
			return v.Outcome == "valid"
		})
	}
	return o.sure.texts[0]
}

// answers gives how many requests were acknowledged.
func (c *clerks) answers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered
}

// refusals gives how many were not.
func (c *clerks) refusals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}
