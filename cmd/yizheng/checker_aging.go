package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"yizheng/trust"
)

// How long before its end somebody is told of a trust document by which our own
// region is judged.
const (
	restateAhead = 5 * 24 * time.Hour  // that nobody has stated lately that it counts
	signAhead    = 30 * 24 * time.Hour // that its root has to sign it anew: people have to meet for that
	warnEvery    = time.Hour           // in the log
)

// aging is a trust document that will cease to count before long.
type aging struct {
	signer string
	part   trust.Part
	ends   time.Time
	reason string
}

// aging gives those that do, the first to end first. A statement for a shorter
// time than usual is late when two sevenths of it are over.
func (c *checker) aging() (all []aging) {
	now := c.clock()
	for _, p := range c.view.Load().bundle.RulersOf(c.region) {
		for part, term := range p.Terms() {
			signed := signedUntil(p, term)
			end, _ := p.Ends(term, part)
			late := min(restateAhead, p.Freshness.Expires.Sub(p.Freshness.Issued)*(restate-2)/restate)
			switch {
			case signed.Sub(now) < signAhead:
				all = append(all, aging{p.Path(), part, signed, "trust_to_be_signed"})
			case end.Sub(now) < late:
				all = append(all, aging{p.Path(), part, end, "trust_not_renewed"})
			}
		}
	}
	slices.SortFunc(all, func(a, b aging) int { return cmp.Or(a.ends.Compare(b.ends), cmp.Compare(a.part, b.part)) })
	return all
}

// signedUntil is until when the signatures of holders carry a document: its own
// and that of the root document, whatever is stated from day to day.
func signedUntil(p *trust.Publication, term trust.Term) time.Time {
	if p.Root.Expires.Before(term.Expires) {
		return p.Root.Expires
	}
	return term.Expires
}

// warnOfTrust tells the log of what will cease to count.
func (c *checker) warnOfTrust() {
	for _, a := range c.aging() {
		c.log.Warn("a trust document will cease to count", "signer", a.signer, "document", a.part, "ends", a.ends, "reason", a.reason)
	}
}

// watchTrust does so from time to time until ctx ends.
func (c *checker) watchTrust(ctx context.Context) {
	for ctx.Err() == nil {
		c.warnOfTrust()
		pause(ctx, warnEvery)
	}
}
