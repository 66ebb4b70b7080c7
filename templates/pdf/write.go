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
	for _, o := range f.objects {
		size += len(o.body) + len(o.stream) + 32
	}
	b := append(make([]byte, 0, size), "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"...)
	entries := make([]entry, len(f.objects)+1, len(f.objects)+3)
	entries[0] = entry{0, 0, 0xFFFF}
	packed := Ref(len(f.objects) + 1)
	index, bodies := make([]byte, 0, 12*len(f.objects)), make([]byte, 0, size/4)
	count, gap := 0, Gap{}
	for i, o := range f.objects {
		r := Ref(i + 1)
		if o.apart {
			entries[r] = entry{1, len(b), 0}
			from := len(b)
			b = o.write(b, r)
			if r == f.signature {
				gap = f.gapWithin(from, b[from:])
			}
			continue
		}
		entries[r] = entry{2, int(packed), count}
		index = append(strconv.AppendInt(index, int64(r), 10), ' ')
		index = append(strconv.AppendInt(index, int64(len(bodies)), 10), ' ')
		bodies = append(append(bodies, o.body...), '\n')
		count++
	}
	entries = append(entries, entry{1, len(b), 0})
	first := len(index)
	f.stream(f.compress.Stream("/Type/ObjStm/N "+strconv.Itoa(count)+"/First "+strconv.Itoa(first), index, bodies))
	b = f.objects[packed-1].write(b, packed)

	sum := sha256.Sum256(b)
	start := len(b)
	entries = append(entries, entry{1, start, 0})
	dict := fmt.Sprintf("/Type/XRef/W[1 %d %d]%s/Size %d/Root %s/Info %s/ID[<%x><%x>]",
		offsetSize, indexSize, rowsOf(1+offsetSize+indexSize), len(entries), root, info, sum[:16], sum[:16])
	last := f.stream(f.compress.Stream(dict, table(entries)))
	b = f.objects[last-1].write(b, last)
	b = fmt.Appendf(b, "startxref\n%d\n%%%%EOF\n", start)
	gap.fill(b)
	return b, gap
}

// write puts the object of the given number behind b.
func (o object) write(b []byte, r Ref) []byte {
	b = append(strconv.AppendInt(b, int64(r), 10), " 0 obj\n"...)
	b = append(b, o.body...)
	if o.stream != nil {
		b = append(append(b, o.stream...), "\nendstream"...)
	}
	return append(b, "\nendobj\n"...)
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
