package payload_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/payload/dictionary"
)

// TestDictionariesAreGenerated: a region's newest dictionary is what its
// catalogue makes today, and every file is in the index.
func TestDictionariesAreGenerated(t *testing.T) {
	for _, region := range catalog.Regions() {
		want, err := dictionary.Make(catalogue(t, region))
		if err != nil {
			t.Fatal(err)
		}
		again, err := dictionary.Make(catalogue(t, region))
		if err != nil || !bytes.Equal(want, again) {
			t.Errorf("%s: made twice, the dictionary differs", region)
		}
		if d, ok := payload.Builtin(region); !ok || !bytes.Equal(d.Bytes(), want) {
			t.Errorf("%s: the catalogue has changed; run make vectors", region)
		}
	}
	index, err := os.ReadFile("dictionary/index.txt")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("dictionary/*.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".bin")
		if !strings.Contains(string(index), " "+id+"\n") {
			t.Errorf("%s is not in the index", file)
		}
		if d, ok := payload.BuiltinByID(id); !ok || d.ID() != id || payload.DictionaryID(d.Bytes()) != id {
			t.Errorf("%s is not found by its name", file)
		}
	}
	for line := range strings.Lines(string(index)) {
		region, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, err := os.Stat("dictionary/" + id + ".bin"); err != nil || !license.Region(region).WellFormed() {
			t.Errorf("line %q of the index: %v", line, err)
		}
	}
}

func TestNewDictionary(t *testing.T) {
	for size, ok := range map[int]bool{0: false, 1: true, payload.MaxDictionary: true, payload.MaxDictionary + 1: false} {
		if _, err := payload.NewDictionary(make([]byte, size)); (err == nil) != ok {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, ok := payload.Builtin("999999"); ok {
		t.Error("there is a dictionary of region 999999")
	}
	if _, ok := payload.BuiltinByID("AAAAAAAAAAA"); ok {
		t.Error("there is a dictionary called AAAAAAAAAAA")
	}
}

// deflated compresses as any program might, with the dictionary of d.
func deflated(t testing.TB, d *payload.Dictionary, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriterDict(&out, flate.BestCompression, d.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLicenseRefuses(t *testing.T) {
	d := builtin(t, "310105")
	good := sealed(t, fixtures(t)[0], d)
	claims := payload.AppendClaims(nil, fixtures(t)[0])
	other, err := payload.NewDictionary([]byte("another"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, reason string
		dictionary   *payload.Dictionary
		payload      []byte
	}{
		{"another compressor", "", d, deflated(t, d, claims)},
		{"no dictionary", payload.ReasonDictionary, nil, good.Payload},
		{"other dictionary", payload.ReasonDictionary, other, good.Payload},
		{"byte after the stream", payload.ReasonTrailing, d, append(bytes.Clone(good.Payload), 0)},
		{"cut off", payload.ReasonDeflate, d, good.Payload[:len(good.Payload)-1]},
		{"no stream", payload.ReasonDeflate, d, []byte{0xFF}},
		{"bomb", payload.ReasonSize, d, deflated(t, d, make([]byte, 10<<20))},
		{"one byte too many", payload.ReasonSize, d, deflated(t, d, make([]byte, payload.MaxClaims+1))},
		{"zeros", payload.ReasonCreditCode, d, deflated(t, d, make([]byte, 100))},
	} {
		code := good
		code.Payload = c.payload
		_, err := code.License(c.dictionary)
		if c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var m *payload.MalformedError
		if !errors.As(err, &m) || m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// TestConcurrentUse: one dictionary serves all requests.
func TestConcurrentUse(t *testing.T) {
	d := builtin(t, "310105")
	licenses := fixtures(t)
	var group sync.WaitGroup
	for i := range 16 {
		l := licenses[i%len(licenses)]
		group.Go(func() {
			for range 20 {
				got, err := sealed(t, l, d).License(d)
				if err != nil || !reflect.DeepEqual(got, l) {
					t.Errorf("%s comes back as %+v, %v", l.Industry, got, err)
				}
			}
		})
	}
	group.Wait()
}

// FuzzLicense: no payload does more than be refused.
func FuzzLicense(f *testing.F) {
	d := builtin(f, "310105")
	good := sealed(f, fixtures(f)[0], d)
	f.Add(good.Payload)
	f.Fuzz(func(t *testing.T, stream []byte) {
		code := good
		code.Payload = stream
		if _, err := code.License(d); err != nil && !errors.Is(err, payload.ErrMalformed) {
			t.Fatal(err)
		}
	})
}
