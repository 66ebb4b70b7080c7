package faults_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"yizheng/batch/sample"
	"yizheng/catalog"
	"yizheng/license"
)

// clerks are people at work: each issues licenses of its own, changes and
// withdraws them, and departments act on their permits. They keep a dossier of
// what was acknowledged. Who gets no answer asks again, with the same key,
// until there is one; or gives up and never knows, as people do.
type clerks struct {
	d     *district
	once  bool // nobody asks again: what was not answered must not have been done
	maker *sample.Maker
	stop  chan struct{}
	work  sync.WaitGroup

	mu       sync.Mutex
	dossiers []*dossier
	answered int           // requests that were acknowledged
	asked    int           // requests that were not, and were made again or given up
	slowest  time.Duration // that a clerk has waited
	strange  []string      // answers that no clerk should ever get
}

// dossier is what one clerk knows of one license.
type dossier struct {
	app    catalog.Application
	number string     // of the license; empty before anybody has acknowledged it
	sure   standing   // what was acknowledged
	maybe  []standing // what may be so in its place, where the last answer was given up
}

// standing is where a license stands.
type standing struct {
	texts     []string          // of the codes of its versions; "" for one that was not seen
	premises  string            // on the newest
	permits   map[string]string // state by the permit's number
	withdrawn bool
	acts      int // on permits and the license, that changed something
}

// deed is one request, and what becomes of a license by it. A second time it
// changes nothing.
type deed struct {
	method, path, key string
	authority         string // in whose name; empty for the issuing office
	body              any
	does              func(standing) standing
}

// sit lets so many clerks begin their work at the district's nodes.
func (d *district) sit(random *rand.Rand, count int) *clerks {
	d.t.Helper()
	c := &clerks{d: d, maker: applications(d.t), stop: make(chan struct{})}
	c.begin(random, count)
	return c
}

func (c *clerks) begin(random *rand.Rand, count int) {
	for range count {
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		c.work.Go(func() { c.sit(own) })
	}
}

// applications makes applications for the district.
func applications(t testing.TB) *sample.Maker {
	t.Helper()
	set, err := catalog.Load("310105")
	if err != nil {
		t.Fatal(err)
	}
	today, err := set.On(license.DateOf(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	maker, err := sample.New(today)
	if err != nil {
		t.Fatal(err)
	}
	return maker
}

// rest lets every clerk bring what is begun to its end, and go home.
func (c *clerks) rest() {
	c.d.t.Helper()
	close(c.stop)
	c.work.Wait()
	for _, s := range c.strange {
		c.d.t.Error(s)
	}
	c.d.t.Logf("%d requests were acknowledged, %d more were not; %d dossiers; nobody has waited for longer than %v",
		c.answered, c.asked, len(c.dossiers), c.slowest.Round(time.Millisecond))
}

// resting says whether the clerks are to go home.
func (c *clerks) resting() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

func (c *clerks) sit(random *rand.Rand) {
	for !c.resting() {
		o := c.open()
		for range 1 + random.IntN(6) {
			if o.sure.withdrawn || c.resting() || !c.carryOut(random, o, c.plan(random, o)) {
				break
			}
		}
	}
}

// open opens the dossier of another business.
func (c *clerks) open() *dossier {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &dossier{app: c.maker.Application(len(c.dossiers))}
	c.dossiers = append(c.dossiers, o)
	return o
}

// plan thinks of what to do next with a license.
func (c *clerks) plan(random *rand.Rand, o *dossier) deed {
	if o.number == "" {
		return o.issue()
	}
	switch draw := random.IntN(100); {
	case draw < 60:
		p := o.app.Permits[random.IntN(len(o.app.Permits))].Number
		switch license.State(o.sure.permits[p]) {
		case license.Suspended:
			return o.act(p, "reinstate", license.Valid)
		case license.Revoked:
			return c.plan(random, o)
		}
		if len(o.app.Permits) > 2 && random.IntN(10) == 0 {
			return o.act(p, "revoke", license.Revoked)
		}
		return o.act(p, "suspend", license.Suspended)
	case draw < 90 && !o.sure.ended():
		return o.move(100 + len(o.sure.texts))
	default:
		return o.withdraw()
	}
}

// deed is one, whose key is another after each that was acknowledged.
func (o *dossier) deed(method, path string, body any, does func(s *standing)) deed {
	return deed{
		method: method, path: "/v1/licenses" + path, body: body,
		key: fmt.Sprintf("%s-%d-%d", o.app.Holder.CreditCode, len(o.sure.texts), o.sure.acts),
		does: func(s standing) standing {
			s.permits, s.texts = maps.Clone(s.permits), slices.Clone(s.texts)
			does(&s)
			return s
		},
	}
}

func (o *dossier) issue() deed {
	return o.deed("POST", "", o.app, func(s *standing) {
		if len(s.texts) > 0 {
			return
		}
		s.texts, s.premises, s.permits = []string{""}, o.app.Holder.Premises, make(map[string]string)
		for _, p := range o.app.Permits {
			s.permits[p.Number] = string(license.Valid)
		}
	})
}

// reason is why things are done.
var reason = map[string]string{"reason": "演练"}

// act is an authority's act on its permit.
func (o *dossier) act(permit, act string, to license.State) deed {
	d := o.deed("POST", "/"+o.number+"/permits/"+url.PathEscape(permit)+"/"+act, reason, func(s *standing) {
		if s.permits[permit] != string(to) {
			s.permits[permit] = string(to)
			s.acts++
		}
	})
	n := slices.IndexFunc(o.app.Permits, func(p license.Permit) bool { return p.Number == permit })
	d.authority = o.app.Permits[n].Authority
	return d
}

// move is a change of the premises.
func (o *dossier) move(room int) deed {
	app := o.app
	app.Holder.Premises = fmt.Sprintf("%s%d室", o.app.Holder.Premises, room)
	return o.deed("PUT", "/"+o.number, app, func(s *standing) {
		if s.premises != app.Holder.Premises {
			s.premises, s.texts = app.Holder.Premises, append(s.texts, "")
		}
	})
}

func (o *dossier) withdraw() deed {
	return o.deed("POST", "/"+o.number+"/withdraw", reason, func(s *standing) {
		if !s.withdrawn {
			s.withdrawn = true
			s.acts++
		}
	})
}

// ended says whether a permit has ended, which then is on no further version.
func (s standing) ended() bool {
	for _, state := range s.permits {
		if license.State(state) == license.Revoked {
			return true
		}
	}
	return false
}

// carryOut asks until there is an answer, or the clerk gives up.
func (c *clerks) carryOut(random *rand.Rand, o *dossier, what deed) (goesOn bool) {
	for {
		status, answer, err := c.ask(c.d.nodes[random.IntN(len(c.d.nodes))].url, what)
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusCreated):
			c.acknowledged(o, what, answer)
			return true
		case err == nil && status == http.StatusUnauthorized:
			c.d.forget(what.authority) // the token has expired: log in again
		case err == nil && status != http.StatusServiceUnavailable:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.strange = append(c.strange, fmt.Sprintf("%s %s: %d %s\n%s", what.method, what.path, status, answer, c.d.saidOf(answer)))
			o.maybe = []standing{what.does(o.sure)}
			return false
		}
		c.mu.Lock()
		c.asked++
		given := !c.once && random.IntN(6) == 0
		if given {
			o.maybe = []standing{what.does(o.sure)}
		}
		c.mu.Unlock()
		time.Sleep(time.Duration(5+random.IntN(40)) * time.Millisecond)
		if given || c.once {
			return false
		}
	}
}

// answer is what clerks read of one.
type answer struct {
	Text    string
	License struct{ Number string }
}

// acknowledged takes note of an answer.
func (c *clerks) acknowledged(o *dossier, what deed, raw []byte) {
	var said answer
	err := json.Unmarshal(raw, &said)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered++
	after := said.after(what, o.sure)
	if grown := len(after.texts) > len(o.sure.texts); grown {
		o.number = said.License.Number
		if said.Text == "" {
			err = errors.New("it names no code")
		}
	}
	if err != nil {
		c.strange = append(c.strange, fmt.Sprintf("%s %s: %v in %s", what.method, what.path, err, raw))
	}
	o.sure = after
}

// after gives where a license stands after a deed that was answered so.
func (said answer) after(what deed, before standing) standing {
	after := what.does(before)
	if n := len(after.texts); n > len(before.texts) {
		after.texts[n-1] = said.Text
	}
	return after
}

// patience is how long a clerk waits for an answer before asking again.
const patience = time.Minute

// asking is how clerks ask. A connection is kept for the next request, as
// browsers and proxies do.
var asking = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}

func (c *clerks) ask(node string, what deed) (status int, answer []byte, err error) {
	body, err := json.Marshal(what.body)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequest(what.method, node+what.path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = http.Header{
		"Authorization": {"Bearer " + c.d.token(what.authority)}, "Content-Type": {"application/json"}, "Idempotency-Key": {what.key},
	}
	defer c.waited(time.Now())
	response, err := asking.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// waited takes note of for how long a clerk has waited, for an answer or for
// none.
func (c *clerks) waited(since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, time.Since(since))
}
