package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
)

// Built says what Publish and Refresh built.
type Built struct {
	Lists   []uint32 // status lists, by number
	Records []string // license records, by license
}

// dueAtOnce is how many lists and records are looked up at a time.
const dueAtOnce = 256

// Publish builds and signs every status list and license record whose content
// has changed since it was built, each with the next sequence, and stores
// them in the register. Several may publish at once: one of them is first.
func (i *Issuer) Publish(ctx context.Context) (Built, error) {
	return i.build(ctx, time.Unix(1, 0))
}

// Refresh is Publish that also signs anew what is older than ListRenewal, so
// that a list is never too old for a verifier while anybody is at work. It is
// to be called several times within a ListRenewal.
func (i *Issuer) Refresh(ctx context.Context) (Built, error) {
	return i.build(ctx, i.now().Add(i.c.ListLifetime-i.c.ListRenewal))
}

// build works off what is due until nothing is.
func (i *Issuer) build(ctx context.Context, expiring time.Time) (Built, error) {
	var b Built
	done := map[any]bool{}
	for {
		due, err := i.c.Store.Due(ctx, expiring, dueAtOnce)
		if err != nil {
			return b, fmt.Errorf("finding what is to be published: %w", err)
		}
		fresh := false
		for _, n := range due.Chunks {
			if done[n] {
				continue // it changed again meanwhile: the next round has it
			}
			if err := i.buildList(ctx, n, expiring); err != nil {
				return b, err
			}
			done[n], fresh = true, true
			b.Lists = append(b.Lists, n)
		}
		for _, base := range due.Records {
			if done[base] {
				continue
			}
			if err := i.buildRecord(ctx, base); err != nil {
				return b, err
			}
			done[base], fresh = true, true
			b.Records = append(b.Records, base)
		}
		if !fresh {
			return b, nil
		}
	}
}

// buildList signs one status list. Another that was first is fine: what it
// did not show is still due.
func (i *Issuer) buildList(ctx context.Context, number uint32, expiring time.Time) error {
	c, err := i.c.Store.Chunk(ctx, number)
	if err != nil {
		return fmt.Errorf("reading status list %d: %w", number, err)
	}
	if c.Published.Built == c.Change && c.Published.ExpiresAt.After(expiring) {
		return nil
	}
	values := make(map[uint32]status.Value)
	for _, block := range c.Blocks {
		for n, state := range block.States {
			values[block.Offset+uint32(n)] = valueOf(state)
		}
	}
	p := Published{Sequence: c.Published.Sequence + 1, Built: c.Change, IssuedAt: i.now()}
	p.ExpiresAt = p.IssuedAt.Add(i.c.ListLifetime)
	p.Token, err = status.Build(status.Config{
		Subject: status.Address(i.c.StatusBase, number), IssuedAt: p.IssuedAt,
		Lifetime: i.c.ListLifetime, TTL: i.c.ListTTL, Sequence: p.Sequence, Values: values,
	}, i.c.Keys.Status)
	if err != nil {
		return fmt.Errorf("building status list %d: %w", number, err)
	}
	if err := i.c.Store.PutList(ctx, number, p); err != nil && !errors.Is(err, ErrMoved) {
		return fmt.Errorf("storing status list %d: %w", number, err)
	}
	return nil
}

// buildRecord signs the record of one license: its versions, whose last is
// the successor of all others.
func (i *Issuer) buildRecord(ctx context.Context, base string) error {
	r, err := i.c.Store.Record(ctx, base)
	if err != nil {
		return fmt.Errorf("reading the record of %s: %w", base, err)
	}
	if r.Published.Built == r.Change {
		return nil
	}
	p := Published{Sequence: r.Published.Sequence + 1, Built: r.Change, IssuedAt: i.now()}
	record := trust.Record{License: base, Sequence: p.Sequence, Issued: p.IssuedAt}
	for _, v := range r.Versions {
		id, err := license.ParseIdentifier(v.Identifier)
		if err != nil {
			return fmt.Errorf("reading the record of %s: %w", base, err)
		}
		record.Versions = append(record.Versions, trust.Version{Identifier: id, Issued: license.DateOf(v.IssuedAt)})
	}
	if p.Token, err = trust.BuildRecord(record, i.c.Keys.Record); err != nil {
		return fmt.Errorf("building the record of %s: %w", base, err)
	}
	if err := i.c.Store.PutRecord(ctx, base, p); err != nil && !errors.Is(err, ErrMoved) {
		return fmt.Errorf("storing the record of %s: %w", base, err)
	}
	return nil
}

// valueOf gives the entry of a state. A state that no entry has reads
// revoked.
func valueOf(s license.State) status.Value {
	switch s {
	case license.Valid:
		return status.Valid
	case license.Suspended:
		return status.Suspended
	case license.Superseded:
		return status.Superseded
	case license.Withdrawn:
		return status.Withdrawn
	case license.Cancelled:
		return status.Cancelled
	}
	return status.Revoked
}
