package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

// lookBack asks whether the license was valid whose permit was revoked just
// now: yesterday, an hour ago, before it was issued, tomorrow. Every deployment,
// the command on line, and the command off line with the issuer's list of then
// say the same.
func (d *drill) lookBack(ctx context.Context) (string, error) {
	changning, l := d.issuers[0], d.shops[d.issuers[0]]
	now := time.Now()
	day := func(days int) string { return now.In(china).AddDate(0, 0, days).Format(time.DateOnly) }
	hour := now.Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, asked := range []struct{ name, moment, outcome, state, reason string }{
		{"现在 now", "", "partially_valid", "revoked", ""},
		{"一小时前 an hour ago", hour, "valid", "valid", ""},
		{"昨天 yesterday", day(-1), "valid", "valid", ""},
		{"发证前 before it was issued", day(-3), "invalid", "unknown", "not_issued_then"},
		{"明天 tomorrow", day(1), "unknown", "unknown", "time_ahead"},
	} {
		home, err := changning.askOf(ctx, l.text, asked.moment)
		if err == nil {
			err = want(home, asked.outcome, asked.reason)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", asked.name, err)
		}
		for _, m := range d.everyone() {
			r, err := m.askOf(ctx, l.text, asked.moment)
			if err != nil {
				return "", fmt.Errorf("%s, asked of %s: %w", asked.name, m.name, err)
			}
			if got := r.state(l.food().Number); got != asked.state || !r.AsOf.Equal(home.AsOf) {
				return "", fmt.Errorf("%s, asked of %s: the permit is %s as of %v, and should be %s (%s)", asked.name, m.name, got, r.AsOf, asked.state, r.reason())
			}
		}
		d.say("   %s: %s %s", asked.name, home.Outcome, home.row())
	}
	return "今日吊销，昨日有效，处处同一答案 revoked today, valid yesterday: the same answer everywhere, off line too", d.lookBackByHand(ctx, l, hour)
}

// lookBackByHand asks the same of the command: on line, and off line with the
// list of then, which anybody can have from the issuer.
func (d *drill) lookBackByHand(ctx context.Context, l *license, moment string) error {
	trust := d.trust(d.issuers[2])
	online, err := d.verify(ctx, "--online", "--reach", "127.0.0.0/8", "--reach", "::1/128", "--trust", trust, "--region", d.issuers[0].region, "--as-of", moment, l.text)
	if err == nil {
		err = want(online, "valid", "")
	}
	if err != nil {
		return fmt.Errorf("verify --online: %w", err)
	}
	list, err := fetchOf(ctx, online.Lists.Status.URI, online.AsOf)
	if err != nil {
		return err
	}
	file := d.path("then.jwt")
	if err := os.WriteFile(file, list, 0o644); err != nil {
		return err
	}
	for _, c := range []struct {
		asOf, outcome, reason string
	}{{moment, "valid", ""}, {online.AsOf.Add(time.Second).Format(time.RFC3339), "unknown", "history_missing"}} {
		r, err := d.verify(ctx, "--trust", trust, "--region", d.issuers[0].region, "--status", file, "--as-of", c.asOf, l.text)
		if err == nil {
			err = want(r, c.outcome, c.reason)
		}
		if err != nil {
			return fmt.Errorf("verify off line, as of %s: %w", c.asOf, err)
		}
	}
	return nil
}

// china is the zone whose days licenses are dated in.
var china = time.FixedZone("UTC+8", 8*60*60)

// fetchOf fetches a status list as it was.
func fetchOf(ctx context.Context, uri string, at time.Time) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri+"?time="+strconv.FormatInt(at.Unix(), 10), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the list of then: %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 1<<20))
}
