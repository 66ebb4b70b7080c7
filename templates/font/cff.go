package font

import (
	"fmt"
	"math"
)

// cff are the outlines of an OpenType font of the CFF kind (Adobe Technical
// Note 5176).
type cff struct {
	charstrings *index
	global      *index
	local       []*index // of each font dictionary, one where there is but one
	selects     []byte   // the FDSelect table, none where there is but one dictionary
}

// Operators of dictionaries that are read; those of two bytes begin with 12.
const (
	opCharStrings    = 17
	opPrivate        = 18
	opSubrs          = 19
	opCharstringType = 12<<8 | 6
	opFontMatrix     = 12<<8 | 7
	opROS            = 12<<8 | 30
	opFDArray        = 12<<8 | 36
	opFDSelect       = 12<<8 | 37
)

// maxDicts is how many font dictionaries a font may have; FDSelect counts
// them in one byte.
const maxDicts = 256

func parseCFF(b []byte, glyphs, unitsPerEm int) (*cff, error) {
	if len(b) < 4 || b[0] != 1 {
		return nil, fmt.Errorf("%w: not a CFF table of version 1", ErrFont)
	}
	_, at, err := readIndex(b, int(b[2])) // its names
	if err != nil {
		return nil, err
	}
	tops, at, err := readIndex(b, at)
	if err != nil {
		return nil, err
	}
	first, ok := tops.at(0)
	if !ok || tops.count != 1 {
		return nil, fmt.Errorf("%w: %d fonts in a CFF table", ErrFont, tops.count)
	}
	top, err := readDict(first)
	if err != nil {
		return nil, err
	}
	if _, at, err = readIndex(b, at); err != nil { // strings
		return nil, err
	}
	f := &cff{}
	if f.global, _, err = readIndex(b, at); err != nil {
		return nil, err
	}
	if f.charstrings, _, err = readIndex(b, top.offset(opCharStrings)); err != nil {
		return nil, err
	}
	if kind, ok := top[opCharstringType]; f.charstrings.count != glyphs || ok && (len(kind) != 1 || kind[0] != 2) {
		return nil, fmt.Errorf("%w: %d charstrings for %d glyphs, or not of type 2", ErrFont, f.charstrings.count, glyphs)
	}
	dicts := []dict{top}
	_, keyed := top[opROS]
	if keyed {
		if dicts, err = f.readFonts(b, top, glyphs); err != nil {
			return nil, err
		}
	}
	for _, d := range dicts {
		matrices := [][]float64{top[opFontMatrix]}
		if keyed {
			matrices = append(matrices, d[opFontMatrix])
		}
		if err := checkMatrices(matrices, unitsPerEm); err != nil {
			return nil, err
		}
		subrs, err := localSubrs(b, d)
		if err != nil {
			return nil, err
		}
		f.local = append(f.local, subrs)
	}
	return f, nil
}

// readFonts reads the font dictionaries of a CID-keyed font, and which glyph
// belongs to which.
func (f *cff) readFonts(b []byte, top dict, glyphs int) ([]dict, error) {
	array, _, err := readIndex(b, top.offset(opFDArray))
	if err != nil {
		return nil, err
	}
	if array.count < 1 || array.count > maxDicts {
		return nil, fmt.Errorf("%w: %d font dictionaries", ErrFont, array.count)
	}
	var dicts []dict
	for i := range array.count {
		e, _ := array.at(i)
		d, err := readDict(e)
		if err != nil {
			return nil, err
		}
		dicts = append(dicts, d)
	}
	at := top.offset(opFDSelect)
	if at <= 0 || at+5 > len(b) {
		return nil, fmt.Errorf("%w: FDSelect lies outside the table", ErrFont)
	}
	f.selects = b[at:]
	switch f.selects[0] {
	case 0:
		if len(f.selects) < 1+glyphs {
			return nil, fmt.Errorf("%w: FDSelect is cut off", ErrFont)
		}
	case 3:
		if n := int(u16(f.selects, 1)); n < 1 || len(f.selects) < 5+3*n || u16(f.selects, 3) != 0 {
			return nil, fmt.Errorf("%w: FDSelect is cut off", ErrFont)
		}
	default:
		return nil, fmt.Errorf("%w: FDSelect of format %d", ErrFont, f.selects[0])
	}
	return dicts, nil
}

// subrs gives the local subroutines of a glyph.
func (f *cff) subrs(glyph uint16) (*index, error) {
	which := 0
	switch {
	case f.selects == nil:
	case f.selects[0] == 0:
		which = int(f.selects[1+int(glyph)])
	default:
		low, high := 0, int(u16(f.selects, 1)) // the last range that begins at or before the glyph
		for high-low > 1 {
			if middle := (low + high) / 2; u16(f.selects, 3+3*middle) <= glyph {
				low = middle
			} else {
				high = middle
			}
		}
		which = int(f.selects[3+3*low+2])
	}
	if which >= len(f.local) {
		return nil, fmt.Errorf("%w: glyph %d has no font dictionary", ErrFont, glyph)
	}
	return f.local[which], nil
}

// contours implements outlines.
func (f *cff) contours(glyph uint16) ([]Contour, error) {
	code, ok := f.charstrings.at(int(glyph))
	if !ok {
		return nil, fmt.Errorf("%w: there is no glyph %d", ErrFont, glyph)
	}
	local, err := f.subrs(glyph)
	if err != nil {
		return nil, err
	}
	return interpret(code, local, f.global)
}

// localSubrs reads the subroutines that belong to one font dictionary.
func localSubrs(b []byte, d dict) (*index, error) {
	private := d[opPrivate]
	if len(private) != 2 {
		return &index{}, nil
	}
	size, at := private[0], private[1]
	if size < 0 || at < 0 || at > float64(len(b)) || size > float64(len(b))-at {
		return nil, fmt.Errorf("%w: a Private dictionary lies outside the table", ErrFont)
	}
	p, err := readDict(b[int(at):int(at+size)])
	if err != nil {
		return nil, err
	}
	from := p.offset(opSubrs)
	if from == 0 {
		return &index{}, nil
	}
	subrs, _, err := readIndex(b, int(at)+from)
	return subrs, err
}

// checkMatrices refuses outlines that are scaled by anything but the em
// square, or slanted. The matrices of a CID-keyed font and of its dictionary
// multiply.
func checkMatrices(matrices [][]float64, unitsPerEm int) error {
	scale, said := 1.0, false
	for _, m := range matrices {
		if m == nil {
			continue
		}
		if len(m) != 6 || m[1] != 0 || m[2] != 0 || m[4] != 0 || m[5] != 0 || m[0] != m[3] {
			return fmt.Errorf("%w: outlines are turned or moved", ErrFont)
		}
		scale *= m[0]
		said = true
	}
	if !said {
		scale = 0.001
	}
	if math.Abs(scale*float64(unitsPerEm)-1) > 1e-3 {
		return fmt.Errorf("%w: outlines are scaled by %g, at %d units to the em", ErrFont, scale, unitsPerEm)
	}
	return nil
}
