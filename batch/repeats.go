package batch

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"yizheng/license"
)

// What no two rows of a file may have in common, a permit or a key, is written
// to temporary files by its digest. Each file then holds a small part of all,
// in which equal digests are found by sorting: memory is that of one part.
const (
	parts       = 64
	claimSize   = 16 + 4 + 4 + 2
	noPermit    = 0xFFFF // a claim on a key
	onAct       = 0xFFFE // a claim of an act on a permit
	digestBytes = 16
)

// claim is what a row claims for itself.
type claim struct {
	digest [digestBytes]byte
	line   int
	item   int // place of the permit, or noPermit
}

func claimOf(line, item int, names ...string) claim {
	c := claim{line: line, item: item}
	var room [256]byte
	text := room[:0]
	for n, name := range names {
		if n > 0 {
			text = append(text, 0)
		}
		text = append(text, name...)
	}
	sum := sha256.Sum256(text)
	copy(c.digest[:], sum[:])
	return c
}

type repeats struct {
	files   []*os.File
	writers []*bufio.Writer
}

func newRepeats(dir string) (*repeats, error) {
	r := &repeats{}
	for range parts {
		f, err := os.CreateTemp(dir, ".yizheng-rows-*")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("making a temporary file: %w", err), r.discard())
		}
		r.files, r.writers = append(r.files, f), append(r.writers, bufio.NewWriter(f))
	}
	return r, nil
}

func (r *repeats) add(row Row, c claim) error {
	w := r.writers[c.digest[0]%parts]
	b := append(w.AvailableBuffer(), c.digest[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(row.Number))
	b = binary.BigEndian.AppendUint32(b, uint32(c.line))
	b = binary.BigEndian.AppendUint16(b, uint16(c.item))
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	return nil
}

// repeat says that a row has what an earlier one has.
type repeat struct {
	row, line, first int // first is the line of the earlier one
	item             int
}

// find gives at most one repeat for each row, in the order of the rows.
func (r *repeats) find() ([]repeat, error) {
	var all []repeat
	for n, f := range r.files {
		if err := r.writers[n].Flush(); err != nil {
			return nil, fmt.Errorf("writing a temporary file: %w", err)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("reading a temporary file: %w", err)
		}
		b, err := io.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("reading a temporary file: %w", err)
		}
		all = append(all, repeated(b)...)
	}
	slices.SortFunc(all, func(a, b repeat) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare((a.item+1)%(noPermit+1), (b.item+1)%(noPermit+1))) // the key first
	})
	return slices.CompactFunc(all, func(a, b repeat) bool { return a.row == b.row }), nil
}

// repeated finds equal digests of different rows in one part.
func repeated(b []byte) []repeat {
	claims := make([][]byte, 0, len(b)/claimSize)
	for ; len(b) >= claimSize; b = b[claimSize:] {
		claims = append(claims, b[:claimSize])
	}
	slices.SortFunc(claims, bytes.Compare)
	var found []repeat
	for n := 0; n < len(claims); {
		first := n
		for ; n < len(claims) && bytes.Equal(claims[n][:digestBytes], claims[first][:digestBytes]); n++ {
			row, line, item := unpack(claims[n])
			if firstRow, firstLine, _ := unpack(claims[first]); row != firstRow {
				found = append(found, repeat{row: row, line: line, first: firstLine, item: item})
			}
		}
	}
	return found
}

func unpack(b []byte) (row, line, item int) {
	return int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:])), int(binary.BigEndian.Uint16(b[24:]))
}

// discard takes the temporary files away.
func (r *repeats) discard() error {
	var err error
	for _, f := range r.files {
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return err
}

// fault says it.
func (t repeat) fault() license.Fault {
	if t.item == noPermit {
		return fault(keyField, "key_repeated",
			fmt.Sprintf("the key stands on line %d already; lines of one license must be neighbours, at most 40", t.first),
			fmt.Sprintf("申请编号已在第%d行出现；同一张证的各行须相邻，最多40行", t.first))
	}
	if t.item == onAct {
		return fault("permit", "permit_repeated",
			fmt.Sprintf("the permit stands on line %d already: one act for each in a file", t.first),
			fmt.Sprintf("该许可已在第%d行出现，一个文件中每项许可只能处理一次", t.first))
	}
	return fault(fmt.Sprintf("permits[%d].number", t.item), "permit_repeated",
		fmt.Sprintf("the permit stands on line %d already, and one license only can list it", t.first),
		fmt.Sprintf("该许可已在第%d行列出，一项许可只能列入一张证", t.first))
}
