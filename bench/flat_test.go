package bench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/register"
	"yizheng/register/postgrestest"
	"yizheng/trust"
	"yizheng/verifier"
)

// flat is a register of some size that is asked by turns with others.
type flat struct {
	size     int
	store    *register.Store
	verifier *verifier.Verifier
	numbers  []string // of licenses from all over, to be looked up
	texts    []string // of licenses that the program has issued, to be verified
}

// TestFlat has registers of a thousand, a hundred thousand and a million
// licenses (see -largest) open at once, in this one process, and asks them by turns, a few
// hundred questions at a time: so whatever else the machine does meets all of
// them alike. What counts is the processor time of this process and of the
// database, and the median of the rounds.
func TestFlat(t *testing.T) {
	sizes := sized([]int{40, 80, 160}, []int{1_000, *largest / 10, *largest})
	t.Run("SQLite", func(t *testing.T) {
		measureFlat(t, "SQLite", nil, sizes)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		measureFlat(t, "PostgreSQL", usualServer(t), sizes)
	})
}

func measureFlat(t *testing.T, name string, server *postgrestest.Server, sizes []int) {
	var all []*flat
	for _, size := range sizes {
		all = append(all, newFlat(t, server, size))
	}
	for _, way := range []struct {
		name string
		ask  func(f *flat, n int) error
	}{{"look-up", (*flat).lookUp}, {"verify", (*flat).verify}} {
		costs, took := make(map[int][]time.Duration), make(map[int][]time.Duration)
		for round := range sized(2, 61) { // and the first warms up
			// Each comes after each other one as often.
			for at := range all {
				f := all[(at+round)%len(all)]
				cost, wall := f.round(t, server, round, way.ask)
				if round > 0 {
					costs[f.size], took[f.size] = append(costs[f.size], cost), append(took[f.size], wall)
				}
			}
		}
		line := []string{fmt.Sprintf("%s in process, %s, by turns", way.name, name)}
		var medians []time.Duration
		for _, f := range all {
			medians = append(medians, median(costs[f.size]))
			line = append(line, fmt.Sprintf("%s: %s of processor time, median %s", grouped(f.size), micros(median(costs[f.size])), micros(median(took[f.size]))))
		}
		rows.add(t, append(line, fmt.Sprintf("%.2f", float64(slices.Max(medians))/float64(slices.Min(medians))))...)
	}
}

// newFlat makes a district whose first licenses the program issues, and fills
// it up.
func newFlat(t *testing.T, server *postgrestest.Server, size int) *flat {
	t.Helper()
	ctx := context.Background()
	var address string
	var more []string
	if server != nil {
		address = server.Database(t)
		more = []string{"--postgres", address}
	}
	began := time.Now()
	d := initialise(t, more...)
	d.issue(t, min(size, sized(20, 1000)))
	var store *register.Store
	var err error
	if server != nil {
		store, err = register.OpenPostgres(ctx, register.Postgres{URL: address})
	} else {
		store, err = register.Open(ctx, filepath.Join(d.dir, "register.db"), register.Config{})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d.fill(t, store, size)
	if server != nil {
		postgrestest.Exec(t, address, "VACUUM ANALYZE")
		postgrestest.Exec(t, address, "CHECKPOINT")
	}
	yizheng(t, "status", "publish", "--data", d.dir)
	raw, err := os.ReadFile(filepath.Join(d.dir, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	lists := verifier.NewLists(bundle)
	if err := store.EachList(ctx, func(_ uint32, p issuer.Published) error { return lists.Add([]byte(p.Token)) }); err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Config{Trust: bundle, Lists: lists})
	if err != nil {
		t.Fatal(err)
	}
	p := startServer(t, "--data", d.dir)
	rows.add(t, fmt.Sprintf("start with %s licenses that were written a moment ago", grouped(size)),
		fmt.Sprintf("ready after %.2f s, %s of processor time, %d MB at most", p.ready.Seconds(), micros(p.spent(t)), p.memory(t)>>20), "", "")
	p.end()
	t.Logf("%s licenses after %v", grouped(size), time.Since(began).Round(time.Second))
	return &flat{size: size, store: store, verifier: v, numbers: d.all, texts: d.texts}
}

// asked is how many questions are one register's turn.
const asked = 200

// round asks, and gives the processor time and the time of one question.
func (f *flat) round(t *testing.T, server *postgrestest.Server, round int, ask func(f *flat, n int) error) (cost, took time.Duration) {
	t.Helper()
	before, err := spent()
	if err != nil {
		t.Fatal(err)
	}
	database, began := serverTime(t, server), time.Now()
	for n := range asked {
		if err := ask(f, round*asked+n); err != nil {
			t.Fatal(err)
		}
	}
	took = time.Since(began)
	after, err := spent()
	if err != nil {
		t.Fatal(err)
	}
	return (after - before + serverTime(t, server) - database) / asked, took / asked
}

// lookUp asks what GET /v1/licenses/{number} asks, and writes the answer.
func (f *flat) lookUp(n int) error {
	ctx := context.Background()
	current, err := f.store.Current(ctx, f.numbers[n*7919%len(f.numbers)])
	if err != nil {
		return err
	}
	versions, err := f.store.Versions(ctx, current.License.Identifier.Base())
	if err == nil && len(versions) != 1 {
		err = fmt.Errorf("%s has %d versions", current.License.Number, len(versions))
	}
	if err != nil {
		return err
	}
	_, err = json.Marshal(current)
	return err
}

func (f *flat) verify(n int) error {
	text := f.texts[n%len(f.texts)]
	if r := f.verifier.Verify(text, time.Now()); r.Outcome != verifier.Valid {
		return fmt.Errorf("%s verifies as %s", strings.TrimSpace(text[:40]), r.Outcome)
	}
	return nil
}
