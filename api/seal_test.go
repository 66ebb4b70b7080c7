package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"yizheng/api"
	"yizheng/issuer"
	"yizheng/seal"
	"yizheng/templates"
)

// unsealed draws everything but sealed documents, as when the time stamping
// authority is away.
type unsealed struct{ drawing }

func (unsealed) Document(context.Context, issuer.Version, templates.Edition) ([]byte, error) {
	return nil, fmt.Errorf("getting a timestamp: %w: tsa.example", seal.ErrUnavailable)
}

func TestSealUnavailable(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Renderer = unsealed{} })
	id := w.issued("restaurant-3-permits.json").License.Identifier.String()
	answer := w.want(request{method: "GET", path: "/v1/licenses/" + id + "/document.pdf", token: w.asOffice()}, 503, "seal_unavailable")
	if strings.Contains(answer.Body.String(), "tsa.example") || !strings.Contains(w.log.String(), "tsa.example") {
		t.Errorf("the cause belongs in the log alone: %s, %s", answer.Body, w.log.String())
	}
}
