package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
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
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		c.shared.Watch(ctx, c.heed)
	}()
	defer func() { <-listening }()
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
	raw, err := os.ReadFile(c.trustFile)
	if err != nil {
		return fmt.Errorf("reading the trust bundle: %w", err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		return fmt.Errorf("loading the trust bundle: %w", err)
	}
	if bundle.List.Sequence < c.view.Load().bundle.List.Sequence {
		return errors.New("the trust bundle on the disk is older than the one in use")
	}
	if err := c.replace(ctx, bundle); err != nil {
		return err
	}
	c.shareTrust(ctx)
	return nil
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
	c.log.Info("took over the trust list", "sequence", bundle.List.Sequence)
	if c.replaced == nil {
		return nil
	}
	return c.replaced(ctx)
}

// shareTrust takes over the trust documents that another node left, or leaves
// ours where they are newer. The anchor is never shared.
func (c *checker) shareTrust(ctx context.Context) {
	theirs := c.takeTrust(ctx)
	held := c.view.Load().bundle
	if theirs != nil && !newerThan(held, theirs) {
		return
	}
	c.shared.Put(ctx, trustName, held.Published(), c.clock(), held.List.Expires)
	c.shared.Announce(ctx, trustName)
}

// takeTrust takes over the trust documents that another node left, if our own
// anchor vouches for them and they are newer. It gives what that node left,
// nil where our anchor does not vouch for it.
func (c *checker) takeTrust(ctx context.Context) *trust.Bundle {
	documents, _, ok := c.shared.Get(ctx, trustName)
	if !ok {
		return nil
	}
	held := c.view.Load().bundle
	theirs, err := held.Anchor.Open(documents)
	if err != nil {
		c.log.Warn("trust documents that another node left", "error", err)
		return nil
	}
	if newerThan(theirs, held) {
		if err := c.replace(ctx, theirs); err != nil {
			c.log.Error("taking over the trust list", "error", err)
		}
	}
	return theirs
}

// newerThan says whether one of the documents of a is newer than that of b,
// and none is older.
func newerThan(a, b *trust.Bundle) bool {
	list, policy, directory := a.List.Sequence, a.Policy.Sequence, a.Directory.Sequence
	return list >= b.List.Sequence && policy >= b.Policy.Sequence && directory >= b.Directory.Sequence &&
		(list > b.List.Sequence || policy > b.Policy.Sequence || directory > b.Directory.Sequence)
}
