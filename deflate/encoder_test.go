package deflate_test

import (
	"bytes"
	"compress/flate"
	"io"
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
