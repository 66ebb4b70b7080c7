package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loadOrder is what the process that makes the load is told.
type loadOrder struct {
	Address     string
	Requests    []string // whole requests as they go over the wire; taken by turns
	Answer      string   // how the body of each answer begins
	Connections int
	For         time.Duration
	PerSecond   float64 // how many requests are due each second; zero: as many as are answered
}

// loadResult is what came of it.
type loadResult struct {
	Answers   int
	Took      time.Duration
	Latencies []time.Duration // sorted; from when a request was due, not from when there was time for it
}

// perSecond is how many were answered.
func (r loadResult) perSecond() float64 { return float64(r.Answers) / r.Took.Seconds() }

// quantile gives the latency that a part of the answers did not exceed.
func (r loadResult) quantile(part float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	return r.Latencies[min(len(r.Latencies)-1, int(part*float64(len(r.Latencies))))]
}

// generateLoad is the process that makes the load.
func generateLoad(in io.Reader, out io.Writer) error {
	var o loadOrder
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	var next atomic.Int64
	var all sync.WaitGroup
	results := make([]loadResult, o.Connections)
	failures := make([]error, o.Connections)
	began := time.Now()
	for n := range o.Connections {
		all.Go(func() { results[n], failures[n] = o.ask(n, began, &next) })
	}
	all.Wait()
	whole := loadResult{Took: time.Since(began)}
	for n, r := range results {
		if failures[n] != nil {
			return failures[n]
		}
		whole.Answers += r.Answers
		whole.Latencies = append(whole.Latencies, r.Latencies...)
	}
	slices.Sort(whole.Latencies)
	return json.NewEncoder(out).Encode(whole)
}

// ask makes requests over one connection that is kept.
func (o *loadOrder) ask(worker int, began time.Time, next *atomic.Int64) (r loadResult, err error) {
	conn, err := net.Dial("tcp", o.Address)
	if err != nil {
		return r, err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 32<<10)
	var body bytes.Buffer
	for turn := 0; ; turn++ {
		due := time.Now()
		if o.PerSecond > 0 {
			due = began.Add(time.Duration(float64(turn*o.Connections+worker) / o.PerSecond * 1e9))
			time.Sleep(time.Until(due))
		}
		if due.Sub(began) >= o.For {
			return r, nil
		}
		request := o.Requests[int(next.Add(1))%len(o.Requests)]
		if _, err := io.WriteString(conn, request); err != nil {
			return r, err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return r, err
		}
		body.Reset()
		if _, err := body.ReadFrom(answer.Body); err != nil {
			return r, err
		}
		if answer.StatusCode != http.StatusOK || !bytes.HasPrefix(body.Bytes(), []byte(o.Answer)) {
			return r, fmt.Errorf("status %d: %.300s", answer.StatusCode, body.Bytes())
		}
		r.Latencies = append(r.Latencies, time.Since(due))
		r.Answers++
	}
}
