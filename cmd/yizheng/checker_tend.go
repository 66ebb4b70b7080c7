package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// trustSettings say how a node keeps its trust documents fresh. Paths are from
// the folder of the configuration.
type trustSettings struct {
	// From are addresses of deployments whose documents are fetched.
	From []string `json:"from,omitempty"`
	// Signer is the root or delegate for which this node states that its
	// documents count, such as delta/shanghai.
	Signer string `json:"signer,omitempty"`
	// Keys are files with its on-line keys.
	Keys []string `json:"keys,omitempty"`
}

func (s *trustSettings) check() error {
	if s == nil {
		return nil
	}
	if (s.Signer == "") != (len(s.Keys) == 0) {
		return errors.New("trust: signer and keys go together")
	}
	for _, from := range s.From {
		if !strings.HasPrefix(from, "https://") && !strings.HasPrefix(from, "http://") {
			return fmt.Errorf("trust: from: %q is no address of the form https://host", from)
		}
	}
	return nil
}

// tending keeps trust documents fresh: what others publish is fetched, and
// long before a statement of our own ends the next is made.
type tending struct {
	from   []string
	signer string
	clerks []signature.Signer
	tags   map[string]string // of what was fetched last
}

// tendEvery is how often that is looked after, and restate the part of its
// term after which a statement is made anew.
const (
	tendEvery = 10 * time.Minute
	restate   = 7 // a statement for a week is made anew each day
)

// newTending loads what a node tends its trust documents with. Its on-line keys
// are encrypted to the passphrase, or not at all.
func newTending(s *trustSettings, dir string, passphrase []byte) (*tending, error) {
	if s == nil {
		return nil, nil
	}
	t := &tending{from: s.From, signer: s.Signer, tags: make(map[string]string)}
	for _, path := range s.Keys {
		k, err := keys.Load(pathIn(dir, path), passphrase)
		if errors.Is(err, keys.ErrPassphrase) && len(passphrase) > 0 {
			k, err = keys.Load(pathIn(dir, path), nil)
		}
		if err == nil && k.Use() != keys.UseOnline {
			err = fmt.Errorf("%s is a key for %s", path, k.Use())
		}
		if err != nil {
			return nil, usage("trust_key", fmt.Errorf("loading an on-line key: %w", err))
		}
		t.clerks = append(t.clerks, k)
	}
	return t, nil
}

// tend looks after the trust documents until ctx ends.
func (c *checker) tend(ctx context.Context) {
	if c.tending == nil {
		return
	}
	every := time.NewTicker(tendEvery)
	defer every.Stop()
	for {
		if err := c.tendOnce(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("keeping the trust documents fresh", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// tendOnce fetches and states what is due, and goes by what came of it. What
// fails is told, and keeps nothing else from being done.
func (c *checker) tendOnce(ctx context.Context) error {
	changed, failed := c.tendTrust(ctx)
	if changed {
		c.shareTrust(ctx)
	}
	return failed
}

func (c *checker) tendTrust(ctx context.Context) (changed bool, failed error) {
	offers, failed := c.tending.fetch()
	c.taking.Lock()
	defer c.taking.Unlock()
	held := c.view.Load().bundle
	bundle := held
	for _, o := range offers {
		n, _, err := c.update(bundle, o.documents)
		if err != nil {
			failed = errors.Join(failed, c.tending.refused(o.address, err))
			continue
		}
		bundle = n
	}
	if c.tending.due(bundle, c.clock()) {
		stated, err := root.Publish(bundle, c.tending.signer, c.tending.clerks, c.clock())
		if err == nil {
			bundle = stated
			c.log.Info("stated that the documents count", "signer", c.tending.signer)
		}
		failed = errors.Join(failed, err)
	}
	if bundle.Same(held) {
		return false, failed
	}
	return true, errors.Join(failed, c.keepTrust(ctx, bundle))
}

// keepTrust goes by trust documents that this node has fetched or stated, and
// keeps them on the disk. What was put there meanwhile is not lost: what is newer
// of it is taken in, and what cannot be is left there, as is a file that is being
// written, and one that rests on other roots.
func (c *checker) keepTrust(ctx context.Context, bundle *trust.Bundle) error {
	onDisk, err := readBundle(c.trustFile)
	if err != nil && exists(c.trustFile) {
		return errors.Join(fmt.Errorf("what was stated or fetched is not kept: %w", err), c.replace(ctx, bundle))
	}
	if err == nil {
		if !sameAnchor(onDisk, bundle) {
			return c.replace(ctx, bundle)
		}
		n, _, refused := c.update(bundle, onDisk.Published())
		if refused == nil {
			bundle = n
		}
		if path := ahead(onDisk, bundle); path != "" {
			return errors.Join(fmt.Errorf("the newer documents of %s on the disk are left there and not gone by", path), refused, c.replace(ctx, bundle))
		}
		bundle = bundle.In(onDisk.Anchor.Region)
	}
	return errors.Join(writeBundle(ownTrust(c.trustFile), bundle), c.replace(ctx, bundle))
}

// ahead gives the signer of whom a has a document that is newer than b's.
func ahead(a, b *trust.Bundle) (path string) {
	for _, p := range a.Publications {
		var terms map[trust.Part]trust.Term
		other := b.Of(p.Path())
		switch root := b.Of(p.Root.Name); {
		case root != nil && p.Root.Version > root.Root.Version:
			return p.Path()
		case other != nil:
			terms = other.Terms()
		case root != nil && p.Root.Version < root.Root.Version:
			continue // a delegate that the newer version names no more
		}
		for part, term := range p.Terms() {
			if term.Sequence > terms[part].Sequence {
				return p.Path()
			}
		}
	}
	return ""
}

// offer is what a deployment has published.
type offer struct {
	address   string
	documents []byte
}

// fetch asks for what others have published since.
func (t *tending) fetch() (offers []offer, failed error) {
	for _, address := range t.from {
		documents, err := fetchDocuments(address, t.tags)
		switch {
		case errors.Is(err, errUnchanged):
		case err != nil:
			failed = errors.Join(failed, t.refused(address, err))
		default:
			offers = append(offers, offer{address, documents})
		}
	}
	return offers, failed
}

// refused has an address asked for everything again.
func (t *tending) refused(address string, err error) error {
	delete(t.tags, address)
	return fmt.Errorf("fetching trust documents from %s: %w", address, err)
}

// update takes in what is newer of documents that others have published. Where
// this node had to state that it counts, it is to be kept on the disk.
func (c *checker) update(held *trust.Bundle, documents []byte) (n *trust.Bundle, stated bool, _ error) {
	n, err := held.Update(documents)
	if c.tending == nil || c.tending.signer == "" {
		return n, false, err
	}
	taken := held
	if err == nil {
		taken = n
	}
	overtaken, failed := root.Overtake(taken, documents, c.tending.signer, c.tending.clerks, c.clock())
	if failed != nil {
		c.log.Error("stating that newer documents count", "signer", c.tending.signer, "error", failed)
	}
	if overtaken == nil {
		return n, false, err
	}
	c.log.Info("stated that newer documents count", "signer", c.tending.signer)
	return overtaken, true, nil
}

// due says whether the signer's statement is to be made anew.
func (t *tending) due(b *trust.Bundle, now time.Time) bool {
	p := b.Of(t.signer)
	if p == nil || p.Freshness == nil {
		return false // there is nothing that could be lengthened
	}
	f := p.Freshness
	return !now.Before(f.Issued.Add(f.Expires.Sub(f.Issued) / restate))
}
