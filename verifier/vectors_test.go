package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/trust"
	"yizheng/verifier"
)

//go:generate go run ../testdata/vectors/generate -out ../testdata/vectors

const vectors = "../testdata/vectors"

// vector is one case; testdata/vectors/README.md says what its members mean.
type vector struct {
	Name, Description, Text, Trust string
	Status                         []struct{ File, URI string }
	Region                         license.Region
	At, AsOf                       time.Time
	State                          map[string]uint64
	License                        *license.License
	Expect                         struct {
		Outcome, Check, Reason, Trust string
		Permits                       []struct {
			State      license.State
			Recognised bool
			Mode       trust.Mode
		}
		Warnings     []string
		Presentation *struct {
			Status verifier.CheckStatus
			Reason verifier.Reason
		}
		Faults []struct{ Signer, Part, Reason string }
	}
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(must(os.ReadFile(path))(t)))
	d.DisallowUnknownFields()
	var v vector
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	for folder, least := range map[string]int{"valid": 50, "invalid": 150, "as-of": 30} {
		files := must(filepath.Glob(filepath.Join(vectors, folder, "*.json")))(t)
		if len(files) < least {
			t.Errorf("%d files in %s", len(files), folder)
		}
		for _, path := range files {
			t.Run(folder+"/"+filepath.Base(path), func(t *testing.T) { runVector(t, readVector(t, path)) })
		}
	}
}

func runVector(t *testing.T, v vector) {
	b, err := trust.Load(must(os.ReadFile(filepath.Join(vectors, v.Trust)))(t))
	if v.Expect.Trust != "" {
		var refusal *trust.Error
		if !errors.As(err, &refusal) || string(refusal.Reason) != v.Expect.Trust {
			t.Errorf("trust: got %v, want %s", err, v.Expect.Trust)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Expect.Faults {
		if !slices.ContainsFunc(b.Faults, func(e *trust.Error) bool {
			return e.Signer == f.Signer && e.Part == f.Part && string(e.Reason) == f.Reason
		}) {
			t.Errorf("faults %v, want %+v", b.Faults, f)
		}
	}
	if len(v.Expect.Faults) == 0 && len(b.Faults) > 0 {
		t.Errorf("faults %v", b.Faults)
	}
	lists := verifier.NewLists(b)
	lists.Restore(v.State)
	moment := verifier.NewMoment(b, v.AsOf)
	for _, l := range v.Status {
		token := must(os.ReadFile(filepath.Join(vectors, l.File)))(t)
		// What is refused is remembered, and is part of the answer.
		if v.AsOf.IsZero() || errors.Is(moment.Add(token), verifier.ErrOtherMoment) {
			_ = lists.AddFrom(l.URI, token)
		}
	}
	asked := must(verifier.New(verifier.Config{Trust: b, Region: v.Region, Lists: lists}))(t)
	r := asked.Verify(v.Text, v.At)
	if !v.AsOf.IsZero() {
		r = asked.VerifyAsOf(v.Text, moment, v.At)
	}
	if !r.AsOf.Equal(v.AsOf) {
		t.Errorf("as of %v, want %v", r.AsOf, v.AsOf)
	}
	sound(t, r)
	expect(t, r, verifier.Outcome(v.Expect.Outcome), verifier.CheckName(v.Expect.Check), verifier.Reason(v.Expect.Reason))
	shown := verifier.Check{Name: verifier.PresentationCheck, Status: verifier.NotDone, Reason: verifier.StaticCode}
	if p := v.Expect.Presentation; p != nil {
		shown.Status, shown.Reason = p.Status, p.Reason
	}
	if got := r.Check(verifier.PresentationCheck); got != shown {
		t.Errorf("presentation %+v, want %+v", got, shown)
	}
	for _, w := range v.Expect.Warnings {
		if !slices.Contains(r.Warnings, verifier.Reason(w)) {
			t.Errorf("warnings %v, want %s", r.Warnings, w)
		}
	}
	if want := v.Expect.Permits; len(want) > 0 {
		if r.License == nil || len(r.License.Permits) != len(want) {
			t.Fatalf("license %+v", r.License)
		}
		for i, p := range r.License.Permits {
			if p.State != want[i].State || p.Recognised != want[i].Recognised || want[i].Mode != "" && p.Mode != want[i].Mode {
				t.Errorf("permit %d: %s, recognised %v %s, want %+v", i, p.State, p.Recognised, p.Mode, want[i])
			}
		}
	}
	if v.License != nil {
		checkDecoding(t, b, v)
	}
}

// checkDecoding holds the license that a case states to what its text says.
func checkDecoding(t *testing.T, b *trust.Bundle, v vector) {
	t.Helper()
	_, code, err := payload.Find(v.Text)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := payload.BuiltinByID(code.DictionaryID)
	for _, issuer := range b.Issuers {
		for _, raw := range issuer.Dictionaries {
			if other := must(payload.NewDictionary(raw))(t); other.ID() == code.DictionaryID {
				d, ok = other, true
			}
		}
	}
	if !ok {
		t.Fatalf("no dictionary %s", code.DictionaryID)
	}
	if got := must(code.License(d))(t); !reflect.DeepEqual(got, v.License) {
		t.Errorf("decoded\n%+v, want\n%+v", got, v.License)
	}
}

// TestVectorsAreRegenerated makes the vectors anew and compares every byte:
// whoever changes the format changes them knowingly.
func TestVectorsAreRegenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the generator")
	}
	out := t.TempDir()
	if b, err := exec.Command("go", "run", "../testdata/vectors/generate", "-out", out).CombinedOutput(); err != nil {
		t.Fatalf("generating: %v\n%s", err, b)
	}
	made, kept := tree(t, out), tree(t, vectors)
	for path, b := range made {
		if !bytes.Equal(kept[path], b) {
			t.Errorf("%s differs; run make vectors and look at what changed", path)
		}
	}
	for path := range kept {
		if _, ok := made[path]; !ok {
			t.Errorf("%s is no longer made", path)
		}
	}
}

// tree reads the generated files below a folder.
func tree(t *testing.T, root string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, folder := range []string{"valid", "invalid", "as-of", "bundles", "notices", "deltas", "trust", "lists"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files[rel], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
