package deflate_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"yizheng/deflate"
)

// TestBlocks writes streams of blocks, some of them prepared, whose matches
// reach back over the blocks before.
func TestBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var w deflate.Writer
	for round := range 200 {
		w.Reset()
		var data []byte
		prepared := 0
		for block := range 1 + r.IntN(4) {
			pieces := piecesOf(r, data, r.IntN(3000), 1+r.IntN(256))
			data = appended(data, pieces)
			if block%2 == 1 {
				w.Append(deflate.Prepare(pieces))
				prepared++
			} else {
				w.Block(pieces, false)
			}
		}
		w.Block(nil, true)
		if got := inflate(t, w.Bytes(), nil); !bytes.Equal(got, data) {
			t.Fatalf("round %d, %d blocks prepared: %d bytes come back as %d others", round, prepared, len(data), len(got))
		}
	}
}

// piecesOf makes about n pieces, of few letters, that may follow data.
func piecesOf(r *rand.Rand, data []byte, n, letters int) (pieces []deflate.Piece) {
	length := len(data)
	for range n {
		if length > 0 && r.IntN(3) == 0 {
			match := deflate.Match(3+r.IntN(256), 1+r.IntN(min(length, deflate.Window)))
			pieces = append(pieces, match)
			length += match.Len()
		} else {
			pieces = append(pieces, deflate.Literal(byte(r.IntN(letters))))
			length++
		}
	}
	return pieces
}

// appended is what the pieces mean behind data.
func appended(data []byte, pieces []deflate.Piece) []byte {
	for _, p := range pieces {
		length, distance, ok := p.Match()
		if !ok {
			data = append(data, byte(p))
			continue
		}
		for range length {
			data = append(data, data[len(data)-distance])
		}
	}
	return data
}

// TestLongCodes has literals each of which is as frequent as the two before
// together, of which the best codes would be longer than the format allows.
func TestLongCodes(t *testing.T) {
	var data []byte
	var pieces []deflate.Piece
	a, b := 1, 1
	for letter := range 22 {
		for range a {
			pieces = append(pieces, deflate.Literal(byte(letter)))
			data = append(data, byte(letter))
		}
		a, b = b, a+b
	}
	var w deflate.Writer
	w.Block(pieces, true)
	stream := w.Bytes()
	if got := inflate(t, stream, nil); !bytes.Equal(got, data) {
		t.Error("they do not come back")
	}
	if most := len(data) / 3; len(stream) > most {
		t.Errorf("%d bytes take %d", len(data), len(stream))
	}
}

// TestCutByPrices cuts by prices that were learned, which saves on what is
// cut by those of the fixed code.
func TestCutByPrices(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var data []byte
	for range 400 { // words of a few letters, most of them of the first
		for range 2 + r.IntN(6) {
			data = append(data, byte('a'+r.IntN(1+r.IntN(12))))
		}
		data = append(data, ' ')
	}
	e := deflate.NewEncoder(nil)
	var w deflate.Writer
	size := func(prices *deflate.Prices) int {
		pieces := e.Cut(data, prices)
		if got := appended(nil, pieces); !bytes.Equal(got, data) {
			t.Fatal("the pieces are those of other data")
		}
		w.Reset()
		w.Block(pieces, true)
		return len(w.Bytes())
	}
	fixed := deflate.Learn(nil)
	if was, is := size(fixed), size(deflate.Learn(e.Cut(data, fixed))); is > was {
		t.Errorf("%d bytes by what was learned, %d by the fixed code's", is, was)
	}
}

func FuzzBlock(f *testing.F) {
	f.Add([]byte("abcabcabcabc"), []byte("cabcab"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, dictionary, data []byte) {
		if len(dictionary) > 1<<15 || len(data) > 1<<14 {
			return
		}
		pieces := deflate.NewEncoder(dictionary).Cut(data, deflate.Learn(nil))
		var w deflate.Writer
		w.Append(deflate.Prepare(pieces))
		w.Block(nil, true)
		if got := inflate(t, w.Bytes(), dictionary); !bytes.Equal(got, data) {
			t.Errorf("%x comes back as %x", data, got)
		}
	})
}
