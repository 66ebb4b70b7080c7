package deflate

import "math/bits"

// writeFixed writes one final block in the fixed code.
func writeFixed(data []byte, steps []step) []byte {
	w := bitWriter{out: make([]byte, 0, len(data)/2+16)}
	w.bits(1, 1) // final
	w.bits(1, 2) // fixed code
	at := int32(0)
	for _, s := range steps {
		if s.length == 1 {
			w.symbol(int32(data[at]))
		} else {
			symbol, value, extra := lengthSymbol(s.length)
			w.symbol(symbol)
			w.bits(uint32(value), extra)
			symbol, value, extra = distanceSymbol(s.distance)
			w.code(uint32(symbol), 5)
			w.bits(uint32(value), extra)
		}
		at += s.length
	}
	w.symbol(256)
	return w.flush()
}

// lengthSymbol gives the symbol of a length from 3 to 258, and the value and
// number of its extra bits: RFC 1951, 3.2.5. Four symbols share each number of
// extra bits.
func lengthSymbol(length int32) (symbol, value, extra int32) {
	n := length - minMatch
	switch {
	case length == maxMatch:
		return 285, 0, 0
	case n < 8:
		return 257 + n, 0, 0
	}
	extra = int32(bits.Len32(uint32(n))) - 3
	return 257 + 4*extra + n>>extra, n & (1<<extra - 1), extra
}

// distanceSymbol is the like for a distance from 1 to 32768; two symbols
// share each number of extra bits.
func distanceSymbol(distance int32) (symbol, value, extra int32) {
	n := distance - 1
	if n < 4 {
		return n, 0, 0
	}
	extra = int32(bits.Len32(uint32(n))) - 2
	return 2*extra + n>>extra, n & (1<<extra - 1), extra
}

// bitWriter packs bits from the lowest of each byte on.
type bitWriter struct {
	out   []byte
	held  uint32
	count int32
}

// bits writes the low n bits of v, the lowest first.
func (w *bitWriter) bits(v uint32, n int32) {
	w.held |= v << w.count
	w.count += n
	for ; w.count >= 8; w.count -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
}

// code writes a Huffman code of n bits, the highest first.
func (w *bitWriter) code(v uint32, n int32) { w.bits(bits.Reverse32(v)>>(32-n), n) }

// symbol writes a literal, length or end symbol in the fixed code.
func (w *bitWriter) symbol(s int32) {
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

// flush fills the last byte with zeros.
func (w *bitWriter) flush() []byte {
	if w.count > 0 {
		w.out = append(w.out, byte(w.held))
	}
	return w.out
}
