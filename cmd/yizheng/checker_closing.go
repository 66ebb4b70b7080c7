package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"yizheng/api"
	"yizheng/issuer"
	"yizheng/verifier"
)

// closingParts gives a part of a closing list by its digest, and
// issuer.ErrNotFound for one that it does not have.
type closingParts func(ctx context.Context, digest string) ([]byte, error)

// verifyClosed verifies, and brings in those parts of closing lists that would
// settle the answer: the list and one chunk, of a key and of an entry.
func (c *checker) verifyClosed(ctx context.Context, v *view, text string, now time.Time) verifier.Result {
	return settled(
		func() verifier.Result { return v.verifier.Verify(text, now) },
		func(wanted string) { c.bringClosing(ctx, wanted) },
	)
}

// bringClosing brings in a part of a closing list.
func (c *checker) bringClosing(ctx context.Context, address string) {
	part, err := c.closingPart(ctx, path.Base(address))
	if err == nil {
		_, err = c.add(address, part)
	}
	if err != nil {
		c.log.Debug("taking a closing list", "address", address, "error", err)
	}
}

// closingPart gives a closing list or a chunk of one: as it is held, from our
// own register, or from the issuer who publishes it.
func (c *checker) closingPart(ctx context.Context, digest string) ([]byte, error) {
	return c.closingPartBy(ctx, digest, c.fetched)
}

func (c *checker) closingPartBy(ctx context.Context, digest string, fetch fetching) ([]byte, error) {
	part, err := c.closingAtHand(ctx, digest)
	if !errors.Is(err, issuer.ErrNotFound) {
		return part, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	_, _, address := c.view.Load().lists.ClosingPart(digest)
	if address == "" { // a chunk, perhaps, of a list that this node has not needed yet
		c.fetchClosingHeads(ctx)
		_, _, address = c.view.Load().lists.ClosingPart(digest)
	}
	if address == "" || c.ours(address) {
		return nil, issuer.ErrNotFound
	}
	if err := fetch(ctx, address); err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrIssuerAway, err)
	}
	part, held, _ := c.view.Load().lists.ClosingPart(digest)
	if !held {
		return nil, fmt.Errorf("%w: %s", api.ErrIssuerAway, address)
	}
	return part, nil
}

// closingAtHand gives a part as it is held, or from our own register.
func (c *checker) closingAtHand(ctx context.Context, digest string) ([]byte, error) {
	if part, held, _ := c.view.Load().lists.ClosingPart(digest); held {
		return part, nil
	}
	if c.closing != nil {
		return c.closing(ctx, digest)
	}
	return nil, issuer.ErrNotFound
}

// fetchClosingHeads brings in all closing lists of others that the trust lists
// name, without their chunks.
func (c *checker) fetchClosingHeads(ctx context.Context) {
	for _, address := range c.view.Load().lists.ClosingHeads() {
		if !c.ours(address) {
			c.fetch(ctx, address)
		}
	}
}
