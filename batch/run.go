package batch

import (
	"context"
	"errors"
	"fmt"
)

// How a run can end beside well.
var (
	// ErrFaulty says that rows are faulty, and nothing was done by this run.
	ErrFaulty = errors.New("rows are faulty, and nothing was done")
	// ErrStopped says that it was asked to stop; the next run goes on.
	ErrStopped = errors.New("stopped")
)

// Run issues the licenses of one file, or carries its acts out.
type Run struct {
	Config
	File  *File
	Paths Paths

	SkipFaulty   bool // issue what is good, though some rows are faulty
	ValidateOnly bool // issue nothing
	// Shuffle brings groups that lie beside each other into an order of this
	// node's own, so that several nodes on one file, and one register, seldom
	// do the same; nil leaves them as they are. When such a run is stopped,
	// some rows are done that its results do not have yet.
	Shuffle func(n int, swap func(i, j int))
	// Begun says that a run of the file elsewhere has found every row good and
	// has begun to issue. A row that is found faulty since then keeps no other
	// from being issued, and what was issued for it stays told.
	Begun bool
	// Begin is called when every row was found good, before the first is
	// issued: whoever goes on elsewhere has to hear of it. nil: nobody does.
	Begin func(ctx context.Context) error
	// HandedIn names this handing in of a file of acts. Whoever goes on with it
	// does no act a second time, whatever happened since. Empty: a file that is
	// run again is meant again.
	HandedIn string
	// Document makes the document of a version at once; nil leaves it to the
	// jobs that follow every issue.
	Document func(ctx context.Context, identifier string) error
}

// Outcome is what a run came to.
type Outcome struct {
	Rows    int  `json:"rows"`
	Faulty  int  `json:"faulty"`  // rows; each has its faults in the file of faults
	Faults  int  `json:"faults"`  // in all
	Before  int  `json:"before"`  // rows that an earlier run was done with
	Issued  int  `json:"issued"`  // rows that have a license, those of earlier runs included
	Refused int  `json:"refused"` // rows that have none
	Ended   bool `json:"ended"`   // every row has its line among the results
}

// Do looks at every row and issues. When ctx ends, the groups that are at work
// are brought to their end, and ErrStopped is returned. A run of a file whose
// last run was stopped or killed goes on where that was; one of a file that is
// done issues nothing.
func (r *Run) Do(ctx context.Context) (o Outcome, err error) {
	s, err := openState(r.Paths.State)
	if err != nil {
		return o, err
	}
	defer func() { err = joined(err, s.close()) }()
	if err := s.isOf(r.File, r.Paths); err != nil {
		return o, err
	}
	done, err := openResults(r.Paths.Result, s.Rows)
	if err != nil {
		return o, err
	}
	defer func() { err = joined(err, done.close()) }()
	o.Before, o.Issued, o.Refused = done.done, done.issued, done.done-done.issued
	known := Verdict{Rows: s.Rows}
	if s.Validated != r.Today || s.Catalogue != r.Catalogue.Version || s.Rows == 0 || r.ValidateOnly {
		if known, err = Validate(ctx, r.File, r.Config, r.Paths, done.done); err != nil {
			return o, stopped(ctx, err)
		}
		s.Rows, s.Validated, s.Catalogue = known.Rows, 0, ""
		if known.Faulty == 0 {
			s.Validated, s.Catalogue = r.Today, r.Catalogue.Version
		}
		if err := s.save(); err != nil {
			return o, err
		}
	}
	o.Rows, o.Faulty, o.Faults = known.Rows, known.Faulty, known.Faults
	begun := s.Begun || r.Begun
	switch {
	case known.Faulty > 0 && !r.SkipFaulty && (r.ValidateOnly || !begun):
		return o, ErrFaulty
	case r.ValidateOnly:
		return o, nil
	case begun:
		// What was issued before a row became faulty is asked for all the same.
		known.faulty = nil
	case known.Faulty == 0:
		if err := r.begin(ctx, s); err != nil {
			return o, err
		}
	}
	err = r.issue(ctx, known, done)
	o.Issued, o.Refused, o.Ended = done.issued, done.done-done.issued, done.done == known.Rows
	if err == nil && !o.Ended {
		err = ErrStopped
	}
	return o, err
}

// begin notes that every row was found good and that the first is issued now.
func (r *Run) begin(ctx context.Context, s *state) error {
	if r.Begin != nil {
		if err := r.Begin(ctx); err != nil {
			return err
		}
	}
	s.Begun = true
	return s.save()
}

// shuffled is how many groups are brought into an order of their own: enough
// that two nodes seldom meet, and few enough to hold.
const shuffled = 16

// issue issues what has no result yet.
func (r *Run) issue(stop context.Context, known Verdict, done *results) (err error) {
	if done.done == known.Rows {
		return nil
	}
	rows, err := r.File.Rows()
	if err != nil {
		return err
	}
	defer func() { err = joined(err, rows.Close()) }()
	phase := "issuing"
	if r.Acts != nil {
		phase = "acting"
	}
	meter := newMeter(r.Progress, phase, nil, known.Rows)
	meter.before = done.done
	refused := func() int { return done.done - done.issued }
	cut := false
	some := 1
	if r.Shuffle != nil {
		some = shuffled
	}
	err = mixed(context.WithoutCancel(stop), max(1, r.Workers), some, r.Shuffle, groups(rows, done.done, stop),
		func(ctx context.Context, g group) ([]answered, error) {
			if stop.Err() != nil {
				return nil, nil
			}
			if r.Acts != nil {
				return r.actGroup(ctx, g, known)
			}
			return r.issueGroup(ctx, g, known)
		},
		func(g []answered) error {
			// From the first group that was not begun, none is written down,
			// so that the next run asks for all of them.
			if cut = cut || g == nil; cut {
				return nil
			}
			if err := done.add(g); err != nil {
				return err
			}
			meter.moved(done.done, refused())
			return nil
		})
	if err != nil {
		return fmt.Errorf("%s: %w", phase, err)
	}
	if done.done == known.Rows {
		meter.ended(done.done, refused())
	}
	return nil
}

// stopped gives ErrStopped for the error of work that was asked to stop.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return ErrStopped
	}
	return err
}
