package schemas_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"yizheng/api/schemas"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

const vectors = "../../testdata/vectors"

// base is where the schemas are said to lie: anywhere will do.
const base = "https://schemas.example/schemas/"

// compiler reads all schemas, each held to the draft that it names.
func compiler(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	names, err := fs.Glob(schemas.Files(), "*")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d schemas, %v", len(names), err)
	}
	for _, name := range names {
		b, err := schemas.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(base+name, decode(t, b)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return c
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := compiler(t).Compile(base + name)
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("%s is of draft %d", name, s.DraftVersion)
	}
	return s
}

func decode(t *testing.T, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEverySchemaCompiles(t *testing.T) {
	names, err := fs.Glob(schemas.Files(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		compile(t, name)
	}
	if _, err := schemas.Read("none.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a schema that is not there: %v", err)
	}
}

// TestDocuments holds the real documents to the schemas, and each of them with
// something taken away or added to none.
func TestDocuments(t *testing.T) {
	for name, documents := range map[string][][]byte{
		"vector.json":          caseFiles(t),
		"license.json":         members(t, caseFiles(t), "license"),
		"result.json":          results(t),
		"verification.json":    {verification(t)},
		"status-list.json":     tokens(t, "statuslist+jwt"),
		"license-record.json":  tokens(t, "yz-record"),
		"trust-list.json":      signed(t, "list"),
		"policy.json":          signed(t, "policy"),
		"authorities.json":     signed(t, "authorities"),
		"root.json":            payloads(t, roots(t)),
		"freshness.json":       signed(t, "freshness"),
		"trust-documents.json": published(t),
		"signed.json":          roots(t),
	} {
		t.Run(name, func(t *testing.T) {
			s := compile(t, name)
			if len(documents) == 0 {
				t.Fatal("there is no such document")
			}
			for i, b := range documents {
				if err := s.Validate(decode(t, b)); err != nil {
					t.Errorf("%s: %v", b, err)
				}
				if i%16 == 0 {
					refuses(t, s, b)
				}
			}
		})
	}
}

// refuses takes away each member that a schema requires, and adds one to
// documents that are closed.
func refuses(t *testing.T, s *jsonschema.Schema, document []byte) {
	t.Helper()
	for _, name := range s.Required {
		changed := decode(t, document).(map[string]any)
		delete(changed, name)
		if s.Validate(changed) == nil {
			t.Errorf("a document without %s is taken", name)
		}
	}
	more := decode(t, document).(map[string]any)
	more["more"] = true
	if open := s.AdditionalProperties == nil; (s.Validate(more) == nil) != open {
		t.Errorf("a member more: taken %t", !open)
	}
}

// TestEveryMemberIsDescribed walks through the Go types beside the schemas, as
// no example has every member.
func TestEveryMemberIsDescribed(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"license.json":        reflect.TypeFor[license.License](),
		"result.json":         reflect.TypeFor[verifier.Result](),
		"verification.json":   reflect.TypeFor[license.Verification](),
		"license-record.json": reflect.TypeFor[trust.Record](),
		"trust-list.json":     reflect.TypeFor[trust.List](),
		"policy.json":         reflect.TypeFor[trust.Policy](),
		"authorities.json":    reflect.TypeFor[trust.Directory](),
		"root.json":           reflect.TypeFor[trust.Root](),
		"freshness.json":      reflect.TypeFor[trust.Freshness](),
	} {
		t.Run(name, func(t *testing.T) { describes(t, compile(t, name), typ, name) })
	}
}

func describes(t *testing.T, s *jsonschema.Schema, typ reflect.Type, at string) {
	t.Helper()
	for s.Ref != nil && len(s.Properties) == 0 && s.Items2020 == nil {
		s = s.Ref
	}
	switch typ.Kind() {
	case reflect.Pointer:
		describes(t, s, typ.Elem(), at)
	case reflect.Slice:
		if s.Items2020 != nil && len(s.PrefixItems) == 0 {
			describes(t, s.Items2020, typ.Elem(), at+"[]")
		}
	case reflect.Struct:
		fields := map[string]reflect.StructField{}
		gather(typ, fields)
		if len(fields) == 0 {
			return // it writes itself: a day, an instant, a key
		}
		names := slices.Sorted(maps.Keys(fields))
		if described := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(names, described) {
			t.Errorf("%s has %v, and described are %v", at, names, described)
			return
		}
		for name, field := range fields {
			tag := field.Tag.Get("json")
			if optional := strings.Contains(tag, ",omit"); optional == slices.Contains(s.Required, name) {
				t.Errorf("%s.%s: optional %t", at, name, optional)
			}
			describes(t, s.Properties[name], field.Type, at+"."+name)
		}
	}
}

// gather finds the fields of a struct that JSON writes, those of embedded ones
// too.
func gather(typ reflect.Type, fields map[string]reflect.StructField) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			gather(f.Type, fields)
		case name != "-" && name != "" && f.IsExported():
			fields[name] = f
		}
	}
}

func caseFiles(t *testing.T) [][]byte {
	t.Helper()
	return slices.Concat(read(t, "valid/*.json"), read(t, "invalid/*.json"), read(t, "as-of/*.json"))
}

func read(t *testing.T, pattern string) (contents [][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(vectors, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, b)
	}
	return contents
}

// bundles are the trust bundles that load, by their paths among the vectors.
// They hold hundreds of signatures, so they are loaded once.
var bundles = sync.OnceValues(func() (map[string]*trust.Bundle, error) {
	paths, err := filepath.Glob(filepath.Join(vectors, "trust/*.json"))
	loaded := make(map[string]*trust.Bundle)
	for _, path := range paths {
		b, unreadable := os.ReadFile(path)
		err = errors.Join(err, unreadable)
		if bundle, refused := trust.Load(b); refused == nil {
			loaded["trust/"+filepath.Base(path)] = bundle
		}
	}
	return loaded, err
})

// members gives a member of those documents that have it.
func members(t *testing.T, documents [][]byte, name string) (found [][]byte) {
	t.Helper()
	for _, b := range documents {
		var all map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatal(err)
		}
		if m, ok := all[name]; ok {
			found = append(found, m)
		}
	}
	return found
}

// published are the documents of those bundles that are believed as a whole,
// as they are put on the web.
func published(t *testing.T) (found [][]byte) {
	t.Helper()
	all, err := bundles()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if bundle := all[path]; len(bundle.Faults) == 0 {
			found = append(found, bundle.Published())
		}
	}
	return found
}

// roots are all versions of all roots.
func roots(t *testing.T) (found [][]byte) {
	t.Helper()
	for _, b := range published(t) {
		var d trust.Documents
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Roots {
			for _, document := range c.Documents {
				found = append(found, document)
			}
		}
	}
	return found
}

// signed gives the payloads of a document of each publication.
func signed(t *testing.T, name string) (found [][]byte) {
	t.Helper()
	for _, b := range published(t) {
		var d struct{ Publications []json.RawMessage }
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Publications {
			found = append(found, members(t, [][]byte{p}, name)...)
		}
	}
	return payloads(t, found)
}

func payloads(t *testing.T, documents [][]byte) (found [][]byte) {
	t.Helper()
	for _, b := range documents {
		var jws struct {
			Payload string `json:"payload"`
		}
		if err := json.Unmarshal(b, &jws); err != nil {
			t.Fatal(err)
		}
		found = append(found, base64url(t, jws.Payload))
	}
	return found
}

// tokens gives the payloads of the vectors' tokens of a typ.
func tokens(t *testing.T, typ string) (payloads [][]byte) {
	t.Helper()
	for _, b := range read(t, "lists/*.jwt") {
		parts := strings.Split(string(b), ".")
		if len(parts) == 3 && strings.Contains(string(base64url(t, parts[0])), `"`+typ+`"`) {
			payloads = append(payloads, base64url(t, parts[1]))
		}
	}
	return payloads
}

func base64url(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// results verifies every vector.
func results(t *testing.T) (found [][]byte) {
	t.Helper()
	var last verifier.Result
	for _, b := range caseFiles(t) {
		if r, ok := verify(t, b); ok {
			found, last = append(found, marshal(t, r)), r
		}
	}
	last.Document = &verifier.Document{
		Seal: verifier.SealValid, Page: verifier.PageNotCompared, Reason: verifier.PageNeedsFonts, Fonts: []string{"x"}, Timestamp: last.At,
	}
	return append(found, marshal(t, last))
}

// verify gives the result of a vector whose trust bundle loads.
func verify(t *testing.T, vector []byte) (verifier.Result, bool) {
	t.Helper()
	var v struct {
		Text, Trust string
		Status      []struct{ File, URI string }
		Region      license.Region
		At          time.Time
		State       map[string]uint64
	}
	if err := json.Unmarshal(vector, &v); err != nil {
		t.Fatal(err)
	}
	all, err := bundles()
	if err != nil {
		t.Fatal(err)
	}
	bundle, ok := all[v.Trust]
	if !ok {
		return verifier.Result{}, false
	}
	lists := verifier.NewLists(bundle)
	lists.Restore(v.State)
	for _, l := range v.Status {
		token, err := os.ReadFile(filepath.Join(vectors, l.File))
		if err != nil {
			t.Fatal(err)
		}
		_ = lists.AddFrom(l.URI, token) // some are to be refused
	}
	checker, err := verifier.New(verifier.Config{Trust: bundle, Region: v.Region, Lists: lists})
	if err != nil {
		t.Fatal(err)
	}
	return checker.Verify(v.Text, v.At), true
}

func verification(t *testing.T) []byte {
	t.Helper()
	id, err := license.ParseIdentifier("1.2.156.3005.2.11310105MB0000001R001.11310105MB0000001R.3101052026000042.001.G")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	return marshal(t, license.Verification{
		ID: "01JD", License: id, Outcome: "valid", At: at, Region: "310105", Place: "愚园路1088弄", Purpose: "日常检查",
		Organisation: "上海市长宁区市场监督管理局", Operator: "检查员", Matter: "食品经营许可", Method: "camera", Found: "unknown", FoundAt: at,
	})
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
