// Package authority asks the authorities that a seal depends on over the
// network: a time stamping authority (RFC 3161, [NewStamper]) and those who
// say whether a certificate is revoked (RFC 6960 and RFC 5280,
// [NewRevocation]). Each answer is checked before it is given on, and each
// question has an end: a time limit, a size limit, a number of attempts.
package authority

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"yizheng/seal"
)

// How a question is asked. Three attempts of ten seconds outlast a restart of
// the other side; what takes longer is for the job that tries again.
const (
	attempts  = 3
	firstWait = 200 * time.Millisecond
	timeLimit = 10 * time.Second
	redirects = 3
)

// caller sends requests; its zero value is ready.
type caller struct{ transport http.RoundTripper }

// post sends a body, or fetches where there is none, and gives the answer of
// at most limit bytes. It tries again where the network or the server failed,
// and not where the server says no. The errors are [seal.ErrUnavailable].
func (c caller) post(ctx context.Context, address, media string, body []byte, limit int64) ([]byte, error) {
	wait := firstWait
	for n := 1; ; n++ {
		answer, again, err := c.once(ctx, address, media, body, limit)
		if err == nil {
			return answer, nil
		}
		err = fmt.Errorf("%w: %w", seal.ErrUnavailable, err)
		if !again || n == attempts {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-time.After(wait):
		}
		wait *= 2
	}
}

func (c caller) once(ctx context.Context, address, media string, body []byte, limit int64) (answer []byte, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	if body != nil {
		request.Header.Set("Content-Type", media)
	}
	client := http.Client{Transport: c.transport, CheckRedirect: follow}
	response, err := client.Do(request)
	if err != nil {
		return nil, true, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests, fmt.Errorf("%s answers %s", address, response.Status)
	}
	answer, err = io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, true, fmt.Errorf("reading the answer of %s: %w", address, err)
	}
	if int64(len(answer)) > limit {
		return nil, false, fmt.Errorf("%s answers with more than %d bytes", address, limit)
	}
	return answer, false, nil
}

func follow(_ *http.Request, via []*http.Request) error {
	if len(via) > redirects {
		return fmt.Errorf("more than %d redirects", redirects)
	}
	return nil
}

// CheckAddress accepts the address of an authority: http, since what it
// answers is signed, or https.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not an address of the form https://host/path", address)
	}
	return nil
}
