package batch_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yizheng/batch"
	"yizheng/batch/sample"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// world is a register with an issuer, and a folder for files.
type world struct {
	dir       string
	store     *register.Store
	issuer    *issuer.Issuer
	catalogue *catalog.Catalogue
	today     license.Date
	maker     *sample.Maker
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOn(t, func(dir string) (*register.Store, error) {
		return register.Create(t.Context(), filepath.Join(dir, "register.db"), register.Config{})
	})
}

// newWorldOn is newWorld on another register.
func newWorldOn(t testing.TB, create func(dir string) (*register.Store, error)) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	var err error
	w.store, err = create(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	clock := issuertest.NewClock()
	w.issuer = issuertest.New(t, w.store, clock)
	w.today = license.DateOf(clock.Now())
	set, err := catalog.Load(issuertest.Region)
	if err != nil {
		t.Fatal(err)
	}
	if w.catalogue, err = set.On(w.today); err != nil {
		t.Fatal(err)
	}
	if w.maker, err = sample.New(w.catalogue); err != nil {
		t.Fatal(err)
	}
	return w
}

// file writes applications in a format.
func (w *world) file(t testing.TB, name string, rows int) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := batch.Write(path, batch.Format(strings.TrimPrefix(filepath.Ext(name), ".")), strings.HasPrefix(name, "english"), w.maker.All(rows)); err != nil {
		t.Fatal(err)
	}
	return path
}

// run makes a run of a file.
func (w *world) run(t testing.TB, path string) *batch.Run {
	t.Helper()
	f, err := batch.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return &batch.Run{
		Config: batch.Config{Issuer: w.issuer, Catalogue: w.catalogue, Today: w.today, Workers: 2, Actor: issuer.Operator("test")},
		File:   f, Paths: batch.PathsIn("", path),
	}
}

// issued gives what the register has, by the holder's credit code.
func (w *world) issued(t testing.TB) map[license.CreditCode]int {
	t.Helper()
	found, err := w.store.Recent(context.Background(), issuertest.NewClock().Now().AddDate(1, 0, 0), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	holders := map[license.CreditCode]int{}
	for _, f := range found {
		holders[license.CreditCode(f.CreditCode)]++
	}
	return holders
}

// records reads a CSV file that the batch wrote, without its heading.
func records(t testing.TB, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

// reasons gives line, column and reason of each fault.
func reasons(t testing.TB, path string) []string {
	t.Helper()
	var all []string
	for _, r := range records(t, path) {
		all = append(all, strings.Join([]string{r[1], r[3], r[5]}, " "))
	}
	slices.Sort(all)
	return all
}
