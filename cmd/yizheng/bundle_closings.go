package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/mirror"
	"yizheng/trust"
)

// closingSource gives a part of a closing list by its digest.
type closingSource func(ctx context.Context, digest string) ([]byte, error)

// An issuer that is busy, or too slow, is asked again so often for a part, after
// waits that double.
const (
	busyTries = 5
	busyWait  = time.Second
)

// patiently is closingPart for who has time: an issuer that is busy is asked
// again.
func (c *checker) patiently(ctx context.Context, digest string) (part []byte, err error) {
	err = askPatiently(ctx, c.fetched, c.mirror.Renew, func(fetch fetching) (err error) {
		part, err = c.closingPartBy(ctx, digest, fetch)
		return err
	})
	return part, err
}

// fetching brings in what stands at an address.
type fetching func(ctx context.Context, address string) error

// askPatiently asks by one way, and an issuer that answers that it is busy (503,
// 429), or not in time, again by the other, as long as ctx lasts.
func askPatiently(ctx context.Context, first, again fetching, ask func(fetching) error) error {
	err := ask(first)
	for n := range busyTries - 1 {
		if !isBusy(err) || ctx.Err() != nil {
			break
		}
		pause(ctx, busyWait<<n)
		err = ask(again)
	}
	return err
}

func isBusy(err error) bool {
	var slow net.Error
	return errors.Is(err, mirror.ErrBusy) || errors.As(err, &slow) && slow.Timeout()
}

// closingHead is a closing list without its chunks, and how many bytes it says
// to have with them.
type closingHead struct {
	*trust.ClosingList
	raw  []byte
	size int
	upTo int // bytes of it and of the region's smaller ones
}

// closings gives the closing lists of some regions, each followed by all its
// chunks, as many as a bundle may have. A region's smaller ones go first, and of
// two regions the one that takes less with it: so one with many or large ones
// leaves room for the others. One that cannot be had in time is not there. Each
// region's is waited for by itself; for the lists without chunks, by which it is
// chosen, there is a third of the time.
func (c *checker) closings(ctx context.Context, regions []license.Region, from closingSource, within time.Duration) (whole [][][]byte) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	found := make([][]closingHead, len(regions))
	first, enough := context.WithTimeout(ctx, within/3)
	defer enough()
	each(len(regions), func(n int) { found[n] = c.closingHeads(first, regions[n], from) })
	chosen := chooseClosings(found)
	lists := make([][][][]byte, len(regions))
	each(len(regions), func(n int) {
		for _, head := range chosen[n] {
			parts, err := wholeClosing(ctx, head, from)
			if err != nil {
				c.log.Warn("a closing list is left out of a bundle", "region", regions[n], "list", trust.Digest(head.raw), "error", err)
				continue
			}
			lists[n] = append(lists[n], parts)
		}
	})
	return slices.Concat(lists...)
}

// each runs do for 0 to n-1, all at once.
func each(n int, do func(int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// closingHeads gives the closing lists of a region, the smallest first.
func (c *checker) closingHeads(ctx context.Context, region license.Region, from closingSource) (heads []closingHead) {
	issuer := c.view.Load().bundle.IssuerOf(region)
	if issuer == nil {
		return nil
	}
	for _, digest := range issuer.Closings() {
		raw, err := from(ctx, digest)
		if err == nil {
			var list *trust.ClosingList
			if list, err = trust.ParseClosing(raw); err == nil {
				heads = append(heads, closingHead{ClosingList: list, raw: raw, size: len(raw) + list.Size()})
			}
		}
		if err != nil {
			c.log.Warn("a closing list is left out of a bundle", "region", region, "list", digest, "error", err)
		}
	}
	slices.SortStableFunc(heads, func(a, b closingHead) int { return cmp.Compare(a.size, b.size) })
	return heads
}

// chooseClosings says which of each region's lists, in order, a bundle has room
// for. A region whose lists take no more than an equal part has all of them.
func chooseClosings(found [][]closingHead) (chosen [][]closingHead) {
	type candidate struct {
		region int
		head   closingHead
	}
	var all []candidate
	for n, heads := range found {
		upTo := 0
		for _, head := range heads {
			upTo += head.size
			head.upTo = upTo
			all = append(all, candidate{n, head})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.head.upTo, b.head.upTo) })
	chosen = make([][]closingHead, len(found))
	left := bundle.MaxClosing
	for _, c := range all {
		if c.head.size > left {
			continue
		}
		left -= c.head.size
		chosen[c.region] = append(chosen[c.region], c.head)
	}
	return chosen
}

// wholeClosing gives a list with all of its chunks.
func wholeClosing(ctx context.Context, head closingHead, from closingSource) ([][]byte, error) {
	parts := [][]byte{head.raw}
	left := head.size - len(head.raw)
	for _, digest := range head.ChunkDigests() {
		part, err := from(ctx, digest)
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
