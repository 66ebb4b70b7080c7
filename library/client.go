package library

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"yizheng/library/metadata"
	"yizheng/tracing"
)

// ErrUnreachable says that no connection to the library came about, so that
// nothing can have arrived.
var ErrUnreachable = errors.New("the library cannot be reached")

// Refusal is an answer by which the library does not take a filing.
type Refusal struct {
	Status   int    // of HTTP
	Reason   string // stable snake_case code
	Detail   string
	Expected int64 // for a gap: the sequence that it waits for
}

// Error gives reason and detail.
func (r *Refusal) Error() string {
	return fmt.Sprintf("refused by the library (%d %s): %s", r.Status, r.Reason, r.Detail)
}

// Reasons of a library for a refusal that the deliverer understands.
const (
	ReasonGap       = "sequence_gap" // events before this one are missing
	ReasonKeyReused = "key_reused"   // another filing was taken under this key
)

// Client speaks to the library over HTTP.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Sizes and times that a library is held to. That no connection comes about is
// found out long before an answer is late, which is another thing: see
// ErrUnreachable.
const (
	maxAnswer     = 1 << 20
	answerTimeout = 30 * time.Second
	connectWithin = 5 * time.Second
)

// NewClient makes a client for the library at an address such as
// https://library.example/. Token is the bearer token, read from its file by
// the caller; empty for none. The transport, when nil, is as
// http.DefaultTransport and waits 5 s for a connection; no answer is waited for
// longer than timeout, 30 s when zero.
func NewClient(address, token string, transport http.RoundTripper, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("the library's address %q is not a plain http address", address)
	}
	if timeout == 0 {
		timeout = answerTimeout
	}
	if transport == nil {
		transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: connectWithin}).DialContext,
			ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: deliveredAtOnce, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
		}
	}
	return &Client{
		base: strings.TrimSuffix(address, "/"), token: strings.TrimSpace(token),
		http: &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the token is for this library alone
		}},
	}, nil
}

// Send implements Sender.
func (c *Client) Send(ctx context.Context, f metadata.Filing) (string, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("writing filing %s: %w", f.ID, err)
	}
	var answer struct {
		Receipt string `json:"receipt"`
	}
	ctx, span := tracing.Call(ctx, "library: file")
	span.Set("yizheng.event", string(f.Kind))
	err = c.do(ctx, http.MethodPost, "/v1/filings", f.ID, body, &answer)
	span.End(err)
	if err != nil {
		return "", err
	}
	if answer.Receipt == "" {
		return "", errors.New("the library's answer has no receipt")
	}
	return answer.Receipt, nil
}

// Summaries gives where each license after the given one stands in the
// library, in order, up to limit.
func (c *Client) Summaries(ctx context.Context, after string, limit int) ([]metadata.Summary, error) {
	var answer struct {
		Licenses []metadata.Summary `json:"licenses"`
	}
	path := "/v1/licenses?" + url.Values{"after": {after}, "limit": {strconv.Itoa(limit)}}.Encode()
	if err := c.do(ctx, http.MethodGet, path, "", nil, &answer); err != nil {
		return nil, err
	}
	return answer.Licenses, nil
}

// do makes one request and reads one JSON answer, whole and within its cap.
func (c *Client) do(ctx context.Context, method, path, key string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking the library: %w", err)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	resp, err := c.http.Do(req)
	if err != nil {
		if connectionFailed(err) {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		return fmt.Errorf("asking the library: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("reading the library's answer: %w", err)
	}
	if len(answer) > maxAnswer {
		return errors.New("the library's answer is too long")
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return refusalOf(resp, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("reading the library's answer: %w", err)
	}
	return nil
}

// refusalOf reads an answer that is none of success. Only what is the
// filing's own fault is a refusal: a library that is busy, or that does not
// know us yet, is one that may take it later.
func refusalOf(resp *http.Response, answer []byte) error {
	var problem struct {
		Reason   string `json:"reason"`
		Detail   string `json:"detail"`
		Expected int64  `json:"expected"`
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	stated := kind == "application/problem+json" && json.Unmarshal(answer, &problem) == nil
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		if stated && problem.Reason != "" {
			return &Refusal{Status: resp.StatusCode, Reason: problem.Reason, Detail: problem.Detail, Expected: problem.Expected}
		}
	}
	return fmt.Errorf("the library answered %s", resp.Status)
}
