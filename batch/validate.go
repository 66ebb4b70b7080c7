package batch

import (
	"context"
	"fmt"
	"io"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
)

// Config is what a batch is done with.
type Config struct {
	Issuer    Issuer
	Catalogue *catalog.Catalogue // in force on Today
	Today     license.Date
	Workers   int         // how many work at once; 1 when zero
	Progress  func(Event) // is told how far it is, from one goroutine; nil for nobody
	Acts      Acts        // for a file of acts, in the place of Issuer
	Actor     issuer.Actor
}

// rowsAtOnce is how many rows one worker takes at a time.
const rowsAtOnce = 32

// Verdict is what became of looking at every row.
type Verdict struct {
	Rows   int
	Faulty int // rows with at least one fault
	Faults int

	faulty bitmap
}

// bitmap is a set of rows.
type bitmap []uint64

func (b *bitmap) add(row int) {
	for len(*b) <= row/64 {
		*b = append(*b, 0)
	}
	(*b)[row/64] |= 1 << (row % 64)
}

func (b bitmap) has(row int) bool { return row/64 < len(b) && b[row/64]&(1<<(row%64)) != 0 }

// looked is a row that was looked at.
type looked struct {
	row    Row
	faults license.Faults
	claims []claim
}

// Validate looks at every row of the file, on all cores, and writes what is
// wrong into the files of p. Rows up to done were issued before and are not
// looked at again; they still count where a permit stands in two rows. Nothing
// is issued.
func Validate(ctx context.Context, f *File, c Config, p Paths, done int) (v Verdict, err error) {
	rows, err := f.Rows()
	if err != nil {
		return v, err
	}
	defer func() { err = joined(err, rows.Close()) }()
	report, err := newFaultReport(p)
	if err != nil {
		return v, err
	}
	defer func() { err = joined(err, report.discard()) }()
	repeats, err := newRepeats(p.dir())
	if err != nil {
		return v, err
	}
	defer func() { err = joined(err, repeats.discard()) }()
	meter := newMeter(c.Progress, "validating", rows, 0)
	hand := func(all []looked) error {
		for _, l := range all {
			v.Rows++
			for _, k := range l.claims {
				if err := repeats.add(l.row, k); err != nil {
					return err
				}
			}
			if len(l.faults) > 0 {
				v.Faulty++
				v.Faults += len(l.faults)
				v.faulty.add(l.row.Number)
				if err := report.add(l.row, l.faults); err != nil {
					return err
				}
			}
		}
		meter.moved(v.Rows, v.Faulty)
		return nil
	}
	err = inOrder(ctx, max(1, c.Workers), chunks(rows, rowsAtOnce), func(ctx context.Context, in []Row) ([]looked, error) {
		return c.look(ctx, in, done)
	}, hand)
	if err != nil {
		return v, err
	}
	twice, err := repeats.find()
	if err != nil {
		return v, err
	}
	for _, t := range twice {
		if t.row <= done {
			continue
		}
		v.Faults++
		if !v.faulty.has(t.row) {
			v.Faulty++
			v.faulty.add(t.row)
		}
	}
	meter.ended(v.Rows, v.Faulty)
	if v.Faults == 0 {
		return v, nil
	}
	return v, report.finish(f, v, twice, done)
}

// chunks gathers rows for the workers.
func chunks(rows Rows, size int) func() ([]Row, error) {
	return func() ([]Row, error) {
		all := make([]Row, 0, size)
		for len(all) < size {
			r, err := rows.Next()
			if err == io.EOF && len(all) > 0 {
				return all, nil
			}
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		return all, nil
	}
}

// look finds what is wrong with rows, and what they claim. Those up to done are
// not checked again.
func (c Config) look(ctx context.Context, in []Row, done int) ([]looked, error) {
	out := make([]looked, len(in))
	var apps []catalog.Application
	var of []int // the places of apps among the rows
	for n, r := range in {
		check := r.Number > done
		if c.Acts != nil {
			var err error
			if out[n], err = c.lookAct(ctx, r, check); err != nil {
				return nil, err
			}
			continue
		}
		app, faults := r.application()
		out[n] = looked{row: r, claims: claimsOf(r, app)}
		switch {
		case !check:
		case len(faults) == 0:
			apps, of = append(apps, app), append(of, n)
		case len(r.unreadable) == 0:
			// What is wrong with the content is said along with the form.
			b, wrong := r.document()
			_, more, _ := c.Catalogue.CheckFile(b, c.Today)
			out[n].faults = r.with(wrong, more)
		default:
			out[n].faults = faults
		}
	}
	if len(apps) == 0 {
		return out, nil
	}
	all, err := c.Issuer.CheckEach(ctx, apps)
	if err != nil {
		return nil, fmt.Errorf("checking rows %d to %d: %w", in[0].Number, in[len(in)-1].Number, err)
	}
	for k, n := range of {
		out[n].faults = all[k]
	}
	return out, nil
}

// claimsOf is what no other row may have: the row's key, and its permits.
func claimsOf(r Row, app catalog.Application) []claim {
	claims := make([]claim, 0, 1+len(app.Permits))
	if r.Key != "" {
		claims = append(claims, claimOf(r.Line, noPermit, "key", r.Key))
	}
	for n, p := range app.Permits {
		if p.Number != "" && p.Authority != "" {
			claims = append(claims, claimOf(r.lineOf(n), n, "permit", p.Authority, p.Number))
		}
	}
	return claims
}
