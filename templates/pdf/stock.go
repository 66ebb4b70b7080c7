package pdf

import (
	"slices"
	"sync"

	"yizheng/deflate"
	"yizheng/templates/font"
)

// Stock is a face with characters that nearly every document sets. Files in
// which it is used ([File.Stocked]) embed all of them, at the beginning of the
// font's program, where they were compressed once. What a file sets beside
// them is cut into pieces once for each glyph, and only written again: pieces
// refer to the stock and to nothing else, so that they are the same in every
// file.
//
// It is safe for concurrent use. It keeps what it has cut, for each glyph of
// the face at most once, some 400 bytes.
type Stock struct {
	face       *font.Face
	characters []character
	places     [256]*[256]uint16 // of the characters, by their two bytes: one more than its place
	outlines   []byte            // of the characters, as they stand in every program
	drawn      map[uint16]int    // where in them a glyph is drawn
	block      deflate.Prepared
	encoder    *deflate.Encoder
	prices     *deflate.Prices

	mu  sync.RWMutex
	cut map[uint16][]deflate.Piece
}

// NewStock takes a face and the characters; those that the face lacks or that
// are beyond U+FFFF are left out. Outlines of more than 32 KiB, the window of
// deflate, are of no use. It takes some 10 ms.
func NewStock(face *font.Face, characters string) *Stock {
	s := &Stock{face: face, drawn: map[uint16]int{}, cut: map[uint16][]deflate.Piece{}}
	all := []rune(characters)
	slices.Sort(all)
	letters := make([]font.Letter, 0, len(all))
	for _, r := range slices.Compact(all) {
		if glyph, ok := face.Glyph(r); ok && r <= 0xFFFF {
			c := character{r, font.Letter{Glyph: glyph, Advance: face.Advance(glyph)}}
			s.characters = append(s.characters, c)
			s.noted(r, uint16(len(s.characters)))
			letters = append(letters, c.Letter)
		}
	}
	program := face.Program(1, letters)
	s.outlines = program.Outlines
	for i, l := range letters {
		s.drawn[l.Glyph] = program.Drawn[i]
	}
	alone := deflate.NewEncoder(nil)
	s.prices = deflate.Learn(alone.Cut(s.outlines, deflate.Learn(nil)))
	s.block = deflate.Prepare(alone.Cut(s.outlines, s.prices))
	s.encoder = deflate.NewEncoder(s.outlines)
	return s
}

// noted notes the place of a character, counted from one.
func (s *Stock) noted(r rune, place uint16) {
	page := &s.places[r>>8]
	if *page == nil {
		*page = new([256]uint16)
	}
	(*page)[r&0xFF] = place
}

// place gives the place of a character of at most U+FFFF, and false where it is
// not in the stock; a stock that is nil has none.
func (s *Stock) place(r rune) (uint16, bool) {
	if s == nil || s.places[r>>8] == nil {
		return 0, false
	}
	place := s.places[r>>8][r&0xFF]
	return place - 1, place > 0
}

// pieces appends the outlines that follow the stock in the program of the
// letters.
func (s *Stock) pieces(out []deflate.Piece, p font.Program, letters []font.Letter) []deflate.Piece {
	end := len(s.outlines)
	for i := len(s.characters); i < len(letters); i++ {
		from, glyph := p.Drawn[i], letters[i].Glyph
		out = literally(out, p.Outlines[end:from])
		end = p.Ends[i]
		if i > 0 && letters[i-1].Glyph == glyph { // with another advance
			out = again(out, p.Outlines[from:end], from-p.Drawn[i-1])
		} else if at, ok := s.drawn[glyph]; ok {
			out = again(out, p.Outlines[from:end], from-at)
		} else {
			out = placed(out, s.glyph(glyph, p.Outlines[from:end]), p.Outlines[from:end], from-len(s.outlines))
		}
	}
	return out
}

// glyph gives the pieces of a glyph's drawing, as if it stood right behind the
// stock.
func (s *Stock) glyph(glyph uint16, drawing []byte) []deflate.Piece {
	s.mu.RLock()
	pieces, ok := s.cut[glyph]
	s.mu.RUnlock()
	if !ok {
		pieces = s.encoder.Cut(drawing, s.prices)
		s.mu.Lock()
		s.cut[glyph] = pieces
		s.mu.Unlock()
	}
	return pieces
}

// placed appends the pieces of a drawing that stands so far behind where they
// were cut for. A match becomes literals where the stock is beyond reach, and
// where it goes on from the end of the stock to the drawing, which stood there.
func placed(out, pieces []deflate.Piece, drawing []byte, further int) []deflate.Piece {
	at := 0
	for _, p := range pieces {
		length, distance, ok := p.Match()
		switch before := distance - at; {
		case !ok || before <= 0:
			out = append(out, p)
		case before < length || distance+further > deflate.Window:
			out = literally(out, drawing[at:at+length])
		default:
			out = append(out, deflate.Match(length, distance+further))
		}
		at += p.Len()
	}
	return out
}

// again appends a drawing that stands so many bytes back already.
func again(out []deflate.Piece, drawing []byte, distance int) []deflate.Piece {
	const least, most = 3, 258
	if distance > deflate.Window {
		return literally(out, drawing)
	}
	for len(drawing) >= least {
		n := min(len(drawing), most)
		out = append(out, deflate.Match(n, distance))
		drawing = drawing[n:]
	}
	return literally(out, drawing)
}

// literally appends bytes as they are.
func literally(out []deflate.Piece, b []byte) []deflate.Piece {
	for _, v := range b {
		out = append(out, deflate.Literal(v))
	}
	return out
}
