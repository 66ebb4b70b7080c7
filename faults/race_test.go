package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"yizheng/license"
)

// race is two requests that two nodes are asked at the same moment. Either is
// refused only where it makes no sense after the other.
type race struct {
	name    string
	first   func(o *dossier) deed
	second  func(o *dossier) deed
	refuses map[int]bool // the statuses with which one of the two may be refused
}

func races() []race {
	suspend := func(o *dossier) deed { return o.act(o.app.Permits[0].Number, "suspend", license.Suspended) }
	other := func(d deed) deed { d.key += "-other"; return d }
	return []race{
		{"issue, with one key", (*dossier).issue, (*dossier).issue, nil},
		{"issue, with two keys", (*dossier).issue, func(o *dossier) deed { return other(o.issue()) }, nil},
		{"change to the same, with one key", func(o *dossier) deed { return o.move(1) }, func(o *dossier) deed { return o.move(1) }, nil},
		{"change to two things", func(o *dossier) deed { return o.move(1) }, func(o *dossier) deed { return other(o.move(2)) }, nil},
		{"change, and withdraw", func(o *dossier) deed { return o.move(1) }, (*dossier).withdraw, map[int]bool{http.StatusConflict: true}},
		{"withdraw twice", (*dossier).withdraw, (*dossier).withdraw, nil},
		{"suspend twice", suspend, suspend, nil},
		{"suspend, and change", suspend, func(o *dossier) deed { return o.move(1) }, nil},
		{"suspend, and withdraw", suspend, func(o *dossier) deed { return other(o.withdraw()) }, nil},
		{"suspend, and revoke", suspend, func(o *dossier) deed { return other(o.act(o.app.Permits[0].Number, "revoke", license.Revoked)) }, map[int]bool{http.StatusConflict: true}},
		{"two permits", suspend, func(o *dossier) deed { return other(o.act(o.app.Permits[1].Number, "suspend", license.Suspended)) }, nil},
	}
}

// TestRaces asks two nodes at the same moment for the same thing, and for its
// opposite. What comes out is what either order would have given, and both
// are told so.
func TestRaces(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		d := newDistrict(t, on, options{})
		d.serve(2)
		clerks := &clerks{d: d, maker: applications(t), stop: make(chan struct{})}
		var work sync.WaitGroup
		turns := make(chan struct{}, 4)
		for range times(2, 100) {
			for _, r := range races() {
				turns <- struct{}{}
				work.Go(func() {
					defer func() { <-turns }()
					clerks.race(r)
				})
			}
		}
		work.Wait()
		clerks.rest()
		d.audit(clerks)
	})
}

// race has one race, and writes down every end that it may have.
func (c *clerks) race(r race) {
	o := c.open()
	if first := r.first(o); first.method != "POST" || first.path != "/v1/licenses" {
		o = c.issued(o)
	}
	deeds := []deed{r.first(o), r.second(o)}
	statuses, said := make([]int, 2), make([]answer, 2)
	var both sync.WaitGroup
	for n := range deeds {
		both.Go(func() {
			status, raw, err := c.ask(c.d.nodes[n].url, deeds[n])
			if err == nil {
				err = json.Unmarshal(raw, &said[n])
			}
			if ok := status == http.StatusOK || status == http.StatusCreated; err != nil || !ok && !r.refuses[status] {
				c.strangely(fmt.Sprintf("%s: %d %s, %v", r.name, status, raw, err))
			}
			statuses[n] = status
		})
	}
	both.Wait()
	if r.refuses[statuses[0]] && r.refuses[statuses[1]] {
		c.strangely(r.name + ": both were refused")
	}
	o.sure, o.maybe = r.after(o.sure, deeds, said, statuses, 0, 1), []standing{r.after(o.sure, deeds, said, statuses, 1, 0)}
	for _, s := range said {
		if s.Text != "" && !slices.Contains(o.sure.texts, s.Text) {
			c.strangely(r.name + ": an answer names a code that the other does not know")
		}
	}
}

// issued carries out the issue of a dossier that begins with one.
func (c *clerks) issued(o *dossier) *dossier {
	what := o.issue()
	status, raw, err := c.ask(c.d.nodes[0].url, what)
	if err != nil || status != http.StatusCreated {
		c.strangely(fmt.Sprintf("%d %s, %v", status, raw, err))
	}
	c.acknowledged(o, what, raw)
	return o
}

func (c *clerks) strangely(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.strange = append(c.strange, what)
}

// after gives where a license stands when its two deeds are done in an order,
// but for the one that was refused.
func (r race) after(s standing, deeds []deed, said []answer, statuses []int, order ...int) standing {
	for _, n := range order {
		if !r.refuses[statuses[n]] {
			s = said[n].after(deeds[n], s)
		}
	}
	return s
}
