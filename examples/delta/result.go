package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// result is what of a verification the drill looks at.
type result struct {
	Outcome string
	Checks  []struct{ Name, Status, Reason string }
	License *struct {
		Identifier, Number, State, SupersededBy string
		Permits                                 []permit
	}
	Lists struct {
		Status *struct {
			URI string
			Age int
		}
	}
	AsOf time.Time
}

type permit struct {
	Matter, Number, Authority, State, Mode string
	Recognised                             bool
	Reasons                                []string
}

// reason is that of the check which decided: of one that failed or could not
// be done, before one that warns.
func (r result) reason() (warns string) {
	for _, c := range r.Checks {
		switch {
		case c.Reason == "" || c.Status == "passed" || c.Name == "presentation":
		case c.Status != "warned":
			return c.Reason
		case warns == "":
			warns = c.Reason
		}
	}
	return warns
}

// state is that of the permit with a number.
func (r result) state(number string) string {
	if r.License != nil {
		for _, p := range r.License.Permits {
			if p.Number == number {
				return p.State
			}
		}
	}
	return "not shown"
}

// standing says in a sign whether and how a permit counts where it was
// verified.
func (p permit) standing() string {
	switch {
	case p.State != "valid":
		return "✗" + p.State
	case p.Recognised && p.Mode == "display_only":
		return "◐"
	case p.Recognised:
		return "●"
	}
	for _, r := range p.Reasons {
		if r == "needs_local_filing" {
			return "✎"
		}
	}
	return "○"
}

// row is what one member says of a license, permit by permit.
func (r result) row() string {
	if r.License == nil {
		return r.Outcome
	}
	var signs []string
	for _, p := range r.License.Permits {
		signs = append(signs, p.standing())
	}
	return strings.Join(signs, " ")
}

// code is the text of a license without the address that it begins with.
func code(text string) string { return text[strings.LastIndex(text, "/")+1:] }

// ask has the server of a member verify a text.
func (m *member) ask(ctx context.Context, text string) (result, error) { return m.askOf(ctx, text, "") }

// askOf asks what it was at a moment of the past, or is now where that is empty.
func (m *member) askOf(ctx context.Context, text, moment string) (r result, _ error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url()+"/v/"+code(text)+"?time="+url.QueryEscape(moment), nil)
	if err != nil {
		return r, err
	}
	request.Header.Set("Accept", "application/json")
	err = answered(request, &r)
	return r, err
}

// post sends JSON to a member with a token, and reads the answer.
func (m *member) post(ctx context.Context, path, token, key string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url()+path, strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Idempotency-Key", key)
	return answered(request, into)
}

func answered(request *http.Request, into any) error {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("%s answers %s\n%s", request.URL.Path, answer.Status, body)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// offline verifies a text without a network, by a bundle, with a clock at an
// instant.
func (d *delta) offline(ctx context.Context, bundle, at, text string) (r result, _ error) {
	return d.verify(ctx, "--bundle", bundle, "--at", at, text)
}

// verify runs the command of that name.
func (d *delta) verify(ctx context.Context, args ...string) (r result, _ error) {
	out, err := d.yizheng(ctx, append([]string{"verify", "--json"}, args...)...)
	var ended *failed
	if err != nil && (!errors.As(err, &ended) || ended.exit > 2) {
		return r, err
	}
	return r, json.Unmarshal([]byte(out), &r)
}
