package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"yizheng/bundle"
	"yizheng/license"
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
	lists   func(context.Context, license.Region) [][]byte // fetches them, where they are another's
	signer  signature.Signer

	mu   sync.Mutex
	made map[string]madeBundle // by regions
}

type madeBundle struct {
	raw []byte
	at  time.Time
}

// Bounds on what is kept.
const (
	bundleShared = 10 * time.Second
	bundlesKept  = 16
)

// bundle makes a bundle of the lists of some regions, which are in order.
func (b *bundler) bundle(ctx context.Context, regions []license.Region) ([]byte, error) {
	var names []string
	for _, region := range regions {
		names = append(names, string(region))
	}
	name, now := strings.Join(names, ","), b.checker.clock()
	b.mu.Lock()
	held, found := b.made[name]
	b.mu.Unlock()
	if age := now.Sub(held.at); found && age >= 0 && age < bundleShared {
		return held.raw, nil
	}
	for _, region := range regions {
		b.lists(ctx, region)
	}
	view := b.checker.view.Load()
	raw, err := bundle.Make(bundle.Config{
		By: b.checker.own, Regions: regions, Made: now, Life: bundleLife, Trust: view.bundle, Lists: view.lists.Held(),
	}, b.signer)
	if err != nil {
		return nil, fmt.Errorf("making a bundle: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.made == nil || len(b.made) >= bundlesKept {
		b.made = make(map[string]madeBundle)
	}
	b.made[name] = madeBundle{raw, now}
	return raw, nil
}
