package raster

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zlib"
)

// level is how hard a picture is compressed; another makes other bytes.
const level = 6

// PNG gives the picture (ISO/IEC 15948) with its size in print. It is written
// here because the standard library's compression may make other bytes with
// the next release of Go, where that of a module stands still.
func (p *Picture) PNG() []byte {
	w, h := p.bounds.Dx(), p.bounds.Dy()
	pix := p.layers[0].pix
	colours, of := palette(pix)
	out := []byte("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	out = chunk(out, "IHDR", append(head, 8, 3, 0, 0, 0)) // eight bits, which number a colour of the palette
	out = chunk(out, "sRGB", []byte{0})
	var all []byte
	for _, c := range colours {
		all = append(all, byte(c>>16), byte(c>>8), byte(c))
	}
	out = chunk(out, "PLTE", all)
	metre := uint32(math.Round(p.perPoint * 72 / 0.0254))
	size := binary.BigEndian.AppendUint32(nil, metre)
	out = chunk(out, "pHYs", append(binary.BigEndian.AppendUint32(size, metre), 1))
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // a level that does not exist: a mistake in the program
	}
	row, before, same := make([]byte, 1+w), make([]byte, 1+w), make([]byte, 1+w)
	same[0] = 2 // a row as the one above it, where the first of the others says that they are not filtered
	last := at(pix, 0)
	number := of[last]
	for y := range h {
		for x := range w {
			if c := at(pix, 4*(y*w+x)); c != last {
				last, number = c, of[c]
			}
			row[1+x] = number
		}
		if bytes.Equal(row, before) && y > 0 {
			z.Write(same) // to memory, which does not fail
			continue
		}
		z.Write(row)
		row, before = before, row
	}
	z.Close()
	out = chunk(out, "IDAT", b.Bytes())
	return chunk(out, "IEND", nil)
}

func chunk(out []byte, kind string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	from := len(out)
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}
