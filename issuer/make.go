package issuer

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/payload"
)

// make reserves what the plan needs, signs each version and checks it. Nothing of
// it may leave the process before it is stored: until then, and for ever where a
// crash comes first, the status entries that were reserved read revoked.
func (i *Issuer) make(ctx context.Context, o Order, hash [32]byte, p plan) (Batch, error) {
	id, err := i.batchID()
	if err != nil {
		return Batch{}, err
	}
	b := Batch{ID: id, Key: o.Key, Hash: hash, Actor: o.Actor.String(), At: i.now()}
	slots, err := i.reserve(ctx, b.At, p.versions)
	if err != nil {
		return Batch{}, err
	}
	for n, v := range p.versions {
		e, err := i.entry(v, slots[n], b.At)
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

// entry puts serial and place into a planned version, signs it, and composes what
// the library is told of it.
func (i *Issuer) entry(v planned, s Slot, at time.Time) (Entry, error) {
	l := v.license
	l.Identifier.Serial = s.Serial
	l.Number = string(l.Region) + s.Serial
	if v.predecessor != "" {
		l.Number = v.license.Number
	}
	l.StatusIndex = s.Index
	e := Entry{
		License: l, Content: v.content, Operation: v.operation, Predecessor: v.predecessor,
		KeyID: i.c.Keys.License.PublicKey().KeyID(), States: v.states,
	}
	var err error
	if e.Text, err = i.sign(l); err != nil {
		return Entry{}, err
	}
	e.Event, err = issueEvent(e, at)
	return e, err
}

func (i *Issuer) encode(l license.License) (*payload.Draft, error) {
	d, err := payload.Encode(&l, i.c.Dictionary, i.c.Keys.License.PublicKey())
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", l.Identifier, err)
	}
	return d, nil
}

// sign makes the code's text and verifies it.
func (i *Issuer) sign(l license.License) (string, error) {
	d, err := i.encode(l)
	if err != nil {
		return "", err
	}
	sig, err := i.c.Keys.License.Sign(d.SigningInput())
	if err != nil {
		return "", fmt.Errorf("signing %s: %w", l.Identifier, err)
	}
	code, err := d.Sealed(sig)
	if err != nil {
		return "", fmt.Errorf("sealing %s: %w", l.Identifier, err)
	}
	text := code.Text(i.c.Prefix)
	if err := i.check(text, l); err != nil {
		i.c.Log.Error("what was signed does not verify, and is not issued", "license", l.Identifier.String(), "error", err)
		return "", fmt.Errorf("verifying our own output for %s: %w", l.Identifier, err)
	}
	return text, nil
}

// check reads the text back from its digits: it must be signed by our key and
// say exactly what was asked for. Where a stranger does that, by the published
// key, once is enough.
func (i *Issuer) check(text string, want license.License) error {
	if i.c.Checker != nil {
		return i.c.Checker.Check(text, want)
	}
	_, code, err := payload.Find(text)
	if err != nil {
		return err
	}
	key := i.c.Keys.License.PublicKey()
	if code.KeyID != key.KeyID() {
		return fmt.Errorf("it names the key %s, not %s", code.KeyID, key.KeyID())
	}
	got, err := code.License(i.c.Dictionary)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(*got, want) {
		return errors.New("it reads back as another license")
	}
	return key.Verify(code.SigningInput(key.Algorithm()), code.Signature)
}

func statesOf(standing []PermitStanding) []license.State {
	states := make([]license.State, len(standing))
	for n, s := range standing {
		states[n] = s.State
	}
	return states
}

// issueEvent composes what the library is told of a new version.
func issueEvent(e Entry, at time.Time) (metadata.Event, error) {
	kind, operation := metadata.Issue, metadata.OperationNew
	switch e.Operation {
	case "change", operationReissue:
		kind, operation = metadata.Change, metadata.OperationChange
	case "renew":
		kind, operation = metadata.Change, metadata.OperationRenewal
	}
	c := metadata.NewCertificate(e.License, e.States, e.License.Identifier.Issuer, e.Predecessor, operation)
	return metadata.NewEvent(e.License.Identifier.Base(), kind, at, c)
}
