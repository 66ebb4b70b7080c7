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
	ours := pages(func(after string, limit int) ([]metadata.Standing, error) {
		return r.Ledger.Standings(ctx, after, limit)
	},
		func(s metadata.Standing) string { return s.License })
	theirs := pages(func(after string, limit int) ([]metadata.Summary, error) {
		return r.Library.Summaries(ctx, after, limit)
	},
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
		if !haveOur && !haveTheir {
			return found, nil
		}
		var both sides
		if haveOur && (!haveTheir || our.License <= their.License) {
			both.license, both.our = our.License, our
		}
		if haveTheir && (!haveOur || their.License <= our.License) {
			both.license, both.their = their.License, their
		}
		if err := r.compare(ctx, both, ours, theirs, &found); err != nil {
			return found, err
		}
		if both.our.License != "" {
			ours.advance()
		}
		if both.their.License != "" {
			theirs.advance()
		}
	}
}

// sides is one license as both sides have it; a side that does not have it is
// empty.
type sides struct {
	license string
	our     metadata.Standing
	their   metadata.Summary
}

// compare looks at one license on both sides, and queues what repairs it.
func (r Reconciler) compare(ctx context.Context, both sides, ours *walk[metadata.Standing], theirs *walk[metadata.Summary], found *Reconciliation) error {
	d, repair, err := r.difference(ctx, both)
	if err != nil {
		return err
	}
	if d.Reason != "" {
		// The two pages were read one after the other, and filing goes on.
		now, still, err := again(both.license, ours, theirs)
		switch {
		case err != nil:
			return err
		case !still:
			found.Compared++
			found.Differences = append(found.Differences, moved(both.license))
			return nil
		}
		both = now
		if d, repair, err = r.difference(ctx, both); err != nil {
			return err
		}
	}
	if both.our.License != "" {
		found.Compared++
	}
	switch {
	case d.Reason == "" && both.our.Delivered < both.our.Sequence:
		found.Pending++
		return nil
	case d.Reason == "":
		found.Agreed++
		return nil
	}
	if repair != nil && !r.DryRun {
		if err := repair(); err != nil {
			if now, still, _ := again(both.license, ours, theirs); still && now.our.Sequence == both.our.Sequence {
				found.Differences = append(found.Differences, d)
				return fmt.Errorf("repairing %s: %w", both.license, err)
			}
			d = moved(both.license)
		}
		d.Queued = d.Reason != DiffMoved
	}
	found.Differences = append(found.Differences, d)
	return nil
}

func moved(license string) Difference {
	return Difference{License: license, Reason: DiffMoved, Detail: "it changed while it was looked at: compare once more"}
}

// again reads one license anew. Without still, our side changed while theirs
// was read, and the two cannot be compared.
func again(license string, ours *walk[metadata.Standing], theirs *walk[metadata.Summary]) (both sides, still bool, err error) {
	both.license = license
	before, err := ours.find(license)
	if err != nil {
		return both, false, fmt.Errorf("reading the register: %w", err)
	}
	if both.their, err = theirs.find(license); err != nil {
		return both, false, fmt.Errorf("reading the library: %w", err)
	}
	if both.our, err = ours.find(license); err != nil {
		return both, false, fmt.Errorf("reading the register: %w", err)
	}
	return both, before.Sequence == both.our.Sequence && before.Delivered == both.our.Delivered, nil
}

// difference says how a license differs, with an empty reason where it does
// not, and what repairs that; nil where nothing does.
func (r Reconciler) difference(ctx context.Context, both sides) (d Difference, repair func() error, _ error) {
	our, their := both.our, both.their
	d.License = both.license
	switch {
	case our.License == "" && their.License == "":
	case our.License == "":
		d.Reason, d.Detail = DiffUnknown, "the library has it, and the register does not"
	case their.Sequence > our.Sequence:
		d.Reason, d.Detail = DiffAhead, fmt.Sprintf("the library stands at event %d, the register at %d", their.Sequence, our.Sequence)
		repair = func() error { return r.Ledger.Passed(ctx, our.License, their.Sequence) }
	case their.Sequence < our.Delivered:
		d.Reason, d.Detail = DiffBehind, fmt.Sprintf("the library stands at event %d, and acknowledged %d", their.Sequence, our.Delivered)
		if their.Sequence == 0 {
			d.Reason = DiffMissing
		}
		repair = func() error { return r.Ledger.Redeliver(ctx, our.License, their.Sequence+1) }
	case our.Delivered < our.Sequence:
	case our.Identifier != their.Identifier:
		d.Reason, d.Detail = DiffVersion, fmt.Sprintf("the library's newest version is %q, the register's %q: no event can repair that", their.Identifier, our.Identifier)
	default:
		return r.differentContent(ctx, our, their)
	}
	return d, repair, nil
}

// differentContent looks at a license of which the library has every event.
func (r Reconciler) differentContent(ctx context.Context, our metadata.Standing, their metadata.Summary) (d Difference, repair func() error, _ error) {
	d.License = our.License
	now := time.Now
	if r.Clock != nil {
		now = r.Clock
	}
	events, err := restatement(our, their, now().UTC().Truncate(time.Second))
	if err != nil {
		return d, nil, fmt.Errorf("restating %s: %w", our.License, err)
	}
	if len(events) > 0 {
		d.Reason, d.Detail = DiffState, fmt.Sprintf("%d states differ", len(events))
	}
	if our.Document != their.Document && our.Document != "" {
		event, err := r.Ledger.DocumentEvent(ctx, our.Identifier)
		if err != nil {
			return d, nil, fmt.Errorf("restating %s: %w", our.License, err)
		}
		events = append(events, event)
		if d.Reason == "" {
			d.Reason, d.Detail = DiffDocument, "the document's digest differs"
		} else {
			d.Detail += "; the document's digest differs, too"
		}
	}
	return d, func() error { return r.Ledger.Restate(ctx, our.License, our.Sequence, events) }, nil
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
	read   func(after string, limit int) ([]T, error)
	key    func(T) string
	page   []T
	before string // the last value that was taken
	last   string // that was read
	end    bool
}

func pages[T any](read func(string, int) ([]T, error), key func(T) string) *walk[T] {
	return &walk[T]{read: read, key: key}
}

// peek gives the next value without taking it.
func (w *walk[T]) peek() (value T, ok bool, _ error) {
	if len(w.page) == 0 && !w.end {
		page, err := w.read(w.last, pageSize)
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

func (w *walk[T]) advance() { w.before, w.page = w.key(w.page[0]), w.page[1:] }

// find reads the value of a key as it is by now; the zero value when there is
// none. The key must follow all that was taken.
func (w *walk[T]) find(key string) (value T, _ error) {
	for after := w.before; ; {
		page, err := w.read(after, 1)
		if err != nil || len(page) == 0 || w.key(page[0]) > key {
			return value, err
		}
		if after = w.key(page[0]); after == key {
			return page[0], nil
		}
	}
}
