package bench_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// district is a data directory with licenses that were issued from a file.
type district struct {
	dir   string
	texts []string // of the codes, some thousands at most, from all over the file
	ids   []string // the numbers of the same licenses
	all   []string // numbers of licenses from all over, those that the district was filled with too
}

// url is where the district says that it is.
const url = "https://zheng.example"

// initialise makes a district without licenses.
func initialise(t testing.TB, more ...string) *district {
	t.Helper()
	d := &district{dir: filepath.Join(t.TempDir(), "district")}
	yizheng(t, append([]string{"init", "--data", d.dir, "--demonstration", "--url", url}, more...)...)
	d.configure(t, map[string]any{"rate": map[string]any{"perSecond": 100000, "burst": 1000000}})
	return d
}

// newDistrict makes a district and issues licenses in it.
func newDistrict(t testing.TB, licenses int) *district {
	t.Helper()
	d := initialise(t)
	d.issue(t, licenses)
	return d
}

// noted is how many licenses of a district are asked for, at most about.
const noted = 4000

// note reads every nth line of a file of results.
func (d *district) note(t testing.TB, path string, every int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	in := csv.NewReader(f)
	in.ReuseRecord = true
	for n := 0; ; n++ {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && n%every == 0 {
			d.ids, d.texts = append(d.ids, record[4]), append(d.texts, record[5])
		}
	}
}

// configure adds members to the configuration.
func (d *district) configure(t testing.TB, members map[string]any) {
	t.Helper()
	path := filepath.Join(d.dir, "config.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		all[name] = value
	}
	if b, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
