package svg

import (
	"fmt"
	"math"
	"strconv"

	"yizheng/templates/pdf"
)

// repeated numbers the paths that are drawn more than once, by their data and
// look.
func (d *Drawing) repeated() map[string]int {
	count := map[string]int{}
	for _, it := range d.items {
		if it.path != "" {
			count[it.path+it.look]++
		}
	}
	names := map[string]int{}
	for _, it := range d.items {
		key := it.path + it.look
		if _, named := names[key]; it.path != "" && count[key] > 1 && !named {
			names[key] = len(names)
		}
	}
	return names
}

// definitions writes what is drawn by reference: glyphs, paths and clips.
func (d *Drawing) definitions(b []byte, repeated map[string]int) []byte {
	b = append(b, "<defs>\n"...)
	for i, outline := range d.outlines {
		if outline != "" {
			b = fmt.Appendf(b, "<path id=\"g%d\" d=\"%s\"/>\n", i, outline)
		}
	}
	done := 0
	for _, it := range d.items {
		if n, ok := repeated[it.path+it.look]; ok && it.path != "" && n == done {
			b = fmt.Appendf(b, "<path id=\"p%d\" d=\"%s\"%s/>\n", n, it.path, it.look)
			done++
		}
	}
	for i, clip := range d.clips {
		b = fmt.Appendf(b, "<clipPath id=\"c%d\">%s</clipPath>\n", i, clip)
	}
	return append(b, "</defs>\n"...)
}

// draw writes an item.
func (it item) draw(b []byte, repeated map[string]int) []byte {
	switch {
	case it.run != nil:
		b = fmt.Appendf(b, "<g%s%s>", it.look, transform(it.matrix))
		for _, u := range it.run {
			b = append(b, "<use"...)
			if u.x != 0 {
				b = append(append(append(b, ` x="`...), number(u.x, 1)...), '"')
			}
			b = append(strconv.AppendInt(append(b, ` xlink:href="#g`...), int64(u.glyph), 10), `"/>`...)
		}
		return append(b, "</g>\n"...)
	case it.path == "":
		return append(b, it.markup...)
	}
	if n, ok := repeated[it.path+it.look]; ok {
		return fmt.Appendf(b, "<use xlink:href=\"#p%d\"%s/>\n", n, transform(it.matrix))
	}
	return fmt.Appendf(b, "<path d=\"%s\"%s%s/>\n", it.path, it.look, transform(it.matrix))
}

// transform is empty for a map that changes nothing.
func transform(m pdf.Matrix) string {
	switch {
	case m == pdf.Matrix{1, 0, 0, 1, 0, 0}:
		return ""
	case m[0] == 1 && m[1] == 0 && m[2] == 0 && m[3] == 1:
		return ` transform="translate(` + number(m[4], 3) + " " + number(m[5], 3) + `)"`
	}
	s := ` transform="matrix(`
	for i, v := range m {
		if i > 0 {
			s += " "
		}
		if i < 4 {
			s += number(v, 6)
		} else {
			s += number(v, 3)
		}
	}
	return s + `)"`
}

// above says how something lies on what is below it.
func above(s pdf.State) string {
	look := ""
	if s.Opacity != 1 {
		look = ` opacity="` + number(s.Opacity, 3) + `"`
	}
	if s.Multiply {
		look += ` style="mix-blend-mode:multiply"`
	}
	return look
}

func hex(k pdf.Colour) string {
	part := func(v float64) int { return int(math.Round(v * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(k[0]), part(k[1]), part(k[2]))
}

// number writes v with at most so many decimals.
func number(v float64, decimals int) string {
	k := math.Pow10(decimals)
	v = math.Round(v*k) / k
	if v == 0 {
		return "0" // and not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
