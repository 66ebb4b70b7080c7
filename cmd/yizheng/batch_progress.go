package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"yizheng/batch"
)

// batchProgress shows how far a batch is: a line that is written over on a
// terminal, a line now and then elsewhere, events for programs.
type batchProgress struct {
	c        *console
	terminal bool
	last     time.Time
	phase    string
}

// Between two lines where nobody looks on, and two events.
const (
	plainEvery = 10 * time.Second
	jsonEvery  = time.Second
)

func (c *console) newBatchProgress() *batchProgress {
	p := &batchProgress{c: c}
	if f, ok := c.stderr.(*os.File); ok && !c.json {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// batchEvent is an event as programs read it.
type batchEvent struct {
	Event     string  `json:"event"` // progress
	Phase     string  `json:"phase"`
	Rows      int     `json:"rows"`
	Total     int     `json:"total,omitempty"`
	Faulty    int     `json:"faulty"`
	Part      float64 `json:"part"` // 0 to 1; -1 where not known
	Rate      float64 `json:"rate"` // rows a second
	Remaining float64 `json:"remainingSeconds"`
	Elapsed   float64 `json:"elapsedSeconds"`
	Ended     bool    `json:"ended"`
}

func (p *batchProgress) show(e batch.Event) {
	now := time.Now()
	every := plainEvery
	if p.c.json {
		every = jsonEvery
	}
	if !p.terminal && !e.Ended && p.phase == e.Phase && now.Sub(p.last) < every {
		return
	}
	p.last, p.phase = now, e.Phase
	switch {
	case p.c.json:
		remaining := -1.0
		if e.Remaining >= 0 {
			remaining = e.Remaining.Seconds()
		}
		printLine(p.c.stdout, batchEvent{
			Event: "progress", Phase: e.Phase, Rows: e.Rows, Total: e.Total, Faulty: e.Faulty, Part: e.Part,
			Rate: e.Rate, Remaining: remaining, Elapsed: e.Elapsed.Seconds(), Ended: e.Ended,
		})
	case p.terminal:
		fmt.Fprintf(p.c.stderr, "\r\x1b[K%s", bar(e))
		if e.Ended {
			fmt.Fprintln(p.c.stderr)
		}
	default:
		fmt.Fprintln(p.c.stderr, told(e))
	}
}

// told says an event in words.
func told(e batch.Event) string {
	parts := []string{fmt.Sprintf("%s: %d rows", e.Phase, e.Rows)}
	if e.Total > e.Rows {
		parts[0] = fmt.Sprintf("%s: %d of %d rows", e.Phase, e.Rows, e.Total)
	}
	parts = append(parts, fmt.Sprintf("%.0f/s", e.Rate))
	if e.Faulty > 0 {
		parts = append(parts, fmt.Sprintf("%d faulty", e.Faulty))
	}
	switch {
	case e.Ended:
		parts = append(parts, "done in "+e.Elapsed.Round(time.Second).String())
	case e.Remaining >= 0:
		parts = append(parts, e.Remaining.Round(time.Second).String()+" left")
	}
	return strings.Join(parts, ", ")
}

func bar(e batch.Event) string {
	const width = 24
	if e.Part < 0 {
		return told(e)
	}
	full := int(e.Part * width)
	return fmt.Sprintf("%s%s %3.0f%% %s", strings.Repeat("█", full), strings.Repeat("░", width-full), e.Part*100, told(e))
}

// jsonEncoder writes JSON as it stands, with no escapes for browsers.
func jsonEncoder(w io.Writer) *json.Encoder {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder
}
