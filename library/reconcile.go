package library

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yizheng/library/metadata"
)

// Reconciliation is what comparing the register with the library found and
// did.
type Reconciliation struct {
	Compared    int          `json:"compared"`    // licenses of the register
	Agreed      int          `json:"agreed"`      // that stand the same on both sides
	Pending     int          `json:"pending"`     // that wait for delivery, as is right
	Differences []Difference `json:"differences"` // all else
}

// Difference is one license that stands otherwise in the library.
type Difference struct {
	License string `json:"license"`
	Reason  string `json:"reason"` // see the Difference reasons
	Detail  string `json:"detail"`
	Queued  bool   `json:"queued"` // what repairs it was queued
}

// The reasons of a difference.
const (
	DiffMissing  = "missing"            // the library has nothing of it, and acknowledged some
	DiffBehind   = "behind"             // the library lacks events that it acknowledged
	DiffAhead    = "ahead"              // the library has events that the register does not know: the register is an old copy
	DiffState    = "state"              // the state of the license or of a permit differs
	DiffDocument = "document"           // the digest of the document differs
	DiffVersion  = "version"            // another version is the newest
	DiffUnknown  = "unknown_to_us"      // the register does not know the license
	DiffMoved    = "moved_while_looked" // it changed meanwhile: look again
)

// Ledger is the register, as reconciling reads and repairs it.
type Ledger interface {
	// Standings gives where licenses stand after the given one, in order.
	Standings(ctx context.Context, after string, limit int) ([]metadata.Standing, error)
	Redeliver(ctx context.Context, license string, from int64) error
	// Restate queues events that state anew where a license stands.
	Restate(ctx context.Context, license string, last int64, events []metadata.Event) error
	// Passed takes note of events that the library has and the ledger, an old
	// copy, does not know: what is queued next follows them.
	Passed(ctx context.Context, license string, sequence int64) error
	// DocumentEvent gives the event that states a version's document.
	DocumentEvent(ctx context.Context, identifier string) (metadata.Event, error)
}

// Catalogue is the library, as reconciling reads it.
type Catalogue interface {
	// Summaries gives where licenses stand after the given one, in order.
	Summaries(ctx context.Context, after string, limit int) ([]metadata.Summary, error)
}

// Reconciler compares the register with the library and queues what repairs
// the difference. It never deletes anything on either side.
type Reconciler struct {
	Ledger  Ledger
	Library Catalogue
	Clock   func() time.Time // nil for the machine's
	DryRun  bool             // only look
}

// pageSize is how many licenses are compared at a time.
const pageSize = 500

// Reconcile walks both sides in the order of licenses.
func (r Reconciler) Reconcile(ctx context.Context) (Reconciliation, error) {
	found := Reconciliation{Differences: []Difference{}}
	ours := pages(func(after string) ([]metadata.Standing, error) { return r.Ledger.Standings(ctx, after, pageSize) },
		func(s metadata.Standing) string { return s.License })
	theirs := pages(func(after string) ([]metadata.Summary, error) { return r.Library.Summaries(ctx, after, pageSize) },
		func(s metadata.Summary) string { return s.License })
	for {
		our, haveOur, err := ours.peek()
		if err != nil {
			return found, fmt.Errorf("reading the register: %w", err)
		}
		their, haveTheir, err := theirs.peek()
		if err != nil {
			return found, fmt.Errorf("reading the library: %w", err)
		}
		switch {
		case !haveOur && !haveTheir:
			return found, nil
		case !haveOur || haveTheir && their.License < our.License:
			found.Differences = append(found.Differences, Difference{License: their.License, Reason: DiffUnknown, Detail: "the library has it, and the register does not"})
			theirs.advance()
			continue
		case !haveTheir || our.License < their.License:
			their = metadata.Summary{License: our.License}
		default:
			theirs.advance()
		}
		ours.advance()
		found.Compared++
		if err := r.compare(ctx, our, their, &found); err != nil {
			return found, err
		}
	}
}

// compare looks at one license on both sides.
func (r Reconciler) compare(ctx context.Context, our metadata.Standing, their metadata.Summary, found *Reconciliation) error {
	d := Difference{License: our.License}
	var err error
	switch {
	case their.Sequence > our.Sequence:
		d.Reason, d.Detail = DiffAhead, fmt.Sprintf("the library stands at event %d, the register at %d", their.Sequence, our.Sequence)
		if !r.DryRun {
			err = r.Ledger.Passed(ctx, our.License, their.Sequence)
			d.Queued = err == nil
		}
	case their.Sequence < our.Delivered:
		d.Reason, d.Detail = DiffBehind, fmt.Sprintf("the library stands at event %d, and acknowledged %d", their.Sequence, our.Delivered)
		if their.Sequence == 0 {
			d.Reason = DiffMissing
		}
		if !r.DryRun {
			err = r.Ledger.Redeliver(ctx, our.License, their.Sequence+1)
			d.Queued = err == nil
		}
	case our.Delivered < our.Sequence:
		found.Pending++
		return nil
	default:
		return r.compareContent(ctx, our, their, found)
	}
	found.Differences = append(found.Differences, d)
	if err != nil {
		return fmt.Errorf("repairing %s: %w", our.License, err)
	}
	return nil
}

// compareContent looks at a license of which the library has every event.
func (r Reconciler) compareContent(ctx context.Context, our metadata.Standing, their metadata.Summary, found *Reconciliation) error {
	d := Difference{License: our.License}
	if our.Identifier != their.Identifier {
		d.Reason, d.Detail = DiffVersion, fmt.Sprintf("the library's newest version is %q, the register's %q: no event can repair that", their.Identifier, our.Identifier)
		found.Differences = append(found.Differences, d)
		return nil
	}
	now := time.Now
	if r.Clock != nil {
		now = r.Clock
	}
	events, err := restatement(our, their, now().UTC().Truncate(time.Second))
	if err != nil {
		return fmt.Errorf("restating %s: %w", our.License, err)
	}
	if len(events) > 0 {
		d.Reason, d.Detail = DiffState, fmt.Sprintf("%d states differ", len(events))
	}
	if our.Document != their.Document && our.Document != "" {
		event, err := r.Ledger.DocumentEvent(ctx, our.Identifier)
		if err != nil {
			return fmt.Errorf("restating %s: %w", our.License, err)
		}
		events = append(events, event)
		if d.Reason == "" {
			d.Reason = DiffDocument
		}
		d.Detail += "; the document's digest differs"
	}
	if len(events) == 0 {
		found.Agreed++
		return nil
	}
	if !r.DryRun {
		err = r.Ledger.Restate(ctx, our.License, our.Sequence, events)
		d.Queued = err == nil
	}
	found.Differences = append(found.Differences, d)
	if err != nil {
		return fmt.Errorf("restating %s: %w", our.License, err)
	}
	return nil
}

// restatement gives an event for each state that differs.
func restatement(our metadata.Standing, their metadata.Summary, at time.Time) ([]metadata.Event, error) {
	var changes []metadata.StatusChange
	change := metadata.StatusChange{ZZBS: our.Identifier, Reason: "reconciliation", Actor: "reconciliation", At: at}
	if our.State != their.State {
		c := change
		c.From, c.To = their.State, our.State
		changes = append(changes, c)
	}
	for _, p := range our.Permits {
		n := slices.IndexFunc(their.Permits, func(q metadata.PermitState) bool { return q.Authority == p.Authority && q.Number == p.Number })
		if n < 0 || their.Permits[n].State == p.State {
			continue
		}
		c := change
		c.Authority, c.Number, c.From, c.To = p.Authority, p.Number, their.Permits[n].State, p.State
		changes = append(changes, c)
	}
	var events []metadata.Event
	for _, c := range changes {
		e, err := metadata.NewEvent(our.License, metadata.Status, at, c)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// walk gives the values of a list that is read page by page.
type walk[T any] struct {
	read func(after string) ([]T, error)
	key  func(T) string
	page []T
	last string
	end  bool
}

func pages[T any](read func(string) ([]T, error), key func(T) string) *walk[T] {
	return &walk[T]{read: read, key: key}
}

// peek gives the next value without taking it.
func (w *walk[T]) peek() (value T, ok bool, _ error) {
	if len(w.page) == 0 && !w.end {
		page, err := w.read(w.last)
		if err != nil {
			return value, false, err
		}
		for _, v := range page {
			if w.key(v) <= w.last {
				return value, false, errors.New("the list is not in order")
			}
			w.last = w.key(v)
		}
		w.page, w.end = page, len(page) == 0
	}
	if len(w.page) == 0 {
		return value, false, nil
	}
	return w.page[0], true, nil
}

func (w *walk[T]) advance() { w.page = w.page[1:] }
