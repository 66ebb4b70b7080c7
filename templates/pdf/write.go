package pdf

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
)

// write puts what stands apart one after the other, the objects of a few bytes
// in their stream at the end, and a cross-reference stream behind them
// (ISO 32000-1, 7.5.8).
func (f *File) write(root, info Ref) ([]byte, Gap) {
	entries := f.gather()
	f.settle()
	size := 4 << 10
	for _, o := range f.objects {
		if o.apart {
			size += len(o.body) + len(o.stream) + 32
		}
	}
	b := append(make([]byte, 0, size), "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"...)
	gap := Gap{}
	for i, o := range f.objects {
		if !o.apart {
			continue
		}
		r, from := Ref(i+1), len(b)
		entries[r] = entry{1, from, 0}
		b = o.write(b, r)
		if r == f.signature {
			gap = f.gapWithin(from, b[from:])
		}
	}

	sum := sha256.Sum256(b)
	start := len(b)
	entries = append(entries, entry{1, start, 0})
	id := appendString(nil, sum[:16])
	dict := fmt.Sprintf("/Type/XRef/W[1 %d %d]%s/Size %d/Root %s/Info %s/ID[%s%s]",
		offsetSize, indexSize, rowsOf(1+offsetSize+indexSize), len(entries), root, info, id, id)
	last := f.stream(f.compress.Stream(dict, table(entries)))
	b = f.objects[last-1].write(b, last)
	b = fmt.Appendf(b, "startxref\n%d\n%%%%EOF\n", start)
	gap.fill(b)
	return b, gap
}

// gather puts the objects of a few bytes into an object stream (ISO 32000-1,
// 7.5.7), which compresses them together, and says where they are.
func (f *File) gather() []entry {
	entries := make([]entry, 1, len(f.objects)+3)
	entries[0] = entry{0, 0, 0xFFFF}
	together := len(f.objects) + 1
	index, bodies := make([]byte, 0, 12*len(f.objects)), make([]byte, 0, 64*len(f.objects))
	count := 0
	for i, o := range f.objects {
		if o.apart {
			entries = append(entries, entry{})
			continue
		}
		entries = append(entries, entry{2, together, count})
		index = append(strconv.AppendInt(index, int64(i+1), 10), ' ')
		index = append(strconv.AppendInt(index, int64(len(bodies)), 10), ' ')
		bodies = append(append(bodies, o.body...), '\n')
		count++
	}
	f.packed("/Type/ObjStm/N "+strconv.Itoa(count)+"/First "+strconv.Itoa(len(index)), index, bodies)
	return append(entries, entry{})
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
