package notice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"yizheng/signature"
)

// Config is what a Sender needs; all of it is required.
type Config struct {
	Addresses []string         // where notices go, as the operator has them: https://host/v1/notices
	Client    *http.Client     // bounded, and without redirects
	Signer    signature.Signer // of status lists
	Clock     func() time.Time
	Log       *slog.Logger
}

// Sender sends notices to those who asked for them. To each it says what is
// newest, and tries again for a while; who was away for longer sees the change
// when it next asks by itself.
type Sender struct {
	c     Config
	boxes []*box
}

// box holds what one receiver is still to be told: of each list the newest
// sequence, so it never holds more than there are lists.
type box struct {
	address string
	wake    chan struct{}

	mu      sync.Mutex
	waiting map[string]uint64
}

// How often a notice is tried, and how long after the one before.
const (
	attempts   = 8
	firstPause = 100 * time.Millisecond
	longest    = 10 * time.Second
)

// NewSender makes a Sender. Nothing is sent before Run.
func NewSender(c Config) *Sender {
	s := &Sender{c: c}
	for _, address := range c.Addresses {
		s.boxes = append(s.boxes, &box{address: address, wake: make(chan struct{}, 1), waiting: make(map[string]uint64)})
	}
	return s
}

// Put notes that a list has a new sequence. It does not wait.
func (s *Sender) Put(uri string, sequence uint64) {
	for _, b := range s.boxes {
		b.put(uri, sequence)
	}
}

func (b *box) put(uri string, sequence uint64) {
	b.mu.Lock()
	b.waiting[uri] = max(b.waiting[uri], sequence)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default: // it is awake
	}
}

// take gives what is waiting, as much as one notice holds.
func (b *box) take() []List {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lists []List
	for uri, sequence := range b.waiting {
		if len(lists) == MaxLists {
			break
		}
		lists = append(lists, List{uri, sequence})
		delete(b.waiting, uri)
	}
	slices.SortFunc(lists, func(a, b List) int { return strings.Compare(a.URI, b.URI) })
	return lists
}

// Run sends until ctx ends. One receiver that does not answer keeps nothing
// from the others.
func (s *Sender) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, b := range s.boxes {
		all.Go(func() { s.serve(ctx, b) })
	}
	all.Wait()
}

func (s *Sender) serve(ctx context.Context, b *box) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		for lists := b.take(); len(lists) > 0; lists = b.take() {
			s.insist(ctx, b, lists)
		}
	}
}

// insist tries until the receiver has taken the notice, or it is given up.
// What changes meanwhile goes with the next.
func (s *Sender) insist(ctx context.Context, b *box, lists []List) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := s.send(ctx, b.address, lists)
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case attempt == attempts || errors.Is(err, errRefused):
			s.c.Log.Warn("a notice of changed lists was not taken", "address", b.address, "attempts", attempt, "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

// errRefused: the receiver will say the same to the same notice.
var errRefused = errors.New("refused")

func (s *Sender) send(ctx context.Context, address string, lists []List) error {
	token, err := Sign(Notice{At: s.c.Clock(), Lists: lists}, s.c.Signer)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(token))
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	request.Header.Set("Content-Type", "application/jwt")
	answer, err := s.c.Client.Do(request)
	if err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10) // so that the connection can be used again
	_ = answer.Body.Close()
	switch {
	case answer.StatusCode/100 == 2:
		return nil
	case answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode >= 500:
		return fmt.Errorf("answers %s", answer.Status)
	}
	return fmt.Errorf("%w: answers %s", errRefused, answer.Status)
}
