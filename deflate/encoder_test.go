package deflate_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math/bits"
	"math/rand/v2"
	"testing"

	"yizheng/deflate"
)

func inflate(t testing.TB, stream, dictionary []byte) []byte {
	t.Helper()
	source := bytes.NewReader(stream)
	data, err := io.ReadAll(flate.NewReaderDict(source, dictionary))
	if err != nil {
		t.Fatalf("inflating: %v", err)
	}
	if source.Len() > 0 {
		t.Fatalf("%d bytes after the stream", source.Len())
	}
	return data
}

// TestRoundTrip takes texts of few different bytes, so that matches of all
// lengths and distances occur.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ dictionary, data, letters int }{
		{0, 0, 1}, {0, 1, 1}, {0, 2, 1}, {1, 3, 1}, {10, 1000, 1}, {100, 2, 2}, {3000, 700, 2}, {32 << 10, 900, 2},
		{32<<10 + 5000, 3000, 3}, {20000, 5000, 256}, {32 << 10, 16 << 10, 40},
	} {
		dictionary, data := make([]byte, c.dictionary), make([]byte, c.data)
		for i := range dictionary {
			dictionary[i] = byte(r.IntN(c.letters))
		}
		for i := range data {
			data[i] = byte(r.IntN(c.letters))
		}
		for range c.data / 100 { // pieces of the dictionary, wherever they come from
			if c.dictionary > 600 {
				from := r.IntN(c.dictionary - 300)
				copy(data[r.IntN(c.data):], dictionary[from:from+3+r.IntN(290)])
			}
		}
		e := deflate.NewEncoder(dictionary)
		stream := e.Encode(data)
		if got := inflate(t, stream, dictionary); !bytes.Equal(got, data) {
			t.Errorf("%+v does not come back", c)
		}
		if again := deflate.NewEncoder(dictionary).Encode(data); !bytes.Equal(again, stream) {
			t.Errorf("%+v: a second stream differs", c)
		}
	}
}

// TestNothingIsShorter weighs every match that there is, but for those that
// begin in the last two bytes of a dictionary, and comes to as many bytes.
func TestNothingIsShorter(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 100 {
		letters := 1 + r.IntN(6)
		all := make([]byte, r.IntN(600))
		for i := range all {
			all[i] = byte(r.IntN(letters))
		}
		for range len(all) / 60 { // pieces that come back
			from, to := r.IntN(len(all)), r.IntN(len(all))
			copy(all[to:], all[from:min(len(all), from+r.IntN(40))])
		}
		dictionary := all[:r.IntN(len(all)+1)]
		data := all[len(dictionary):]
		if got, want := len(deflate.NewEncoder(dictionary).Encode(data)), (3+leastBits(all, len(dictionary))+7+7)/8; got != want {
			t.Errorf("%x behind %x takes %d bytes, and %d would do", data, dictionary, got, want)
		}
	}
}

// leastBits is what the bytes from a place on take at least in the fixed code
// (RFC 1951, 3.2.6), all of which are below 144, without the end of the block.
func leastBits(all []byte, from int) int {
	least := make([]int, len(all)+1)
	for i := len(all) - 1; i >= from; i-- {
		least[i] = 8 + least[i+1]
		for j := range i {
			if j < from && j+3 > from {
				continue
			}
			distanceBits := 5 + max(0, bits.Len(uint(i-j-1))-2)
			for n := 1; i+n <= len(all) && n <= 258 && all[j+n-1] == all[i+n-1]; n++ {
				lengthBits := 7 + max(0, bits.Len(uint(n-3))-3)
				switch {
				case n < 3:
					continue
				case n == 258:
					lengthBits = 8
				case n >= 115:
					lengthBits++
				}
				least[i] = min(least[i], lengthBits+distanceBits+least[i+n])
			}
		}
	}
	return least[from]
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("abcabcabc"), []byte("xabcabcy"))
	f.Add([]byte{}, []byte{0xFF, 0x90, 0x8F, 0})
	f.Fuzz(func(t *testing.T, dictionary, data []byte) {
		if len(dictionary) > 1<<15 || len(data) > 1<<14 {
			return
		}
		stream := deflate.NewEncoder(dictionary).Encode(data)
		if got := inflate(t, stream, dictionary); !bytes.Equal(got, data) {
			t.Errorf("%x comes back as %x", data, got)
		}
	})
}
