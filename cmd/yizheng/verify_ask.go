package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"yizheng/exchange"
	"yizheng/verifier"
)

// question is what verify is asked: what a text is now, or was at a moment.
type question struct {
	text   string
	now    time.Time
	lists  *verifier.Lists
	moment *verifier.Moment // nil: now
	at     time.Time        // of moment
	client *http.Client     // to ask issuers with; of one that is on line
	log    *slog.Logger     // of what could not be had from them; likewise
}

// add takes a status list of the moment for that, and all else for now.
func (q question) add(token []byte) error {
	if q.moment != nil {
		if err := q.moment.Add(token); !errors.Is(err, verifier.ErrOtherMoment) {
			return err
		}
	}
	return q.lists.Add(token)
}

// offline answers by what is held.
func (q question) offline(_ context.Context, config verifier.Config) (verifier.Result, error) {
	v, err := verifier.New(config)
	if err != nil {
		return verifier.Result{}, err
	}
	if q.moment != nil {
		return v.VerifyAsOf(q.text, q.moment, q.now), nil
	}
	return v.Verify(q.text, q.now), nil
}

// online answers as a node does that only verifies: it asks the issuer for what
// is missing. What the issuer gives is held in the lists of the question.
func (q question) online(ctx context.Context, config verifier.Config) (verifier.Result, error) {
	clock := func() time.Time { return q.now }
	alone, err := exchange.New(exchange.Config{Clock: clock})
	if err != nil {
		return verifier.Result{}, err
	}
	defer func() { _ = alone.Close() }()
	c, err := newChecker(checkerConfig{
		region: cmp.Or(config.Region, config.Trust.Anchor.Region), client: q.client, shared: alone,
		maxAge: config.Limits.Status, clock: clock, log: q.log,
	}, config.Trust)
	if err != nil {
		return verifier.Result{}, err
	}
	if err := c.look(config.Trust, q.lists); err != nil {
		return verifier.Result{}, err
	}
	if q.moment != nil {
		return c.verifyAsOf(ctx, c.view.Load(), q.text, q.moment, q.at), nil
	}
	return c.Verify(ctx, q.text), nil
}
