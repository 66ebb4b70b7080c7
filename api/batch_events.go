package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Of streams of events: how many there are at once, how often a job is looked
// at, and how often a stream says that it is there.
const (
	maxWatches = 64
	watchEvery = 500 * time.Millisecond
	aliveEvery = 15 * time.Second
)

// watchBatch tells how far a job is as server-sent events: each has the job as
// it is then, so that none needs another, and the last one is called ended.
func (s *server) watchBatch(c echo.Context) error {
	job, err := s.ownBatch(c)
	if err != nil {
		return err
	}
	select {
	case s.watches <- struct{}{}:
		defer func() { <-s.watches }()
	default:
		return &failure{Reason: reasonBusy, retryAfter: 5}
	}
	ctx := c.Request().Context()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy passes each event on at once
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	to := newPatient(c)
	to.until = time.Now().Add(24 * time.Hour)
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	// A client whose stream breaks off asks again after two seconds.
	message, said := []byte("retry: 2000\n\n"), time.Now()
	var last []byte
	for {
		b, err := json.Marshal(job)
		if err != nil {
			return fmt.Errorf("telling of a batch: %w", err)
		}
		switch {
		case job.State.Ended():
			message = fmt.Appendf(message, "event: ended\ndata: %s\n\n", b)
		case !bytes.Equal(b, last):
			message = fmt.Appendf(message, "event: progress\ndata: %s\n\n", b)
		case time.Since(said) >= aliveEvery:
			message = append(message, ": still here\n\n"...)
		}
		last = b
		if len(message) > 0 {
			if _, err := to.Write(message); err != nil {
				return nil // the client has gone
			}
			c.Response().Flush()
			message, said = message[:0], time.Now()
		}
		if job.State.Ended() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-Closing(ctx):
			return nil
		case <-look.C:
		}
		if job, err = s.c.Batches.Job(ctx, job.ID); err != nil {
			return nil // the stream only ends, and the client asks again
		}
	}
}
