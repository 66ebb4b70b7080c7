package trust_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yizheng/trust"
)

var closingOf = trust.ClosingList{Region: "310105", Key: "m_rm1md-", Since: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Issued: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}

// TestClosing finds all that is on a list and nothing else, whatever its size
// and in whatever order it was made.
func TestClosing(t *testing.T) {
	for _, n := range []int{0, 1, 2048, 2049, 20_000} {
		all := sums(n + 100)
		on, off := all[:n], all[n:]
		list, chunks, err := trust.BuildClosing(closingOf, on)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := slices.Clone(on)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again, _, err := trust.BuildClosing(closingOf, shuffled); err != nil || !bytes.Equal(again, list) {
			t.Errorf("%d: another order gives another list, %v", n, err)
		}
		c, err := trust.ParseClosing(list)
		if err != nil {
			t.Fatal(err)
		}
		if c.Entries != uint64(n) || len(c.ChunkDigests()) != len(chunks) {
			t.Errorf("%d entries in %d chunks: %+v", n, len(chunks), c)
		}
		held := map[string]trust.ClosingChunk{}
		for i, chunk := range chunks {
			if held[c.ChunkDigests()[i]], err = trust.ParseClosingChunk(chunk); err != nil {
				t.Fatal(err)
			}
			if !c.Names(sha256.Sum256(chunk)) {
				t.Errorf("chunk %d is not named", i)
			}
		}
		for _, sum := range on {
			if !held[c.Chunk(sum)].Has(sum) {
				t.Fatalf("%x is not found", sum)
			}
		}
		for _, sum := range off {
			if held[c.Chunk(sum)].Has(sum) {
				t.Fatalf("%x is found", sum)
			}
		}
	}
}

// TestClosingRefused refuses what breaks a rule.
func TestClosingRefused(t *testing.T) {
	list, chunks, err := trust.BuildClosing(closingOf, sums(10))
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(map[string]any)) []byte {
		var m map[string]any
		if err := json.Unmarshal(list, &m); err != nil {
			t.Fatal(err)
		}
		f(m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":              {},
		"something behind":     append(slices.Clone(list), ' ', '1'),
		"another member":       change(func(m map[string]any) { m["more"] = 1 }),
		"no region":            change(func(m map[string]any) { m["region"] = "x" }),
		"no instant":           change(func(m map[string]any) { delete(m, "issued") }),
		"a broken second":      change(func(m map[string]any) { m["since"] = "2026-06-01T00:00:00.5Z" }),
		"no chunks":            change(func(m map[string]any) { m["chunks"] = "" }),
		"three chunks":         change(func(m map[string]any) { m["chunks"] = make([]byte, 96) }),
		"half a chunk":         change(func(m map[string]any) { m["chunks"] = make([]byte, 16) }),
		"more chunks than may": change(func(m map[string]any) { m["chunks"] = make([]byte, 4096*32) }),
	} {
		var refused *trust.Error
		if _, err := trust.ParseClosing(b); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := append(slices.Clone(chunks[0][:16]), chunks[0][:16]...)
	for name, b := range map[string][]byte{"half an entry": chunks[0][:8], "out of order": append(slices.Clone(chunks[0][16:32]), chunks[0][:16]...),
		"twice": twice, "too large": make([]byte, 256<<10+16)} {
		if _, err := trust.ParseClosingChunk(b); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzParseClosing(f *testing.F) {
	list, _, err := trust.BuildClosing(closingOf, sums(3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(list)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := trust.ParseClosing(b)
		if err != nil {
			return
		}
		for _, sum := range sums(20) { // every hash has its chunk
			if !slices.Contains(c.ChunkDigests(), c.Chunk(sum)) {
				t.Errorf("chunk %s is none of the list", c.Chunk(sum))
			}
		}
	})
}
