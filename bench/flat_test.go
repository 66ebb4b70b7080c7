package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	server   *process
	token    string
	numbers  []string // of licenses from all over, to be looked up
	texts    []string // of licenses that the program has issued, to be verified
}

// TestFlat has registers of a thousand, a hundred thousand and a million
// licenses (see -largest) open at once, in this one process and each at a server, and asks
// them by turns, a few hundred questions at a time: so whatever else the machine does meets
// all of them alike. What counts is the processor time of this process, or of the server, and
// of the database, and the median of the rounds.
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
	for _, way := range []way{
		{"look-up in process", (*flat).lookUp, false},
		{"look-up over HTTP", (*flat).lookUpAtServer, true},
		{"verify in process", (*flat).verify, false},
		{"verify over HTTP", (*flat).verifyAtServer, true},
	} {
		costs, took := make(map[int][]time.Duration), make(map[int][]time.Duration)
		for round := range sized(2, 61) { // and the first warms up
			// Each comes after each other one as often.
			for at := range all {
				f := all[(at+round)%len(all)]
				cost, wall := f.round(t, server, round, way)
				if round > 0 {
					costs[f.size], took[f.size] = append(costs[f.size], cost), append(took[f.size], wall)
				}
			}
		}
		line := []string{fmt.Sprintf("%s, %s, by turns", way.name, name)}
		var medians []time.Duration
		for _, f := range all {
			medians = append(medians, median(costs[f.size]))
			line = append(line, fmt.Sprintf("%s: %s of processor time, median %s", grouped(f.size), micros(median(costs[f.size])), micros(median(took[f.size]))))
		}
		rows.add(t, append(line, fmt.Sprintf("%.2f", float64(slices.Max(medians))/float64(slices.Min(medians))))...)
	}
}

// way is how a register is asked.
type way struct {
	name   string
	ask    func(f *flat, n int) error
	served bool // by a server, which is another process
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
	token := strings.TrimSpace(yizheng(t, "token", "--data", d.dir, "--scope", "license:read"))
	t.Logf("%s licenses after %v", grouped(size), time.Since(began).Round(time.Second))
	return &flat{size: size, store: store, verifier: v, server: p, token: token, numbers: d.all, texts: d.texts}
}

// asked is how many questions are one register's turn.
const asked = 200

// round asks, and gives the processor time and the time of one question.
func (f *flat) round(t *testing.T, server *postgrestest.Server, round int, w way) (cost, took time.Duration) {
	t.Helper()
	spentBy := func() time.Duration {
		if w.served {
			return f.server.spent(t) + serverTime(t, server)
		}
		used, err := spent()
		if err != nil {
			t.Fatal(err)
		}
		return used + serverTime(t, server)
	}
	before, began := spentBy(), time.Now()
	for n := range asked {
		if err := w.ask(f, round*asked+n); err != nil {
			t.Fatal(err)
		}
	}
	took = time.Since(began)
	return (spentBy() - before) / asked, took / asked
}

// number is of a license from all over.
func (f *flat) number(n int) string { return f.numbers[n*7919%len(f.numbers)] }

// lookUp asks the register what GET /v1/licenses/{number} asks it, and writes the
// answer.
func (f *flat) lookUp(n int) error {
	current, err := f.store.Current(context.Background(), f.number(n))
	if err != nil {
		return err
	}
	_, err = json.Marshal(current)
	return err
}

// lookUpAtServer asks for GET /v1/licenses/{number}.
func (f *flat) lookUpAtServer(n int) error {
	number := f.number(n)
	r, err := http.NewRequest(http.MethodGet, "http://"+f.server.address+"/v1/licenses/"+number, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	return answers(r, number)
}

// verifyAtServer asks for POST /v1/verify.
func (f *flat) verifyAtServer(n int) error {
	body, err := json.Marshal(map[string]string{"text": f.texts[n%len(f.texts)]})
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+f.server.address+"/v1/verify", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	return answers(r, good)
}

// answers wants a good answer with a text in it.
func answers(r *http.Request, text string) error {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(text))) {
		err = fmt.Errorf("%s: %.300s", answer.Status, body)
	}
	return err
}

func (f *flat) verify(n int) error {
	text := f.texts[n%len(f.texts)]
	if r := f.verifier.Verify(text, time.Now()); r.Outcome != verifier.Valid {
		return fmt.Errorf("%s verifies as %s", strings.TrimSpace(text[:40]), r.Outcome)
	}
	return nil
}
