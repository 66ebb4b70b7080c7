package status

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/adler32"
	"math/bits"
	"slices"
)

// A list is compressed in one way only, so that whoever knows its entries can
// write its text, and a [Delta] needs no trust of its own: one zlib stream
// (RFC 1950) with one block of dynamic codes (RFC 1951), always the same codes,
// and runs as the only repetitions. docs/format.md, section 12, has the rules; any
// zlib reads it.

// codeLengths has the length of each symbol's code in bits: of the bytes that
// entries of known values make, of the end of the block (256) and of the
// lengths of runs (257 to 285). Others have none.
var codeLengths = [286]uint8{
	0x00: 2, 0x01: 3, 0x02: 9, 0x0b: 8, 0x0c: 8, 0x0d: 9,
	0x10: 3, 0x11: 2, 0x12: 10, 0x1b: 10, 0x1c: 10, 0x1d: 11,
	0x20: 8, 0x21: 12, 0x22: 12, 0x2b: 12, 0x2c: 12, 0x2d: 12,
	0xb0: 8, 0xb1: 9, 0xb2: 12, 0xbb: 12, 0xbc: 12, 0xbd: 12,
	0xc0: 8, 0xc1: 10, 0xc2: 12, 0xcb: 12, 0xcc: 12, 0xcd: 12,
	0xd0: 8, 0xd1: 12, 0xd2: 12, 0xdb: 12, 0xdc: 12, 0xdd: 12,
	256: 11,
	257: 4, 6, 6, 6, 7, 7, 7, 8, 7, 7, 8, 8, 7, 8, 8, 8, 8, 8, 8, 9, 8, 8, 9, 9, 9, 9, 10, 11, 10,
}

// What a stream begins with: zlib's header, and the header of the block, which
// tells the codes above.
const (
	streamHead    = "78da"
	blockHead     = "edc0cb6e64095a45e1b5736aa7b4574dab5a324c817777320524175340324c8177e9ff9c13118eb0c3d7b4f3525d1f"
	blockHeadBits = 374
)

// The lengths of runs from which symbols 257 and on count, and how many bits
// more each has.
var (
	runLengths = [...]int{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	runBits    = [...]uint{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
)

const (
	endOfBlock = 256
	longestRun = 258
	leastRun   = 3
)

// encode compresses packed entries. A value that is not known has no code.
func encode(p []byte) ([]byte, error) {
	out, err := hex.DecodeString(streamHead + blockHead)
	if err != nil {
		return nil, err
	}
	w := bitWriter{out: out, used: blockHeadBits % 8}
	codes := codesOf(&codeLengths)
	put := func(symbol int) error {
		if codeLengths[symbol] == 0 {
			return fmt.Errorf("byte %#x of the entries has a value that is not known", symbol)
		}
		w.write(uint32(codes[symbol]), uint(codeLengths[symbol]))
		return nil
	}
	for i := 0; i < len(p); {
		b := p[i]
		run := 1
		for i+run < len(p) && p[i+run] == b {
			run++
		}
		i += run
		if err := put(int(b)); err != nil {
			return nil, err
		}
		for run--; run >= leastRun; {
			length := min(run, longestRun)
			n, exact := slices.BinarySearch(runLengths[:], length)
			if !exact {
				n--
			}
			if err := put(257 + n); err != nil {
				return nil, err
			}
			w.write(uint32(length-runLengths[n]), runBits[n])
			w.write(0, 1) // the only distance there is: the byte before
			run -= length
		}
		for ; run > 0; run-- {
			if err := put(int(b)); err != nil {
				return nil, err
			}
		}
	}
	if err := put(endOfBlock); err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(w.out, adler32.Checksum(p)), nil
}

// codesOf gives each symbol's code (RFC 1951, section 3.2.2), reversed, as it
// is written.
func codesOf(lengths *[286]uint8) *[286]uint16 {
	var codes [286]uint16
	next := uint16(0)
	for length := uint8(1); length <= 15; length++ {
		for symbol, l := range lengths {
			if l == length {
				codes[symbol] = bits.Reverse16(next) >> (16 - length)
				next++
			}
		}
		next <<= 1
	}
	return &codes
}

// bitWriter writes numbers bit by bit, the lowest first.
type bitWriter struct {
	out  []byte
	used uint // bits of the last byte; 0 where it is full
}

func (w *bitWriter) write(v uint32, n uint) {
	for n > 0 {
		if w.used == 0 {
			w.out = append(w.out, 0)
		}
		w.out[len(w.out)-1] |= byte(v << w.used)
		took := min(n, 8-w.used)
		v >>= took
		n -= took
		w.used = (w.used + took) % 8
	}
}
