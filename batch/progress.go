package batch

import "time"

// Event says how far a batch is.
type Event struct {
	Phase     string        `json:"phase"` // validating, issuing, acting, …; what ended says so by Ended
	Rows      int           `json:"rows"`  // done in this phase, those of earlier runs included
	Total     int           `json:"total"` // 0 where not known
	Faulty    int           `json:"faulty"`
	Part      float64       `json:"part"`      // done of the whole, 0 to 1; negative where not known
	Rate      float64       `json:"rate"`      // rows a second, of this run
	Remaining time.Duration `json:"remaining"` // negative where not known
	Elapsed   time.Duration `json:"elapsed"`
	Ended     bool          `json:"ended"`
	Before    int           `json:"-"` // of the rows, those of earlier runs
}

// meter makes events of what was done.
type meter struct {
	tell   func(Event)
	phase  string
	rows   Rows
	total  int
	before int // rows that were done when it began
	start  time.Time
	last   time.Time
}

// eventEvery is the least time between two events of one phase.
const eventEvery = 200 * time.Millisecond

func newMeter(tell func(Event), phase string, rows Rows, total int) *meter {
	now := time.Now()
	return &meter{tell: tell, phase: phase, rows: rows, total: total, start: now, last: now}
}

func (m *meter) moved(done, faulty int) {
	now := time.Now()
	if m.tell == nil || now.Sub(m.last) < eventEvery {
		return
	}
	m.last = now
	m.tell(m.event(now, done, faulty))
}

func (m *meter) ended(done, faulty int) {
	if m.tell == nil {
		return
	}
	e := m.event(time.Now(), done, faulty)
	e.Ended, e.Part, e.Remaining, e.Total = true, 1, 0, done
	m.tell(e)
}

func (m *meter) event(now time.Time, done, faulty int) Event {
	e := Event{Phase: m.phase, Before: m.before, Rows: done, Total: m.total, Faulty: faulty, Part: -1, Remaining: -1, Elapsed: now.Sub(m.start)}
	if seconds := e.Elapsed.Seconds(); seconds > 0 {
		e.Rate = float64(done-m.before) / seconds
	}
	switch {
	case m.total > 0:
		e.Part = min(1, float64(done)/float64(m.total))
		if e.Rate > 0 {
			e.Remaining = time.Duration(float64(m.total-done) / e.Rate * float64(time.Second))
		}
	case m.rows != nil:
		if e.Part = m.rows.Read(); e.Part > 0 {
			e.Remaining = time.Duration(float64(e.Elapsed) * (1 - e.Part) / e.Part)
		}
	}
	return e
}
