package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/payload"
)

// prepare reserves what the plan needs and stores what is to be signed.
func (i *Issuer) prepare(ctx context.Context, o Order, hash [32]byte, p plan) (Batch, error) {
	now := i.now()
	id, err := i.batchID()
	if err != nil {
		return Batch{}, err
	}
	b := Batch{ID: id, Key: o.Key, Hash: hash, Actor: o.Actor.String(), PreparedAt: now}
	slots, err := i.reserve(ctx, now, p.versions)
	if err != nil {
		return Batch{}, err
	}
	for n, v := range p.versions {
		e, err := i.entry(v, slots[n])
		if err != nil {
			return Batch{}, err
		}
		b.Entries = append(b.Entries, e)
	}
	for _, a := range p.answer {
		if a.identifier == "" {
			a.identifier = b.Entries[a.planned].License.Identifier.String()
		}
		b.Answer = append(b.Answer, a.identifier)
	}
	if len(b.Entries) == 0 && b.Key == "" {
		return b, nil
	}
	if err := i.c.Store.Prepare(ctx, b); err != nil {
		return Batch{}, fmt.Errorf("storing what is to be signed: %w", err)
	}
	return b, nil
}

// reserve takes a serial and a block of status entries for each version.
func (i *Issuer) reserve(ctx context.Context, now time.Time, versions []planned) ([]Slot, error) {
	if len(versions) == 0 {
		return nil, nil
	}
	wants := make([]Want, len(versions))
	for n, v := range versions {
		wants[n] = Want{Serial: v.license.Identifier.Serial, Length: 1 + len(v.license.Permits)}
	}
	slots, err := i.c.Store.Reserve(ctx, license.DateOf(now).Start().Year(), wants, i.draw)
	if err != nil {
		return nil, fmt.Errorf("reserving serials: %w", err)
	}
	if len(slots) != len(wants) {
		return nil, errors.New("reserving serials: the store gave another number than asked for")
	}
	return slots, nil
}

// entry puts serial and place into a planned version, and encodes what is to
// be signed.
func (i *Issuer) entry(v planned, s Slot) (Entry, error) {
	l := v.license
	l.Identifier.Serial = s.Serial
	l.Number = string(l.Region) + s.Serial
	if v.predecessor != "" {
		l.Number = v.license.Number
	}
	l.StatusIndex = s.Index
	d, err := i.encode(l)
	if err != nil {
		return Entry{}, err
	}
	return Entry{
		License: l, Content: v.content, Operation: v.operation, Predecessor: v.predecessor,
		KeyID: i.c.Keys.License.PublicKey().KeyID(), SigningInput: d.SigningInput(),
	}, nil
}

func (i *Issuer) encode(l license.License) (*payload.Draft, error) {
	d, err := payload.Encode(&l, i.c.Dictionary, i.c.Keys.License.PublicKey())
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", l.Identifier, err)
	}
	return d, nil
}
