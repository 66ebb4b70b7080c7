package deflate

import "math/bits"

// writeFixed writes one final block in the fixed code.
func writeFixed(data []byte, pieces []Piece) []byte {
	w := bitWriter{out: make([]byte, 0, len(data)/2+16)}
	w.bits(1, 1) // final
	w.bits(1, 2) // fixed code
	for _, p := range pieces {
		w.symbol(p.symbol())
		if p < matched {
			continue
		}
		length := lengthOf[p.length()]
		w.bits(uint32(length.value), int32(length.extra))
		symbol, value, extra := distanceSymbol(p.distance())
		w.code(uint32(symbol), 5)
		w.bits(value, extra)
	}
	w.symbol(endOfBlock)
	return w.flush()
}

// code writes a Huffman code of n bits, the highest first.
func (w *bitWriter) code(v uint32, n int32) { w.bits(bits.Reverse32(v)>>(32-n), n) }

// symbol writes a literal, length or end symbol in the fixed code.
func (w *bitWriter) symbol(s int) {
	v := uint32(s)
	switch {
	case s < 144:
		w.code(0x30+v, 8)
	case s < 256:
		w.code(0x190+v-144, 9)
	case s < 280:
		w.code(v-256, 7)
	default:
		w.code(0xC0+v-280, 8)
	}
}
