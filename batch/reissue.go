package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"yizheng/issuer"
	"yizheng/license"
)

// Reissuer makes new versions of licenses. It is called by several goroutines
// at once.
type Reissuer interface {
	// Reissue makes a new version of each license that is not as it would be
	// issued now, all or none; the same licenses a second time get no third.
	Reissue(ctx context.Context, ids []string, actor issuer.Actor) ([]issuer.Issued, error)
}

var _ Reissuer = (*issuer.Issuer)(nil)

// Reissued is what became of one license.
type Reissued struct {
	Before Listed
	After  issuer.Issued  // Repeated: it was as it would be issued now
	Faults license.Faults // why there is no new version
}

// Reissues is what a run came to.
type Reissues struct {
	Selected int `json:"selected"`
	Reissued int `json:"reissued"`
	Timely   int `json:"timely"`  // were as they would be issued now
	Refused  int `json:"refused"` // have faults
}

// Reissue makes new versions of the licenses that the filter takes, in groups
// and several groups at once, and tells what became of each, in order. When
// ctx ends, the groups that are at work are brought to their end and
// ErrStopped is returned. Nothing is written down between runs: what a run has
// done, the next one finds done.
func Reissue(ctx context.Context, r Reissuer, actor issuer.Actor, licenses iter.Seq2[Listed, error], f Filter, workers int,
	progress func(Event), each func(Reissued) error) (o Reissues, err error) {
	next, end := f.taken(licenses)
	defer end()
	meter := newMeter(progress, "reissuing", nil, 0)
	gather := func() ([]Listed, error) {
		var group []Listed
		for len(group) < GroupSize && ctx.Err() == nil {
			l, err := next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			group = append(group, l)
		}
		if len(group) == 0 {
			return nil, io.EOF
		}
		return group, nil
	}
	err = inOrder(context.WithoutCancel(ctx), max(1, workers), gather, func(c context.Context, group []Listed) ([]Reissued, error) {
		if ctx.Err() != nil {
			return nil, nil
		}
		return reissueGroup(c, r, actor, group)
	}, func(all []Reissued) error {
		for _, one := range all {
			o.Selected++
			switch {
			case len(one.Faults) > 0:
				o.Refused++
			case one.After.Repeated:
				o.Timely++
			default:
				o.Reissued++
			}
			if err := each(one); err != nil {
				return err
			}
		}
		meter.moved(o.Selected, o.Refused)
		return nil
	})
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return o, ErrStopped
	}
	if err != nil {
		return o, fmt.Errorf("reissuing: %w", err)
	}
	meter.ended(o.Selected, o.Refused)
	return o, nil
}

// reissueGroup reissues a group; those with faults are left out, and the
// others are reissued without them.
func reissueGroup(ctx context.Context, r Reissuer, actor issuer.Actor, group []Listed) ([]Reissued, error) {
	all, places, ids := make([]Reissued, len(group)), make([]int, len(group)), make([]string, len(group))
	for n, l := range group {
		all[n].Before, places[n], ids[n] = l, n, l.Identifier.Base()
	}
	for len(ids) > 0 {
		issued, err := r.Reissue(ctx, ids, actor)
		if err == nil {
			for n := range issued {
				all[places[n]].After = issued[n]
			}
			return all, nil
		}
		var faults license.Faults
		if !errors.As(err, &faults) {
			return nil, err
		}
		wrong, ok := byApplication(faults, len(ids))
		if !ok {
			return nil, err
		}
		for n := len(ids) - 1; n >= 0; n-- {
			if said, bad := wrong[n]; bad {
				all[places[n]].Faults = said
				places, ids = without(places, n), without(ids, n)
			}
		}
	}
	return all, nil
}
