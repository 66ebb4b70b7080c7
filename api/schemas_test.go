package api_test

import (
	"encoding/json"
	"testing"

	"yizheng/api/schemas"
)

// TestSchemas: a schema is served under its name, with those that it refers
// to beside it, to pages of everybody.
func TestSchemas(t *testing.T) {
	w := newWorld(t, nil)
	answer := w.want(request{method: "GET", path: "/schemas/result.json"}, 200, "")
	want, err := schemas.Read("result.json")
	if err != nil || answer.Body.String() != string(want) || !json.Valid(want) {
		t.Errorf("%v, another schema: %s", err, answer.Body)
	}
	for name, value := range map[string]string{"Content-Type": "application/schema+json", "Access-Control-Allow-Origin": "*"} {
		if got := answer.Header().Get(name); got != value {
			t.Errorf("%s: %q", name, got)
		}
	}
	w.want(request{method: "GET", path: "/schemas/license.json"}, 200, "")
	for _, name := range []string{"none.json", "schemas.go", "..%2fopenapi.yaml", "%00"} {
		w.want(request{method: "GET", path: "/schemas/" + name}, 404, "not_found")
	}
}
