package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
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
	maker *sample.Maker
	stop  chan struct{}
	work  sync.WaitGroup

	mu       sync.Mutex
	dossiers []*dossier
	answered int           // requests that were acknowledged
	asked    int           // requests that were not, and were made again or given up
	slowest  time.Duration // of any answer
	strange  []string      // answers that no clerk should ever get
}

// dossier is what one clerk knows of one license.
type dossier struct {
	app    catalog.Application
	number string    // of the license; empty before anybody has acknowledged it
	sure   standing  // what was acknowledged
	maybe  *standing // and what may be so in its place, where the last answer was given up
}

// standing is where a license stands.
type standing struct {
	texts     []string          // of the codes of its versions; "" for one that was not seen
	premises  string            // on the newest
	permits   map[string]string // state by the permit's number
	withdrawn bool
	acts      int // on permits and the license, that changed something
}

// deed is one request, and what is so when it is acknowledged.
type deed struct {
	method, path, key string
	token             string
	body              any
	after             standing
}

// sit lets so many clerks begin their work at the district's nodes.
func (d *district) sit(random *rand.Rand, count int) *clerks {
	d.t.Helper()
	c := &clerks{d: d, maker: applications(d.t), stop: make(chan struct{})}
	d.token("")
	for n := range 4 { // there are so many examples
		for _, p := range c.maker.Application(n).Permits {
			d.token(p.Authority)
		}
	}
	for range count {
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		c.work.Go(func() { c.sit(own) })
	}
	return c
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
	c.d.t.Logf("%d requests were acknowledged, %d more were not; %d dossiers; the slowest answer took %v",
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
	after := o.sure.copy()
	key := fmt.Sprintf("%s-%d", o.app.Holder.CreditCode, random.Uint64())
	if o.number == "" {
		after.premises, after.texts = o.app.Holder.Premises, []string{""}
		for _, p := range o.app.Permits {
			after.permits[p.Number] = string(license.Valid)
		}
		return deed{method: "POST", path: "/v1/licenses", key: key, token: c.d.token(""), body: o.app, after: after}
	}
	path := "/v1/licenses/" + o.number
	reason := map[string]string{"reason": "演练"}
	switch draw := random.IntN(100); {
	case draw < 60:
		after.acts++
		p := o.app.Permits[random.IntN(len(o.app.Permits))]
		act, to := "suspend", license.Suspended
		switch license.State(after.permits[p.Number]) {
		case license.Suspended:
			act, to = "reinstate", license.Valid
		case license.Revoked:
			return c.plan(random, o)
		case license.Valid:
			if len(after.permits) > 2 && random.IntN(10) == 0 {
				act, to = "revoke", license.Revoked
			}
		}
		after.permits[p.Number] = string(to)
		return deed{method: "POST", path: path + "/permits/" + url.PathEscape(p.Number) + "/" + act, token: c.d.token(p.Authority), key: key, body: reason, after: after}
	case draw < 90 && !after.ended():
		app := o.app
		app.Holder.Premises = fmt.Sprintf("%s%d室", o.app.Holder.Premises, 100+len(after.texts))
		after.premises, after.texts = app.Holder.Premises, append(after.texts, "")
		return deed{method: "PUT", path: path, key: key, token: c.d.token(""), body: app, after: after}
	default:
		after.withdrawn = true
		after.acts++
		return deed{method: "POST", path: path + "/withdraw", key: key, token: c.d.token(""), body: reason, after: after}
	}
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

func (s standing) copy() standing {
	permits := make(map[string]string, len(s.permits))
	for number, state := range s.permits {
		permits[number] = state
	}
	s.permits, s.texts = permits, append([]string(nil), s.texts...)
	return s
}

// carryOut asks until there is an answer, or the clerk gives up.
func (c *clerks) carryOut(random *rand.Rand, o *dossier, what deed) (goesOn bool) {
	for {
		node := c.d.nodes[random.IntN(len(c.d.nodes))]
		status, answer, err := c.ask(node.url, what)
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusCreated):
			c.acknowledged(o, what, answer)
			return true
		case err == nil && status != http.StatusServiceUnavailable:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.strange = append(c.strange, fmt.Sprintf("%s %s: %d %s", what.method, what.path, status, answer))
			o.maybe = &what.after
			return false
		}
		c.mu.Lock()
		c.asked++
		given := random.IntN(6) == 0
		if given {
			o.maybe = &what.after
		}
		c.mu.Unlock()
		if given {
			return false
		}
		time.Sleep(time.Duration(5+random.IntN(40)) * time.Millisecond)
	}
}

// acknowledged takes note of an answer.
func (c *clerks) acknowledged(o *dossier, what deed, answer []byte) {
	var said struct {
		Text    string
		License struct{ Number string }
	}
	err := json.Unmarshal(answer, &said)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered++
	if n := len(what.after.texts); n > len(o.sure.texts) {
		what.after.texts[n-1] = said.Text
		if o.number = said.License.Number; said.Text == "" {
			err = fmt.Errorf("it names no code")
		}
	}
	if err != nil {
		c.strange = append(c.strange, fmt.Sprintf("%s %s: %v in %s", what.method, what.path, err, answer))
	}
	o.sure = what.after
}

// patience is how long a clerk waits for an answer before asking again.
const patience = 20 * time.Second

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
		"Authorization": {"Bearer " + what.token}, "Content-Type": {"application/json"}, "Idempotency-Key": {what.key},
	}
	began := time.Now()
	response, err := asking.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest = max(c.slowest, time.Since(began))
	return response.StatusCode, answer, err
}
