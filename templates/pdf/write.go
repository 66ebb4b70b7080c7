package pdf

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
)

// write puts the objects one after the other: those of a few bytes into an
// object stream, which compresses them together, and a cross-reference stream
// behind them (ISO 32000-1, 7.5.7 and 7.5.8).
func (f *File) write(root, info Ref) ([]byte, Gap) {
	size := 4 << 10
	for _, body := range f.objects {
		size += len(body)
	}
	b := append(make([]byte, 0, size), "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"...)
	entries := make([]entry, len(f.objects)+1, len(f.objects)+3)
	entries[0] = entry{0, 0, 0xFFFF}
	packed := Ref(len(f.objects) + 1)
	var index, bodies []byte
	count, gap := 0, Gap{}
	for i, body := range f.objects {
		r := Ref(i + 1)
		if f.apart[r] {
			entries[r] = entry{1, len(b), 0}
			from := len(b) + len(strconv.Itoa(int(r))) + len(" 0 obj\n")
			if r == f.signature {
				gap = f.gapWithin(from, body)
			}
			b = object(b, r, body)
			continue
		}
		entries[r] = entry{2, int(packed), count}
		index = append(strconv.AppendInt(index, int64(r), 10), ' ')
		index = append(strconv.AppendInt(index, int64(len(bodies)), 10), ' ')
		bodies = append(append(bodies, body...), '\n')
		count++
	}
	entries = append(entries, entry{1, len(b), 0})
	first := len(index)
	b = object(b, f.stream(f.compress.Stream(fmt.Sprintf("/Type/ObjStm/N %d/First %d", count, first), append(index, bodies...))), f.objects[packed-1])

	sum := sha256.Sum256(b)
	start := len(b)
	entries = append(entries, entry{1, start, 0})
	dict := fmt.Sprintf("/Type/XRef/W[1 %d %d]/DecodeParms<</Predictor 12/Columns %d>>/Size %d/Root %s/Info %s/ID[<%x><%x>]",
		offsetSize, indexSize, 1+offsetSize+indexSize, len(entries), root, info, sum[:16], sum[:16])
	last := f.stream(f.compress.Stream(dict, table(entries)))
	b = object(b, last, f.objects[last-1])
	b = fmt.Appendf(b, "startxref\n%d\n%%%%EOF\n", start)
	gap.fill(b)
	return b, gap
}

func object(b []byte, r Ref, body []byte) []byte {
	b = append(strconv.AppendInt(b, int64(r), 10), " 0 obj\n"...)
	return append(append(b, body...), "\nendobj\n"...)
}

// entry says where an object is: for kind 1 its offset in the file, for kind
// 2 the object stream and its place therein.
type entry struct{ kind, at, index int }

// Bytes that the fields of an entry take.
const (
	offsetSize = 4
	indexSize  = 2
)

// table writes the entries as differences, as most of them are alike but for
// a step.
func table(entries []entry) []byte {
	const row = 1 + offsetSize + indexSize
	out := make([]byte, 0, row*len(entries))
	for _, e := range entries {
		out = append(out, byte(e.kind))
		out = binary.BigEndian.AppendUint32(out, uint32(e.at))
		out = binary.BigEndian.AppendUint16(out, uint16(e.index))
	}
	return differences(out, row)
}
