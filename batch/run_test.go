package batch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/license"
)

// TestFormatsAgree issues one content from every format, and wants the very
// same licenses each time: only the first one issues anything.
func TestFormatsAgree(t *testing.T) {
	w := newWorld(t)
	const rows = 210 // more than a group
	paths := []string{w.file(t, "a.jsonl", rows), w.file(t, "b.csv", rows), w.file(t, "english.xlsx", rows)}
	raw, err := os.ReadFile(paths[1])
	if err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(strings.TrimPrefix(string(raw), "\uFEFF")))
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, filepath.Join(w.dir, "d.csv"))
	if err := os.WriteFile(paths[3], gb, 0o600); err != nil {
		t.Fatal(err)
	}
	var first []string
	for _, path := range paths {
		o, err := w.run(t, path).Do(t.Context())
		if err != nil || o.Issued != rows || !o.Ended {
			t.Fatalf("%s: %+v, %v", path, o, err)
		}
		var identifiers []string
		for _, r := range records(t, path+".result.csv") {
			identifiers = append(identifiers, r[3])
		}
		if first == nil {
			first = identifiers
		}
		if !slices.Equal(identifiers, first) || len(identifiers) != rows {
			t.Errorf("%s gives other licenses than %s", path, paths[0])
		}
	}
	if n := len(w.issued(t)); n != rows {
		t.Errorf("%d holders have a license, not %d", n, rows)
	}
}

// TestResultsPutAside runs a file whose content changes to and fro: what came of
// each is kept, and what was put aside is never written over.
func TestResultsPutAside(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.csv", 3)
	contents := make([][]byte, 2)
	var err error
	for n, rows := range []int{1, 2} {
		if contents[n], err = os.ReadFile(w.file(t, fmt.Sprintf("b%d.csv", n), rows)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 6 {
		if err := os.WriteFile(path, contents[n%2], 0o600); err != nil {
			t.Fatal(err)
		}
		if o, err := w.run(t, path).Do(t.Context()); err != nil || o.Issued != n%2+1 {
			t.Fatalf("run %d: %+v, %v", n, o, err)
		}
	}
	aside, err := filepath.Glob(path + ".result.*.csv")
	if err != nil || len(aside) != 5 {
		t.Errorf("put aside are %q, %v", aside, err)
	}
}

// TestTwoRunsAtOnce runs one file from two places at once, on two cores each.
func TestTwoRunsAtOnce(t *testing.T) {
	w := newWorld(t)
	const rows = 410 // three groups
	path := w.file(t, "a.jsonl", rows)
	var wg sync.WaitGroup
	for n := range 2 {
		run := w.run(t, path)
		run.Paths = batch.PathsIn(t.TempDir(), path)
		run.Shuffle = rand.New(rand.NewPCG(uint64(n), 0)).Shuffle
		wg.Go(func() {
			if o, err := run.Do(context.Background()); err != nil || o.Issued != rows {
				t.Errorf("run %d: %+v, %v", n, o, err)
			}
		})
	}
	wg.Wait()
	once(t, w, rows)
	// In one place the second is refused.
	run := w.run(t, path)
	run.Progress = func(batch.Event) {
		if _, err := w.run(t, path).Do(context.Background()); !errors.Is(err, batch.ErrRunning) {
			t.Errorf("the second run: %v", err)
		}
	}
	if _, err := run.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// once wants every holder to have one license.
func once(t *testing.T, w *world, rows int) {
	t.Helper()
	holders := w.issued(t)
	if len(holders) != rows {
		t.Errorf("%d holders have a license, not %d", len(holders), rows)
	}
	for holder, n := range holders {
		if n != 1 {
			t.Errorf("%s has %d licenses", holder, n)
		}
	}
}

// TestSample wants every application to be good and none to be another's.
func TestSample(t *testing.T) {
	w := newWorld(t)
	seen := map[string]license.CreditCode{}
	for n := range 300 {
		n *= 3331
		app := w.maker.Application(n)
		faults, err := w.issuer.CheckEach(t.Context(), []catalog.Application{app})
		if err != nil || len(faults[0]) > 0 {
			t.Fatalf("%d: %v, %v", n, faults, err)
		}
		for _, p := range app.Permits {
			k := fmt.Sprint(p.Authority, p.Number)
			if other, ok := seen[k]; ok {
				t.Errorf("%s is of %s and %s", k, other, app.Holder.CreditCode)
			}
			seen[k] = app.Holder.CreditCode
		}
	}
}
