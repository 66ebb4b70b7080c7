package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"yizheng/api"
	"yizheng/bundle"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/mirror"
	"yizheng/trust"
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
	part, held, address := c.view.Load().lists.ClosingPart(digest)
	if held {
		return part, nil
	}
	if c.closing != nil {
		if part, err := c.closing(ctx, digest); !errors.Is(err, issuer.ErrNotFound) {
			return part, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	if address == "" { // a chunk, perhaps, of a list that this node has not needed yet
		c.fetchClosingHeads(ctx)
		_, _, address = c.view.Load().lists.ClosingPart(digest)
	}
	if address == "" || c.ours(address) {
		return nil, issuer.ErrNotFound
	}
	if err := c.fetched(ctx, address); err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrIssuerAway, err)
	}
	if part, held, _ = c.view.Load().lists.ClosingPart(digest); !held {
		return nil, fmt.Errorf("%w: %s", api.ErrIssuerAway, address)
	}
	return part, nil
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

// closingPause is how long a source that is busy is left alone: longer than
// the mirror does.
const closingPause = 6 * time.Second

// closings gives the closing lists of some regions, each followed by all its
// chunks, as many as a bundle may have: the smallest first. One that cannot be
// had in time is not there.
func (c *checker) closings(ctx context.Context, regions []license.Region, within time.Duration) (whole [][][]byte) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	heads := c.closingHeads(ctx, regions)
	slices.SortStableFunc(heads, func(a, b closingHead) int { return cmp.Compare(a.size, b.size) })
	left := bundle.MaxClosing
	for _, head := range heads {
		if head.size > left {
			break
		}
		parts, err := c.wholeClosing(ctx, head, left)
		if err != nil {
			c.log.Warn("a closing list is left out of a bundle", "list", trust.Digest(head.raw), "error", err)
			continue
		}
		for _, part := range parts {
			left -= len(part)
		}
		whole = append(whole, parts)
	}
	return whole
}

// closingHead is a closing list without its chunks, and how many bytes it says
// to have with them.
type closingHead struct {
	*trust.ClosingList
	raw  []byte
	size int
}

func (c *checker) closingHeads(ctx context.Context, regions []license.Region) (heads []closingHead) {
	for _, region := range regions {
		issuer := c.view.Load().bundle.IssuerOf(region)
		if issuer == nil {
			continue
		}
		for _, digest := range issuer.Closings() {
			raw, err := c.closingPart(ctx, digest)
			if err == nil {
				var list *trust.ClosingList
				if list, err = trust.ParseClosing(raw); err == nil {
					heads = append(heads, closingHead{list, raw, len(raw) + list.Size()})
				}
			}
			if err != nil {
				c.log.Warn("a closing list is left out of a bundle", "region", region, "list", digest, "error", err)
			}
		}
	}
	return heads
}

// wholeClosing gives a list with all of its chunks, of up to most bytes.
func (c *checker) wholeClosing(ctx context.Context, head closingHead, most int) ([][]byte, error) {
	parts := [][]byte{head.raw}
	left := most - len(head.raw)
	for _, digest := range head.ChunkDigests() {
		part, err := c.closingPart(ctx, digest)
		for errors.Is(err, mirror.ErrBusy) && ctx.Err() == nil {
			pause(ctx, closingPause)
			part, err = c.closingPart(ctx, digest)
		}
		if err != nil {
			return nil, err
		}
		if left -= len(part); left < 0 {
			return nil, errors.New("it has more entries than it says")
		}
		parts = append(parts, part)
	}
	return parts, nil
}
