package deflate

import "encoding/binary"

// bitWriter packs bits from the lowest of each byte on.
type bitWriter struct {
	out   []byte
	held  uint64
	count int32 // of bits held, never 32 or more between two calls
}

// bits writes the low n bits of v, of at most 32, the lowest first.
func (w *bitWriter) bits(v uint32, n int32) {
	w.held |= uint64(v) << w.count
	if w.count += n; w.count >= 32 {
		w.out = binary.LittleEndian.AppendUint32(w.out, uint32(w.held))
		w.held >>= 32
		w.count -= 32
	}
}

// flush fills the last byte with zeros and gives everything.
func (w *bitWriter) flush() []byte {
	for ; w.count > 0; w.count -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
	w.held, w.count = 0, 0
	return w.out
}
