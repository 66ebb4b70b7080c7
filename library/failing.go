package library

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Failure is how a Receiver is told to fail.
type Failure string

// The ways to fail.
const (
	Healthy    Failure = ""
	Down       Failure = "down"        // the connection ends without an answer, and nothing is taken
	Broken     Failure = "broken"      // 500, and nothing is taken
	Slow       Failure = "slow"        // it answers after Delay
	HalfAnswer Failure = "half_answer" // it takes the filing and sends half of the answer
	LostAnswer Failure = "lost_answer" // it takes the filing and ends the connection
)

// Control tells a Receiver to fail.
type Control struct {
	Failure Failure       `json:"failure"`
	Times   int           `json:"times,omitempty"` // so many requests, then healthy again; 0: until told otherwise
	Delay   time.Duration `json:"delay,omitempty"` // for Slow, in nanoseconds
}

// failing is how the receiver fails at the moment.
type failing struct {
	mu      sync.Mutex
	control Control
}

// Set tells the receiver how to fail from now on.
func (r *Receiver) Set(c Control) {
	r.mode.mu.Lock()
	defer r.mode.mu.Unlock()
	r.mode.control = c
}

// control is PUT /control.
func (r *Receiver) control(w http.ResponseWriter, req *http.Request) {
	var c Control
	d := json.NewDecoder(http.MaxBytesReader(w, req.Body, 1<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		refuse(w, &Refusal{Status: http.StatusBadRequest, Reason: "schema", Detail: "the control is not of the schema"})
		return
	}
	switch c.Failure {
	case Healthy, Down, Broken, Slow, HalfAnswer, LostAnswer:
	default:
		refuse(w, &Refusal{Status: http.StatusBadRequest, Reason: "failure", Detail: fmt.Sprintf("there is no failure %q", c.Failure)})
		return
	}
	r.Set(c)
	w.WriteHeader(http.StatusNoContent)
}

// next gives how to fail this one request.
func (f *failing) next() Control {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.control
	if f.control.Times > 0 {
		if f.control.Times--; f.control.Times == 0 {
			f.control = Control{}
		}
	}
	return c
}

// serve answers the request, or fails as it was told to.
func (f *failing) serve(w http.ResponseWriter, req *http.Request, handler http.HandlerFunc) {
	switch c := f.next(); c.Failure {
	case Down:
		panic(http.ErrAbortHandler) // the server's own way to end a connection
	case Broken:
		refuse(w, &Refusal{Status: http.StatusInternalServerError, Reason: "internal", Detail: "told to fail"})
	case Slow:
		select {
		case <-time.After(c.Delay):
		case <-req.Context().Done():
			return
		}
		handler(w, req)
	case HalfAnswer:
		answer := &recorded{header: http.Header{}}
		handler(answer, req)
		w.Header().Set("Content-Type", answer.header.Get("Content-Type"))
		w.Header().Set("Content-Length", fmt.Sprint(answer.body.Len()))
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body.Bytes()[:answer.body.Len()/2])
		panic(http.ErrAbortHandler)
	case LostAnswer:
		handler(&recorded{header: http.Header{}}, req)
		panic(http.ErrAbortHandler)
	default:
		handler(w, req)
	}
}

// recorded keeps an answer back.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorded) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }
