package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"yizheng/trust"
)

const (
	lookForTrust = 2 * time.Second // at the file
	shareEvery   = time.Minute     // with the other nodes, whatever they were told

	// trustName is under which the nodes share the trust documents. No address
	// is like it.
	trustName = "trust"
)

// run keeps the trust bundle up to date, and takes over what the other nodes
// announce, until ctx ends.
func (c *checker) run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { c.shared.Watch(ctx, c.heed) })
	beside.Go(func() { c.tend(ctx) })
	beside.Go(func() { c.watchTrust(ctx) })
	defer beside.Wait()
	looking, sharing := time.NewTicker(lookForTrust), time.NewTicker(shareEvery)
	defer looking.Stop()
	defer sharing.Stop()
	written := c.trustWritten()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sharing.C:
			if c.shared.Shared() {
				c.shareTrust(ctx)
			}
			continue
		case <-looking.C:
		}
		at := c.trustWritten()
		if at.Equal(written) {
			continue
		}
		written = at
		if err := c.reloadTrust(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("taking over the trust list", "error", err)
		}
	}
}

// heed takes over what another node announced; anything, where the name is
// empty. Our own lists come from the register as well: so it is only sooner.
func (c *checker) heed(ctx context.Context, name string) {
	switch {
	case name == "":
		c.mirror.LoadAll(ctx)
		c.shareTrust(ctx)
	case name == trustName:
		c.takeTrust(ctx)
	case c.ours(name):
		if token, _, ok := c.shared.Get(ctx, name); ok {
			if _, err := c.add(name, token); err != nil {
				c.log.Debug("taking over a list of ours", "address", name, "error", err)
			}
		}
	default:
		c.mirror.Load(ctx, name)
	}
}

// ours says whether an address is one of the register's own lists.
func (c *checker) ours(address string) bool {
	if c.own == "" {
		return false
	}
	issuer := c.view.Load().bundle.IssuerOf(c.own)
	return issuer != nil && strings.HasPrefix(address, issuer.StatusBase)
}

func (c *checker) trustWritten() time.Time {
	info, err := os.Stat(c.trustFile)
	if err != nil {
		return time.Time{} // between removal and renaming, or gone: what is held stays
	}
	return info.ModTime()
}

// reloadTrust takes over a newer bundle from the disk. One that is broken, or
// older than what is held, changes nothing.
func (c *checker) reloadTrust(ctx context.Context) error {
	before := c.view.Load().bundle
	err := c.goByDisk(ctx)
	if c.view.Load().bundle != before {
		c.shareTrust(ctx)
	}
	return err
}

func (c *checker) goByDisk(ctx context.Context) error {
	c.taking.Lock()
	defer c.taking.Unlock()
	raw, err := os.ReadFile(c.trustFile)
	if err != nil {
		return fmt.Errorf("reading the trust bundle: %w", err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		return fmt.Errorf("loading the trust bundle: %w", err)
	}
	held := c.view.Load().bundle
	if !sameAnchor(bundle, held) {
		return c.replace(ctx, bundle)
	}
	// Signer by signer, so that one who was set back keeps nobody else from
	// being taken over.
	n, stated, err := c.update(held, bundle.Published())
	if err != nil {
		return fmt.Errorf("taking over the trust bundle on the disk: %w", err)
	}
	return c.goBy(ctx, n, stated)
}

// goBy goes by what update gave.
func (c *checker) goBy(ctx context.Context, bundle *trust.Bundle, stated bool) error {
	if stated {
		return c.keepTrust(ctx, bundle)
	}
	return c.replace(ctx, bundle)
}

// sameAnchor says whether both rest on the same roots. Other roots are given by
// hand, and nothing of before is to be compared with.
func sameAnchor(a, b *trust.Bundle) bool {
	return slices.EqualFunc(a.Anchor.Roots, b.Anchor.Roots, func(x, y trust.AnchoredRoot) bool {
		return x.Fingerprint() == y.Fingerprint() && slices.Equal(x.Territory, y.Territory)
	})
}

// trustEnds gives when a list or policy by which our own region is judged
// counts no more, the first of them.
func (c *checker) trustEnds(part trust.Part) (at time.Time) {
	for _, p := range c.view.Load().bundle.RulersOf(c.region) {
		if term, held := p.Terms()[part]; held {
			if end, _ := p.Ends(term, part); at.IsZero() || end.Before(at) {
				at = end
			}
		}
	}
	return at
}

// replace makes a bundle the one that is gone by.
func (c *checker) replace(ctx context.Context, bundle *trust.Bundle) error {
	c.replacing.Lock()
	defer c.replacing.Unlock()
	held := c.view.Load()
	if err := c.look(bundle, held.lists.For(bundle)); err != nil {
		return err
	}
	c.mirror.Forget() // other keys may vouch for what is out there
	for _, fault := range slices.Concat(bundle.Faults, bundle.Refused) {
		c.log.Warn("a trust document is not believed", "signer", fault.Signer, "part", fault.Part, "reason", fault.Reason, "error", fault.Err)
	}
	c.log.Info("took over trust documents", "signers", len(bundle.Publications), "issuers", len(bundle.Issuers))
	if c.replaced == nil {
		return nil
	}
	return c.replaced(ctx)
}

// shareTrust takes over the trust documents that another node left, and leaves
// ours where one of them is newer. The anchor is never shared: what that node
// left is looked at as by ours.
func (c *checker) shareTrust(ctx context.Context) {
	left := c.takeTrust(ctx)
	held := c.view.Load().bundle
	if theirs, err := held.Anchor.Open(left); err == nil {
		if n, err := theirs.Update(held.Published()); err == nil && n.Same(theirs) {
			return
		}
	}
	c.shared.Put(ctx, trustName, held.Published(), c.clock(), lastEnd(held))
	c.shared.Announce(ctx, trustName)
}

// takeTrust takes over the trust documents that another node left, as far as
// our own anchor vouches for them and they are newer. It gives what that node
// left.
func (c *checker) takeTrust(ctx context.Context) []byte {
	documents, _, ok := c.shared.Get(ctx, trustName)
	if !ok {
		return nil
	}
	c.taking.Lock()
	defer c.taking.Unlock()
	held := c.view.Load().bundle
	theirs, stated, err := c.update(held, documents)
	if err != nil {
		c.log.Warn("trust documents that another node left", "error", err)
		return documents
	}
	if !theirs.Same(held) {
		if err := c.goBy(ctx, theirs, stated); err != nil {
			c.log.Error("taking over the trust list", "error", err)
		}
	}
	return documents
}

// lastEnd is when the last of the lists counts no more.
func lastEnd(b *trust.Bundle) (last time.Time) {
	for _, p := range b.Publications {
		if p.List == nil {
			continue
		}
		if end, _ := p.Ends(p.List.Term, trust.ListPart); end.After(last) {
			last = end
		}
	}
	return last
}
