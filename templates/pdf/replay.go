package pdf

import (
	"fmt"
	"slices"
	"strconv"
)

// Replay draws a page onto the surface, by its index. What is drawn is what
// the file says: its own operators are read back. An error means that they
// are beyond what Content writes.
func (f *File) Replay(index int, to Surface) error {
	if index < 0 || index >= len(f.pages) {
		return fmt.Errorf("there is no page %d of %d", index, len(f.pages))
	}
	r := replay{file: f, to: to, state: State{Matrix: identity, Width: 1, Opacity: 1}}
	r.chars = f.characters()
	content := f.pages[index].content
	if content.ground != nil {
		if err := r.run(content.ground.buf); err != nil {
			return fmt.Errorf("drawing the ground of page %d again: %w", index, err)
		}
	}
	if err := r.run(content.written()); err != nil {
		return fmt.Errorf("drawing page %d again: %w", index, err)
	}
	return nil
}

type replay struct {
	file     *File
	chars    []character // in the order of their codes
	to       Surface
	state    State
	saved    []State
	path     Path
	clip     bool   // the path is to be clipped to
	line     Matrix // of the text
	operands []operand
}

// operand is a number, a name or a string.
type operand struct {
	number float64
	word   string
}

// run carries content out, operator by operator.
func (r *replay) run(content []byte) error {
	for at := 0; at < len(content); {
		from, c := at, content[at]
		switch {
		case c == ' ' || c == '\n':
			at++
		case c == '(':
			var word []byte
			word, at = literal(content, at+1)
			r.operands = append(r.operands, operand{word: string(word)})
		case c == '<' && at+1 < len(content) && content[at+1] != '<':
			for at < len(content) && content[at] != '>' { // words to be read aloud
				at++
			}
			at++
		case c == '<' || c == '>':
			at += 2 // around the properties of marked content, which draw nothing
		default:
			for at++; at < len(content) && !delimits(content[at]); {
				at++
			}
			if err := r.token(string(content[from:at])); err != nil {
				return err
			}
		}
	}
	return nil
}

func delimits(c byte) bool {
	return c == ' ' || c == '\n' || c == '<' || c == '>' || c == '/' || c == '('
}

// literal reads a string as appendByte writes it, and gives where it ends.
func literal(content []byte, at int) (word []byte, end int) {
	for ; at < len(content) && content[at] != ')'; at++ {
		c := content[at]
		if c == '\\' && at+1 < len(content) {
			if at++; content[at] == 'r' {
				c = '\r'
			} else {
				c = content[at]
			}
		}
		word = append(word, c)
	}
	return word, at + 1
}

func (r *replay) token(token string) error {
	if c := token[0]; c == '/' {
		r.operands = append(r.operands, operand{word: token[1:]})
		return nil
	} else if c == '-' || c == '.' || c >= '0' && c <= '9' {
		v, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return fmt.Errorf("reading %q: %w", token, err)
		}
		r.operands = append(r.operands, operand{number: v})
		return nil
	}
	need, known := operands[token]
	if !known || len(r.operands) < need {
		return fmt.Errorf("operator %q with %d operands", token, len(r.operands))
	}
	given := r.operands[len(r.operands)-need:]
	r.operands = r.operands[:0]
	return r.carryOut(token, given)
}

// operands says how many an operator takes.
var operands = map[string]int{
	"q": 0, "Q": 0, "cm": 6, "rg": 3, "RG": 3, "w": 1, "J": 1, "j": 1, "gs": 1, "Do": 1,
	"m": 2, "l": 2, "c": 6, "re": 4, "h": 0, "f": 0, "f*": 0, "S": 0, "W": 0, "n": 0,
	"BT": 0, "Tf": 2, "Tc": 1, "Td": 2, "Tm": 6, "Tr": 1, "Tj": 1, "ET": 0, "BMC": 0, "BDC": 0, "EMC": 0,
}

func (r *replay) carryOut(op string, given []operand) error {
	n := make([]float64, 6)
	for i, o := range given {
		n[i] = o.number
	}
	s := &r.state
	switch op {
	case "q":
		r.saved = append(r.saved, *s)
		r.to.Save()
	case "Q":
		last := len(r.saved) - 1
		*s, r.saved = r.saved[last], r.saved[:last]
		r.to.Restore()
	case "cm":
		s.Matrix = Matrix(n).Times(s.Matrix)
	case "rg":
		s.Ink = Colour(n[:3])
	case "RG":
		s.Line = Colour(n[:3])
	case "w":
		s.Width = n[0]
	case "J":
		s.Round = n[0] == 1
	case "m", "l", "c":
		r.path = append(r.path, Step{op[0], [3]Point{{n[0], n[1]}, {n[2], n[3]}, {n[4], n[5]}}})
	case "re":
		x, y, w, h := n[0], n[1], n[2], n[3]
		r.path = append(r.path, Step{'m', [3]Point{{x, y}}}, Step{'l', [3]Point{{x + w, y}}},
			Step{'l', [3]Point{{x + w, y + h}}}, Step{'l', [3]Point{{x, y + h}}}, Step{Op: 'h'})
	case "h":
		r.path = append(r.path, Step{Op: 'h'})
	case "f", "f*":
		r.to.Fill(r.path, op == "f*", *s)
		r.path = nil
	case "S":
		r.to.Stroke(r.path, *s)
		r.path = nil
	case "W":
		r.clip = true
	case "n":
		if r.clip {
			r.to.Clip(r.path, *s)
		}
		r.path, r.clip = nil, false
	case "Tc":
		s.spaced = n[0]
	case "BT":
		r.line = identity
	case "Td":
		r.line = Matrix{1, 0, 0, 1, n[0], n[1]}.Times(r.line)
	case "Tm":
		r.line = Matrix(n)
	case "Tr":
		s.outlined = n[0] == 2
	default:
		return r.named(op, given)
	}
	return nil
}

// named carries out what refers to something of the file.
func (r *replay) named(op string, given []operand) error {
	switch op {
	case "gs":
		look, ok := find(r.file.looks, "G", given[0].word)
		if !ok {
			return fmt.Errorf("there is no graphics state %q", given[0].word)
		}
		r.state.Opacity, r.state.Multiply = look.alpha, look.multiply
	case "Do":
		i := slices.IndexFunc(r.file.forms, func(f form) bool { return f.name == given[0].word })
		if i < 0 {
			return fmt.Errorf("there is no form %q", given[0].word)
		}
		return r.form(r.file.forms[i])
	case "Tf":
		t, ok := find(r.file.fonts, "F", given[0].word)
		if !ok {
			return fmt.Errorf("there is no font %q", given[0].word)
		}
		r.state.font, r.state.size = t, given[1].number
	case "Tj":
		return r.text(given[0].word)
	}
	return nil
}

// find looks up what the file numbers, by a name such as X3.
func find[T any](all []T, letter, name string) (found T, ok bool) {
	if len(name) < 2 || name[:1] != letter {
		return found, false
	}
	i, err := strconv.Atoi(name[1:])
	if err != nil || i < 0 || i >= len(all) {
		return found, false
	}
	return all[i], true
}

// form draws a form, as one piece where it is a group.
func (r *replay) form(form form) error {
	outer := *r
	if form.group {
		r.to.Group(r.state)
		r.state.Opacity, r.state.Multiply = 1, false
	}
	err := r.run(form.drawn())
	if form.group {
		r.to.EndGroup()
	}
	r.state, r.saved, r.path = outer.state, outer.saved, nil
	return err
}

// text draws the glyphs of a string, from the start of the line on.
func (r *replay) text(word string) error {
	s := r.state
	codes := []byte(word)
	if s.font == nil || len(codes)%2 != 0 {
		return fmt.Errorf("reading text %q", word)
	}
	if s.outlined {
		s.Heavier = s.Width * s.Matrix.Scale()
	}
	x := 0.0
	for i := 0; i < len(codes); i += 2 {
		code := int(codes[i])<<8 | int(codes[i+1])
		if code == 0 || code > len(r.chars) {
			return fmt.Errorf("there is no character %x", codes[i:i+2])
		}
		c := r.chars[code-1]
		em := Matrix{s.size, 0, 0, s.size, x, 0}.Times(r.line).Times(s.Matrix)
		r.to.Glyph(s.font.Face, c.Glyph, em, s)
		x += float64(c.Advance)/float64(s.font.Face.UnitsPerEm)*s.size + s.spaced
	}
	return nil
}
