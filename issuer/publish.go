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
	return i.build(ctx, due{expiring: time.Unix(1, 0), ahead: never()})
}

// Refresh is Publish that also signs anew what is older than ListRenewal, so
// that a list is never too old for a verifier while anybody is at work; and
// what a clock ahead of ours has dated, which verifiers would take for the
// time. It is to be called several times within a ListRenewal.
func (i *Issuer) Refresh(ctx context.Context) (Built, error) {
	now := i.now()
	return i.build(ctx, due{expiring: now.Add(i.c.ListLifetime - i.c.ListRenewal), ahead: now.Add(ClocksDiffer)})
}

// never is later than anything is signed.
func never() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// ClocksDiffer is by how much the clocks of those who write one register may.
const ClocksDiffer = time.Minute

// due says what is to be built although it shows what there is: what expires
// up to an instant, and what was issued after another.
type due struct{ expiring, ahead time.Time }

func (d due) isNot(p Published) bool {
	return (p.ExpiresAt.IsZero() || p.ExpiresAt.After(d.expiring)) && !p.IssuedAt.After(d.ahead)
}

// build works off what is due until nothing is, or only what we have signed
// and others have changed since. Where another was first, what he has signed
// may not show what was changed before us, so that it is asked again what is
// due.
func (i *Issuer) build(ctx context.Context, when due) (Built, error) {
	var b Built
	doneLists, doneRecords := map[uint32]bool{}, map[string]bool{}
	for {
		todo, err := i.c.Store.Due(ctx, when.expiring, when.ahead, dueAtOnce)
		if err != nil {
			return b, fmt.Errorf("finding what is to be published: %w", err)
		}
		lists, err := each(todo.Chunks, doneLists, &b.Lists, func(n uint32) (bool, error) { return i.buildList(ctx, n, when) })
		if err != nil {
			return b, err
		}
		records, err := each(todo.Records, doneRecords, &b.Records, func(base string) (bool, error) { return i.buildRecord(ctx, base, when) })
		if err != nil || !lists && !records {
			return b, err
		}
	}
}

// each builds what is due and not done yet, notes what it has built, and says
// whether there was any to build.
func each[K comparable](due []K, done map[K]bool, built *[]K, build func(K) (bool, error)) (some bool, _ error) {
	for _, k := range due {
		if done[k] {
			continue // it changed after we read it: whoever changed it publishes after us
		}
		some = true
		was, err := build(k)
		if err != nil {
			return some, err
		}
		if was {
			done[k] = true
			*built = append(*built, k)
		}
	}
	return some, nil
}

// wasFirst says whether what was signed was stored. Where another was first it was
// not, and that is no error.
func wasFirst(err error) (bool, error) {
	if errors.Is(err, ErrMoved) {
		return false, nil
	}
	return err == nil, err
}

// buildList signs one status list, and says whether it did: neither where the
// list shows what there is, nor where another was first.
func (i *Issuer) buildList(ctx context.Context, number uint32, when due) (built bool, _ error) {
	c, err := i.c.Store.Chunk(ctx, number)
	if err != nil {
		return false, fmt.Errorf("reading status list %d: %w", number, err)
	}
	if c.Published.Built == c.Change && when.isNot(c.Published) {
		return false, nil
	}
	p := Published{Sequence: c.Published.Sequence + 1, Built: c.Change, IssuedAt: i.now()}
	p.ExpiresAt = p.IssuedAt.Add(i.c.ListLifetime)
	p.Token, err = status.Build(status.Config{
		Subject: status.Address(i.c.StatusBase, number), IssuedAt: p.IssuedAt,
		Lifetime: i.c.ListLifetime, TTL: i.c.ListTTL, Sequence: p.Sequence, Values: c.values(),
	}, i.c.Keys.Status)
	if err == nil {
		err = i.checkList(p.Token)
	}
	if err != nil {
		return false, fmt.Errorf("building status list %d: %w", number, err)
	}
	if built, err = wasFirst(i.c.Store.PutList(ctx, number, p)); err != nil {
		return false, fmt.Errorf("storing status list %d: %w", number, err)
	}
	return built, nil
}

// buildRecord signs the record of one license: its versions, whose last is
// the successor of all others. It says whether it did, as buildList does.
func (i *Issuer) buildRecord(ctx context.Context, base string, when due) (built bool, _ error) {
	r, err := i.c.Store.Record(ctx, base)
	if err != nil {
		return false, fmt.Errorf("reading the record of %s: %w", base, err)
	}
	if r.Published.Built == r.Change && when.isNot(r.Published) {
		return false, nil
	}
	p := Published{Sequence: r.Published.Sequence + 1, Built: r.Change, IssuedAt: i.now()}
	record := trust.Record{License: base, Sequence: p.Sequence, Issued: p.IssuedAt}
	for _, v := range r.Versions {
		id, err := license.ParseIdentifier(v.Identifier)
		if err != nil {
			return false, fmt.Errorf("reading the record of %s: %w", base, err)
		}
		record.Versions = append(record.Versions, trust.Version{Identifier: id, Issued: license.DateOf(v.IssuedAt)})
	}
	if p.Token, err = trust.BuildRecord(record, i.c.Keys.Record); err == nil {
		err = i.checkList(p.Token)
	}
	if err != nil {
		return false, fmt.Errorf("building the record of %s: %w", base, err)
	}
	if built, err = wasFirst(i.c.Store.PutRecord(ctx, base, p)); err != nil {
		return false, fmt.Errorf("storing the record of %s: %w", base, err)
	}
	return built, nil
}

// checkList looks at what is about to be published.
func (i *Issuer) checkList(token string) error {
	if i.c.ListChecker == nil {
		return nil
	}
	return i.c.ListChecker.CheckList(token)
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
