package batch_test

import (
	"bytes"
	"context"
	"crypto/rand"
	seeded "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"yizheng/batch"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/keys"
	"yizheng/register"
	"yizheng/signature"
)

// asChild makes the test's program a batch that can be killed: it issues the
// file of that name, beside the register and the key.
const asChild = "YIZHENG_TEST_BATCH"

func TestMain(m *testing.M) {
	if path := os.Getenv(asChild); path != "" {
		if err := child(path); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs a batch in a process of its own.
func child(path string) error {
	ctx := context.Background()
	store, err := register.Open(ctx, filepath.Join(filepath.Dir(path), "register.db"), register.Config{})
	if err != nil {
		return err
	}
	key, err := keys.Load(filepath.Join(filepath.Dir(path), "license.jwk"), nil)
	if err != nil {
		return err
	}
	var t testing.T
	c := issuertest.Config(&t, store, issuertest.NewClock())
	c.Keys.License = key
	i, err := issuer.New(c)
	if err != nil {
		return err
	}
	if err := i.GiveUpLeft(ctx); err != nil {
		return err
	}
	f, err := batch.Open(path)
	if err != nil {
		return err
	}
	current, err := c.Catalogue.On(issuertest.Today())
	if err != nil {
		return err
	}
	run := &batch.Run{
		Config: batch.Config{Issuer: i, Catalogue: current, Today: issuertest.Today(), Workers: 2, Actor: issuer.Operator("test")},
		File:   f, Paths: batch.PathsIn("", path), Shuffle: seeded.Shuffle,
	}
	_, err = run.Do(ctx)
	return err
}

// TestKill kills a batch at random moments until it comes through, and wants
// the same licenses as without: none twice, none lost, every row with its own
// in the results.
func TestKill(t *testing.T) {
	w := newWorld(t)
	key, err := keys.Generate(keys.UseLicense, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Save(filepath.Join(w.dir, "license.jwk"), key, nil); err != nil {
		t.Fatal(err)
	}
	rows, kills := 600, 20
	if raced {
		rows, kills = 410, 5
	}
	path := w.file(t, "a.jsonl", rows)
	random := seeded.New(seeded.NewPCG(1, 2))
	killed, whole := 0, 0
	for range 10 * kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), asChild+"="+path)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		after := time.Duration(random.IntN(400)) * time.Millisecond
		if killed >= kills {
			after = time.Minute
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the batch fails: %v %s", err, said.String())
			}
			// It came through before it could be killed: once more, as though
			// nothing had been written down but what the register has.
			if whole++; killed < kills {
				for _, p := range []string{batch.PathsIn("", path).Result, batch.PathsIn("", path).State} {
					if err := os.Remove(p); err != nil {
						t.Fatal(err)
					}
				}
				continue
			}
		case <-time.After(after):
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			killed++
			continue
		}
		break
	}
	if killed < kills {
		t.Fatalf("killed %d times only", killed)
	}
	t.Logf("killed %d times, came through %d times", killed, whole)
	once(t, w, rows)
	seen := map[string]bool{}
	results := records(t, path+".result.csv")
	for _, r := range results {
		seen[r[3]] = true
	}
	if len(results) != rows || len(seen) != rows || seen[""] {
		t.Errorf("%d results name %d licenses", len(results), len(seen))
	}
}
