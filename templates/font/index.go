package font

import "fmt"

// index is an INDEX of a CFF font (Adobe Technical Note 5176, chapter 5): a
// list of byte strings.
type index struct {
	count   int
	size    int // bytes an offset
	offsets []byte
	data    []byte // offset 1 is its first byte
}

// readIndex reads the INDEX at a place and gives where it ends.
func readIndex(b []byte, at int) (*index, int, error) {
	if at < 0 || at+2 > len(b) {
		return nil, 0, fmt.Errorf("%w: an INDEX lies outside the table", ErrFont)
	}
	x := &index{count: int(u16(b, at))}
	if x.count == 0 {
		return x, at + 2, nil
	}
	if at+3 > len(b) {
		return nil, 0, fmt.Errorf("%w: an INDEX is cut off", ErrFont)
	}
	x.size = int(b[at+2])
	from := at + 3 + (x.count+1)*x.size
	if x.size < 1 || x.size > 4 || from > len(b) {
		return nil, 0, fmt.Errorf("%w: an INDEX is cut off", ErrFont)
	}
	x.offsets, x.data = b[at+3:from], b[from:]
	end := x.offset(x.count)
	if x.offset(0) != 1 || end < 1 || end-1 > len(x.data) {
		return nil, 0, fmt.Errorf("%w: an INDEX is cut off", ErrFont)
	}
	x.data = x.data[:end-1]
	return x, from + end - 1, nil
}

func (x *index) offset(i int) int {
	v := 0
	for _, b := range x.offsets[i*x.size : (i+1)*x.size] {
		v = v<<8 | int(b)
	}
	return v
}

// at gives an entry, and false where there is none.
func (x *index) at(i int) ([]byte, bool) {
	if i < 0 || i >= x.count {
		return nil, false
	}
	from, to := x.offset(i)-1, x.offset(i+1)-1
	if from < 0 || from > to || to > len(x.data) {
		return nil, false
	}
	return x.data[from:to], true
}

// appendIndex writes an INDEX of the entries.
func appendIndex(b []byte, entries ...[]byte) []byte {
	ends := make([]int, len(entries))
	end := 0
	for i, e := range entries {
		end += len(e)
		ends[i] = end
	}
	b = appendIndexHead(b, ends)
	for _, e := range entries {
		b = append(b, e...)
	}
	return b
}

// appendIndexHead writes what stands before the entries of an INDEX, which end
// where it is said.
func appendIndexHead(b []byte, ends []int) []byte {
	b = append(b, byte(len(ends)>>8), byte(len(ends)))
	if len(ends) == 0 {
		return b
	}
	size := 1
	for (1+ends[len(ends)-1])>>(8*size) != 0 {
		size++
	}
	b = append(b, byte(size))
	for i := -1; i < len(ends); i++ {
		at := 1
		if i >= 0 {
			at += ends[i]
		}
		for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
			b = append(b, byte(at>>shift))
		}
	}
	return b
}
