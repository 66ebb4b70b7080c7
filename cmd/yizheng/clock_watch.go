package main

import "time"

// clockWatch finds out when the wall clock was set, or the machine slept: it
// and the monotonic clock then disagree.
type clockWatch struct {
	clock      func() time.Time
	wall, mono time.Time // of the last look
}

// moves is by how much a clock may be off from one look to the next: what a
// time server corrects is less.
const moves = 5 * time.Second

func newClockWatch(clock func() time.Time) *clockWatch {
	return &clockWatch{clock: clock, wall: clock().Round(0), mono: time.Now()}
}

// moved says by how much the clock was moved since the last look; zero for not.
func (w *clockWatch) moved() time.Duration {
	wall, mono := w.clock().Round(0), time.Now()
	by := wall.Sub(w.wall) - mono.Sub(w.mono)
	w.wall, w.mono = wall, mono
	if by.Abs() < moves {
		return 0
	}
	return by
}
