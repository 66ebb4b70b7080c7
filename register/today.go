package register

import (
	"context"
	"sync"
	"time"

	"yizheng/license"
)

// What is counted of the hour that runs is counted anew for everybody who asks,
// unless it is much: then it stands for a while.
const (
	much   = 10_000 // licenses and checks
	stands = time.Minute
)

// today is what was counted of the day that runs, so that a page of statistics
// does not walk through a million licenses whenever it is looked at. It is this
// process's alone: another counts the same.
type today struct {
	mu      sync.Mutex
	day     license.Date
	until   time.Time // what happened before is in settled, and nothing is added to it
	settled []Tally
	recent  []Tally // of what happened since, as of at
	at      time.Time
}

// count gives the tallies of the day that runs at now; counting counts those
// from one instant to before another.
func (t *today) count(ctx context.Context, day license.Date, now time.Time, counting func(context.Context, license.Date, time.Time, time.Time) ([]Tally, error)) ([]Tally, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.day != day {
		t.day, t.until, t.settled, t.recent, t.at = day, day.Start(), nil, nil, time.Time{}
	}
	if age := now.Sub(t.at); happened(t.recent) > much && age >= 0 && age < stands {
		return sum(t.settled, t.recent), nil
	}
	if over := now.Add(-settled).Truncate(time.Second); over.After(t.until) {
		more, err := counting(ctx, day, t.until, over)
		if err != nil {
			return nil, err
		}
		t.settled, t.until = sum(t.settled, more), over
	}
	recent, err := counting(ctx, day, t.until, day.Start().Add(24*time.Hour))
	if err != nil {
		return nil, err
	}
	t.recent, t.at = recent, now
	return sum(t.settled, t.recent), nil
}

// happened is how much was counted.
func happened(tallies []Tally) (n int64) {
	for _, t := range tallies {
		n += t.Number
	}
	return n
}

// sum adds the tallies of two parts of one day.
func sum(a, b []Tally) []Tally {
	all := append([]Tally(nil), a...)
	places := map[Tally]int{}
	for n, t := range all {
		t.Number = 0
		places[t] = n
	}
	for _, t := range b {
		of := t
		of.Number = 0
		if n, there := places[of]; there {
			all[n].Number += t.Number
			continue
		}
		all = append(all, t)
	}
	return all
}
