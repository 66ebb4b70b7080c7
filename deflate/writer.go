package deflate

import "encoding/binary"

// Writer writes the blocks of a stream. The zero value is ready; it keeps its
// memory from one stream to the next, and is for one goroutine.
type Writer struct {
	bitWriter
	literalCounts  [literals]uint32
	distanceCounts [distances]uint32
	literal        code
	distance       code
}

// Reset begins another stream.
func (w *Writer) Reset() { w.bitWriter = bitWriter{out: w.out[:0]} }

// Bytes ends the stream and gives it; it holds until Reset.
func (w *Writer) Bytes() []byte { return w.flush() }

// Block writes pieces as one block, in a code made for them. The last block of
// a stream is final.
func (w *Writer) Block(pieces []Piece, final bool) {
	w.countSymbols(pieces)
	w.literal.build(w.literalCounts[:], longestCode)
	w.distance.build(w.distanceCounts[:], longestCode)
	if final {
		w.bits(1, 1)
	} else {
		w.bits(0, 1)
	}
	w.bits(2, 2) // a code of its own
	w.codes()
	w.pieces(pieces)
}

// countSymbols counts the symbols of pieces and of the end of their block.
func (w *Writer) countSymbols(pieces []Piece) {
	clear(w.literalCounts[:])
	clear(w.distanceCounts[:])
	for _, p := range pieces {
		if p < matched {
			w.literalCounts[p&0xFF]++
			continue
		}
		w.literalCounts[lengthOf[p.length()].symbol]++
		symbol, _, _ := distanceSymbol(p.distance())
		w.distanceCounts[symbol]++
	}
	w.literalCounts[endOfBlock]++
}

// pieces writes pieces and the end of the block by the codes. It keeps the
// writer's state at hand, as this is where the time goes.
func (w *Writer) pieces(pieces []Piece) {
	out, held, count := w.out, w.held, uint32(w.bitWriter.count)
	for _, p := range pieces {
		if count >= 32 {
			out = binary.LittleEndian.AppendUint32(out, uint32(held))
			held, count = held>>32, count-32
		}
		if p < matched {
			held |= uint64(w.literal.bits[p&0xFF]) << count
			count += uint32(w.literal.size[p&0xFF])
			continue
		}
		// A length takes 20 bits at most, and a distance 28.
		length := lengthOf[p.length()]
		held |= uint64(w.literal.bits[length.symbol]) << count
		count += uint32(w.literal.size[length.symbol])
		held |= uint64(length.value) << count
		count += uint32(length.extra)
		if count >= 32 {
			out = binary.LittleEndian.AppendUint32(out, uint32(held))
			held, count = held>>32, count-32
		}
		symbol, value, extra := distanceSymbol(p.distance())
		held |= uint64(w.distance.bits[symbol]) << count
		count += uint32(w.distance.size[symbol])
		held |= uint64(value) << count
		count += uint32(extra)
	}
	w.out, w.held, w.bitWriter.count = out, held, int32(count)
	w.bits(0, 0)
	w.bits(uint32(w.literal.bits[endOfBlock]), int32(w.literal.size[endOfBlock]))
}

// Prepared is a block that was written once and comes back in many streams.
type Prepared struct {
	bits []byte
	last int32 // bits of the last byte that count
}

// Prepare writes pieces as one block that is not final, apart from any stream.
// Their matches may reach beyond them to what will stand before.
func Prepare(pieces []Piece) Prepared {
	w := Writer{}
	w.Block(pieces, false)
	last := w.count % 8
	if last == 0 {
		last = 8
	}
	return Prepared{w.flush(), last}
}

// Append writes a block that was prepared.
func (w *Writer) Append(b Prepared) {
	rest := b.bits[:len(b.bits)-1]
	for ; len(rest) >= 4; rest = rest[4:] {
		w.bits(binary.LittleEndian.Uint32(rest), 32)
	}
	for _, v := range rest {
		w.bits(uint32(v), 8)
	}
	w.bits(uint32(b.bits[len(b.bits)-1]), b.last)
}
