package courier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"yizheng/dispute"
)

// maxReceipt bounds what an issuer's deployment answers.
const maxReceipt = dispute.MaxSigned + 1<<10

// errNoAddress says that the issuer names no address any more.
var errNoAddress = errors.New("the issuer's trust entry names no address for disputes")

// Refusal is an issuer's deployment that answered and does not take a
// statement.
type Refusal struct {
	Reason string // stable; http_NNN where it states none
	Final  bool   // the same statement will never be taken
}

// Error names the reason.
func (r *Refusal) Error() string { return "the issuer's deployment refuses it: " + r.Reason }

// send takes a statement to its issuer's address, by which it is also asked
// about: who holds a statement may know what became of it, and nobody else has
// it.
func (c *Courier) send(ctx context.Context, k dispute.Kept) (r dispute.Receipt, _ error) {
	issuer := dispute.IssuerOf(c.c.Trust(), k.Statement.License)
	if issuer == nil || issuer.Region != k.Statement.To || issuer.Disputes == "" {
		return r, errNoAddress
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, issuer.Disputes, strings.NewReader(k.Signed))
	if err != nil {
		return r, fmt.Errorf("sending a dispute: %w", err)
	}
	request.Header.Set("Content-Type", dispute.MediaType)
	response, err := c.c.Client.Do(request)
	if err != nil {
		return r, fmt.Errorf("sending a dispute: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReceipt+1))
	switch {
	case err != nil:
		return r, fmt.Errorf("reading what became of a dispute: %w", err)
	case len(body) > maxReceipt:
		return r, errors.New("reading what became of a dispute: the answer is too long")
	case response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated:
		return r, refusalOf(response, body)
	}
	if err := json.Unmarshal(body, &r); err != nil || !r.For(k.Statement.ID) {
		return r, errors.Join(errors.New("reading what became of a dispute: it is no receipt for it"), err)
	}
	return r, nil
}

// refusalOf reads an answer that is none of success. Only what is the
// statement's own fault is final: a deployment that is busy, or does not know
// our key yet, may take it later.
func refusalOf(response *http.Response, body []byte) error {
	var problem struct {
		Reason string `json:"reason"`
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	stated := kind == "application/problem+json" && json.Unmarshal(body, &problem) == nil && strings.HasPrefix(problem.Reason, "dispute_") && len(problem.Reason) <= 64
	if !stated {
		return &Refusal{Reason: fmt.Sprintf("http_%d", response.StatusCode)}
	}
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return &Refusal{Reason: problem.Reason, Final: true}
	}
	return &Refusal{Reason: problem.Reason}
}
