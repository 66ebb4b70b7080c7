package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"yizheng/api"
	"yizheng/bundle"
	"yizheng/license"
	"yizheng/mirror"
	"yizheng/signature"
	"yizheng/verifier"
)

// bundleLife is how long a bundle is of use: as long as a verifier off line
// believes a status list.
const bundleLife = verifier.OfflineMaxAge

// bundler makes bundles for those who go off line. Making one fetches and
// signs, so those who ask for the same regions within a moment share one.
type bundler struct {
	checker *checker
	mirror  *mirror.Mirror // of whole regions
	signer  signature.Signer

	making chan struct{} // held by whoever writes and signs one: it is work, and anybody may ask
	mu     sync.Mutex
	made   map[string]madeBundle        // by regions; those of this moment
	bytes  int                          // of all that are made
	whole  map[license.Region]time.Time // when all lists of another issuer were had
}

type madeBundle struct {
	raw []byte
	at  time.Time
}

// closingAhead is how long the closing lists of others are waited for: an
// answer has a minute. What came meanwhile is there for who asks again.
const closingAhead = 40 * time.Second

// listsAhead is how long their status lists are.
const listsAhead = 15 * time.Second

// Bounds on what is kept.
const (
	bundleShared = 10 * time.Second
	bundleBytes  = 64 << 20
)

func newBundler(c *checker, m *mirror.Mirror, signer signature.Signer) *bundler {
	return &bundler{checker: c, mirror: m, signer: signer, making: make(chan struct{}, 1),
		made: make(map[string]madeBundle), whole: make(map[license.Region]time.Time)}
}

// bundle makes a bundle of the lists of some regions, which are in order.
func (b *bundler) bundle(ctx context.Context, regions []license.Region) ([]byte, error) {
	var names []string
	for _, region := range regions {
		names = append(names, string(region))
	}
	name := strings.Join(names, ",")
	if raw := b.held(name); raw != nil {
		return raw, nil
	}
	// What others publish is brought in before it is our turn, of all of them at
	// once: one who is slow keeps nobody else's out. Then it is held, once for all.
	each(len(regions), func(n int) { b.bring(ctx, regions[n]) })
	if regions = b.complete(regions); len(regions) == 0 {
		return nil, fmt.Errorf("no list of %s could be had: %w", name, api.ErrIssuerAway)
	}
	b.checker.closings(ctx, slices.DeleteFunc(slices.Clone(regions), b.checker.keeps), b.checker.patiently, closingAhead)
	select {
	case b.making <- struct{}{}:
		defer func() { <-b.making }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for another bundle: %w", ctx.Err())
	}
	if raw := b.held(name); raw != nil {
		return raw, nil
	}
	closings := b.checker.closings(ctx, regions, b.checker.closingAtHand, fetchWithin)
	view, now := b.checker.view.Load(), b.checker.clock()
	raw, err := bundle.Make(bundle.Config{
		By: b.checker.own, Regions: regions, Made: now, Life: bundleLife, Trust: view.bundle, Lists: view.lists.Held(), Closing: closings,
	}, b.signer)
	if err != nil {
		return nil, fmt.Errorf("making a bundle: %w", err)
	}
	b.keep(name, madeBundle{raw, now})
	return raw, nil
}

// bring brings in all lists of another issuer. One that is busy, or not there in
// time, is asked again.
func (b *bundler) bring(ctx context.Context, region license.Region) {
	address := b.checker.listsAt(region)
	if address == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, listsAhead)
	defer cancel()
	err := askPatiently(ctx, b.mirror.Fetch, b.mirror.Renew, func(fetch fetching) error { return fetch(ctx, address) })
	if err != nil {
		b.checker.log.Warn("a region's lists could not be had for a bundle", "region", region, "error", err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.whole[region] = b.checker.clock()
}

// complete gives those of the regions of which a bundle may say that it has the
// lists: all of them were had while they still count, and none had to go since.
func (b *bundler) complete(regions []license.Region) (all []license.Region) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, region := range regions {
		age := b.checker.clock().Sub(b.whole[region])
		if b.checker.listsAt(region) == "" || age < bundleLife && !b.checker.view.Load().lists.IsOver(region) {
			all = append(all, region)
		}
	}
	return all
}

// held gives a bundle that was made a moment ago, nil where there is none.
func (b *bundler) held(name string) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	made := b.made[name]
	if !made.fresh(b.checker.clock()) {
		return nil
	}
	return made.raw
}

func (m madeBundle) fresh(now time.Time) bool {
	age := now.Sub(m.at)
	return age >= 0 && age < bundleShared
}

// keep lets others have a bundle for a moment, and forgets those whose moment
// is over. Where that leaves too many bytes, nothing else is kept.
func (b *bundler) keep(name string, made madeBundle) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, m := range b.made {
		if other == name || !m.fresh(made.at) {
			delete(b.made, other)
			b.bytes -= len(m.raw)
		}
	}
	if b.bytes+len(made.raw) > bundleBytes {
		clear(b.made)
		b.bytes = 0
	}
	b.made[name] = made
	b.bytes += len(made.raw)
}
