package pdf

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"

	"yizheng/templates/font"
)

// embed writes the fonts, with one way back from codes to characters for all
// of them, and gives the names that pages know them by.
func (f *File) embed() (names string) {
	all := f.characters()
	if len(all) == 0 {
		return ""
	}
	unicode := f.packed(rowsOf(mapped), differences(toUnicode(all), mapped))
	first := 1
	for i, t := range f.fonts {
		names += "/F" + strconv.Itoa(i) + " " + f.font(t, first, all[first-1:first-1+len(t.set)], unicode).String()
		first += len(t.set)
	}
	return names
}

// font writes the objects of a font: its program cut down to the characters
// that were set, of which the first has the code first, and their widths.
func (f *File) font(t *Font, first int, chars []character, unicode Ref) Ref {
	letters := make([]font.Letter, len(chars))
	for i, c := range chars {
		letters[i] = c.Letter
	}
	face := t.Face
	program := face.Program(first, letters)
	name := program.Name
	em := func(v int) int { return thousandths(face, v) }
	file := f.reserve()
	f.pack(file, func() Stream { return f.compress.program(t.stock, program, letters) })
	descriptor := f.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile3 %s>>",
		name, em(face.Box[0]), em(face.Box[1]), em(face.Box[2]), em(face.Box[3]), em(face.Ascent), em(face.Descent), em(face.Ascent), file))
	descendant := f.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %s/DW 1000/W[%s]>>",
		name, descriptor, widths(first, letters, face)))
	return f.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s-Identity-H/Encoding/Identity-H/DescendantFonts[%s]/ToUnicode %s>>", name, descendant, unicode))
}

// thousandths gives units of a face in those of PDF, thousandths of an em.
func thousandths(face *font.Face, units int) int {
	return int(math.Round(float64(units) * 1000 / float64(face.UnitsPerEm)))
}

// widths lists the widths that are not a full em, as most are. They are what
// the font program says, to the whole unit of PDF: half a unit is 0.002 mm at 12
// points.
func widths(first int, letters []font.Letter, face *font.Face) []byte {
	var b []byte
	open := false
	for i, l := range letters {
		usual := l.Advance == face.UnitsPerEm
		switch {
		case usual && open:
			b = append(b, ']')
			open = false
		case usual:
			continue
		case open:
			b = append(b, ' ')
		default:
			b = append(strconv.AppendInt(append(b, ' '), int64(first+i), 10), '[')
			open = true
		}
		if !usual {
			b = strconv.AppendInt(b, int64(thousandths(face, l.Advance)), 10)
		}
	}
	if open {
		b = append(b, ']')
	}
	return b
}

// mapped is how many bytes a character takes in the CMap: <0000><0000> and the
// end of the line.
const mapped = 13

// toUnicode makes the CMap by which text is copied and searched. Characters
// beyond U+FFFF are written as two surrogates. It is written in rows of equal
// length, of which the stream holds the differences: codes grow by one from row
// to row, and characters by little.
func toUnicode(chars []character) []byte {
	b := make([]byte, 0, mapped*(len(chars)+len(chars)/50+30))
	add := func(s string) {
		for b = append(b, s...); len(b)%mapped != mapped-1; b = append(b, ' ') {
		}
		b = append(b, '\n')
	}
	add("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange")
	var row []byte
	for from := 0; from < len(chars); from += 100 { // no more in one block
		to := min(from+100, len(chars))
		add(strconv.Itoa(to-from) + " beginbfchar")
		for i, c := range chars[from:to] {
			row = append(hex16(append(row[:0], '<'), uint16(from+i+1)), "><"...)
			if c.copied > 0xFFFF {
				high, low := utf16.EncodeRune(c.copied)
				row = hex16(hex16(row, uint16(high)), uint16(low))
			} else {
				row = hex16(row, uint16(c.copied))
			}
			add(string(append(row, '>')))
		}
		add("endbfchar")
	}
	add("endcmap CMapName currentdict/CMap defineresource pop end end")
	return b
}

// hex16 writes four hexadecimal digits.
func hex16(b []byte, v uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}
