package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"yizheng/api"
)

// description loads the document once for all tests of this package.
var description = sync.OnceValues(func() (routers.Router, error) {
	// Bodies that are no JSON are strings to the description.
	for _, media := range []string{"text/html", "application/yaml", "application/jwt", "application/statuslist+jwt", "image/png", "image/jpeg", "image/svg+xml", "application/pdf",
		"text/csv", "application/vc+jwt", "application/dc+sd-jwt", "application/jsonl", "application/jose", "application/x-ndjson", "text/event-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} {
		openapi3filter.RegisterBodyDecoder(media, func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
			b, err := io.ReadAll(body)
			return string(b), err
		})
	}
	openapi3filter.RegisterBodyDecoder("application/jwk-set+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/schema+json", openapi3filter.JSONBodyDecoder)
	d, err := described()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(d)
})

func described() (*openapi3.T, error) {
	d, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	return d, d.Validate(context.Background())
}

// held holds one request and its answer to the description.
func held(t testing.TB, r request, h *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	router, err := description()
	if err != nil {
		t.Fatal(err)
	}
	described := h.Clone(context.Background())
	if described.Method == http.MethodHead {
		described.Method = http.MethodGet
	}
	if strings.HasPrefix(described.URL.Path, "/v/") {
		// A path parameter of the description has no slash in it; ours has.
		described.URL.Path, described.URL.RawPath = "/v/code", ""
	}
	route, parameters, err := router.FindRoute(described)
	if err != nil {
		if r.wild {
			return
		}
		t.Errorf("%s %s is not described: %v", r.method, r.path, err)
		return
	}
	described.Body = io.NopCloser(strings.NewReader(r.body))
	input := &openapi3filter.RequestValidationInput{
		Request: described, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true, MultiError: true,
		},
	}
	if !r.wild {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s %s: the request is not as described: %v", r.method, r.path, err)
		}
	}
	if h.Method == http.MethodHead {
		return
	}
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(),
		Body:    io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
		Options: input.Options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), output); err != nil {
		t.Errorf("%s %s: the answer is not as described: %v\n%.600s", r.method, r.path, err, answer.Body)
	}
}

// TestRoutesAndDescriptionAgree holds the route table to the document, both
// ways. The desk is for people alone, and is not described.
func TestRoutesAndDescriptionAgree(t *testing.T) {
	w := newWorld(t, inspected(t))
	var routes []string
	for _, r := range w.handler.(*echo.Echo).Routes() {
		if r.Method == http.MethodHead || strings.HasPrefix(r.Path, "/desk") || strings.Contains(r.Method, "route") {
			continue
		}
		parts := strings.Split(r.Path, "/")
		for i, p := range parts {
			if name, ok := strings.CutPrefix(p, ":"); ok {
				parts[i] = "{" + name + "}"
			}
			if p == "*" {
				parts[i] = "{code}"
				if parts[1] == "scan" {
					parts[i] = "{file}"
				}
			}
		}
		routes = append(routes, r.Method+" "+strings.Join(parts, "/"))
	}
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("the document is OpenAPI %s", d.OpenAPI)
	}
	var described []string
	for path, item := range d.Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, method+" "+path)
			if operation.OperationID == "" || operation.Summary == "" {
				t.Errorf("%s %s lacks an id or a summary", method, path)
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	for _, r := range routes {
		if !slices.Contains(described, r) {
			t.Errorf("%s is not described", r)
		}
	}
	for _, r := range described {
		if !slices.Contains(routes, r) {
			t.Errorf("%s is described and does not exist", r)
		}
	}
}

// TestTheDescriptionIsEnforced makes sure that the net has no hole: an answer
// with a member too many must be found.
func TestTheDescriptionIsEnforced(t *testing.T) {
	router, err := description()
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewRequest(http.MethodGet, "/healthz", nil)
	route, parameters, err := router.FindRoute(h)
	if err != nil {
		t.Fatal(err)
	}
	for body, good := range map[string]bool{`{"status":"ok"}`: true, `{"status":"ok","more":1}`: false, `{"status":"bad"}`: false, `{}`: false} {
		err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: h, PathParams: parameters, Route: route},
			Status:                 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		})
		if (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}
