package status_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"yizheng/signature"
	"yizheng/status"
)

// chunkAt makes the values of a chunk as full as a share says, in blocks like
// those of licenses, of which some read other than valid.
func chunkAt(r *rand.Rand, size int, load, bad float64) map[uint32]status.Value {
	others := []status.Value{status.Revoked, status.Suspended, status.Superseded, status.Withdrawn, status.Cancelled}
	values := make(map[uint32]status.Value)
	for float64(len(values)) < load*float64(size) {
		length := 3 + r.IntN(7)
		at := uint32(r.IntN(size - length))
		for k := range uint32(length) {
			values[at+k] = status.Valid
			if r.Float64() < bad {
				values[at+k] = others[r.IntN(len(others))]
			}
		}
	}
	return values
}

// applied is what a client does: the delta goes over the wire, makes a token of
// the one that is held, and that is verified like any other.
func applied(t *testing.T, held, newest string) string {
	t.Helper()
	d, err := status.Compare(held, newest)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	token, err := status.ApplyJSON(held, wire)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestDelta holds that a delta gives the very token that was signed, whatever
// changed, and tells how many bytes it has beside it.
func TestDelta(t *testing.T) {
	key := newKey(t, 1)
	r := rand.New(rand.NewPCG(1, 2))
	for _, load := range []float64{0, 0.01, 0.1, 0.5, 1} {
		before := chunkAt(r, status.ChunkSize, load*0.99, 0.02)
		old := config(before)
		held := build(t, old, key)
		for _, changes := range []int{0, 1, 10, 100, 5000} {
			after := maps.Clone(before)
			for range changes {
				after[uint32(r.IntN(status.ChunkSize))] = []status.Value{status.Valid, status.Suspended, status.Cancelled}[r.IntN(3)]
			}
			c := config(after)
			c.Sequence, c.IssuedAt = old.Sequence+3, old.IssuedAt.Add(time.Hour)
			newest := build(t, c, key)
			if applied(t, held, newest) != newest {
				t.Fatalf("load %v, %d changes: another token", load, changes)
			}
			d, _ := status.Compare(held, newest)
			wire, _ := json.Marshal(d)
			t.Logf("load %v, %d changes: %d bytes in the place of %d", load, changes, len(wire), len(newest))
			if changes <= 10 && len(wire) > 500 {
				t.Errorf("load %v, %d changes: %d bytes", load, changes, len(wire))
			}
		}
	}
}

// TestDeltaIsNotTrusted holds that whatever is done to a delta on its way, no
// token comes of it that its key signed.
func TestDeltaIsNotTrusted(t *testing.T) {
	key := newKey(t, 1)
	held := build(t, config(map[uint32]status.Value{5: status.Valid, 6: status.Valid}), key)
	c := config(map[uint32]status.Value{5: status.Valid, 6: status.Cancelled})
	c.Sequence++
	good, err := status.Compare(held, build(t, c, key))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		change func(*status.Delta)
		want   error
	}{
		"as it is":            {func(*status.Delta) {}, nil},
		"act left out":        {func(d *status.Delta) { d.Entries = nil }, signature.ErrSignature},
		"another value":       {func(d *status.Delta) { d.Entries[1] = uint32(status.Valid) }, signature.ErrSignature},
		"another entry":       {func(d *status.Delta) { d.Entries[0]++ }, signature.ErrSignature},
		"fresher":             {func(d *status.Delta) { d.IssuedAt++ }, signature.ErrSignature},
		"longer":              {func(d *status.Delta) { d.Expires++ }, signature.ErrSignature},
		"later":               {func(d *status.Delta) { d.Sequence++ }, signature.ErrSignature},
		"senseless times":     {func(d *status.Delta) { d.Expires = 0 }, signature.ErrSignature},
		"of another list":     {func(d *status.Delta) { d.Since++ }, status.ErrDelta},
		"half an entry":       {func(d *status.Delta) { d.Entries = d.Entries[:1] }, status.ErrDelta},
		"beyond the chunk":    {func(d *status.Delta) { d.Entries[0] = status.ChunkSize }, status.ErrDelta},
		"no value":            {func(d *status.Delta) { d.Entries[1] = 16 }, status.ErrDelta},
		"value not known":     {func(d *status.Delta) { d.Entries[1] = 7 }, status.ErrDelta},
		"header of its own":   {func(d *status.Delta) { d.Protected = "e30" }, signature.ErrMalformed},
		"dots in it":          {func(d *status.Delta) { d.Protected += "." }, signature.ErrMalformed},
		"no signature at all": {func(d *status.Delta) { d.Signature = "" }, signature.ErrMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := good
			d.Entries = append([]uint32(nil), good.Entries...)
			test.change(&d)
			token, err := d.Apply(held)
			if err == nil {
				_, err = status.Parse(token, key.PublicKey())
			}
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// TestCompareRefuses: lists of two subjects, and one that another program has
// compressed, which counts but cannot be written from its entries.
func TestCompareRefuses(t *testing.T) {
	key := newKey(t, 1)
	held := build(t, config(nil), key)
	elsewhere := config(nil)
	elsewhere.Subject = "https://zheng.example/status/8"
	if _, err := status.Compare(held, build(t, elsewhere, key)); !errors.Is(err, status.ErrDelta) {
		t.Errorf("another subject: %v", err)
	}
	payload := `{"exp":1800000000,"iat":1799999000,"seq":43,"status_list":{"bits":4,"lst":"` +
		zlibOf(make([]byte, status.ChunkSize/2)) + `"},"sub":"` + address + `","ttl":60}`
	others, err := signature.SignCompact(key, signature.Header{Type: status.Type}, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := status.Parse(others, key.PublicKey()); err != nil {
		t.Errorf("compressed by another program: %v", err)
	}
	if _, err := status.Compare(held, others); !errors.Is(err, status.ErrDelta) {
		t.Errorf("compressed by another program: %v", err)
	}
	if _, err := status.Compare(others, held); err != nil {
		t.Errorf("from what another program has compressed: %v", err)
	}
	if n, err := status.Sequence(held); err != nil || n != 42 {
		t.Errorf("sequence %d, %v", n, err)
	}
	for _, bad := range []string{"", "a.b.c", held[:len(held)/2]} {
		if _, err := status.Compare(bad, held); err == nil {
			t.Errorf("%.20q compares", bad)
		}
	}
}

// FuzzDeltaApply: nothing panics, and what comes out is a token of the list
// that was held or nothing.
func FuzzDeltaApply(f *testing.F) {
	key := newKey(f, 1)
	held := build(f, config(map[uint32]status.Value{5: status.Valid}), key)
	c := config(map[uint32]status.Value{5: status.Suspended})
	c.Sequence++
	newest := build(f, c, key)
	d, err := status.Compare(held, newest)
	if err != nil {
		f.Fatal(err)
	}
	wire, _ := json.Marshal(d)
	f.Add(wire)
	f.Add([]byte(`{"since":42,"entries":[1,0,1,1]}`))
	f.Fuzz(func(t *testing.T, wire []byte) {
		token, err := status.ApplyJSON(held, wire)
		if err != nil {
			return
		}
		if _, err := status.Parse(token, key.PublicKey()); err == nil && token != newest && token != held {
			t.Errorf("a token that nobody signed: %s", token)
		}
	})
}
