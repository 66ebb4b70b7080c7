package deflate

// order is that in which the lengths of the code of lengths are written.
var order = [sizes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes writes both codes (RFC 1951, 3.2.7): the sizes of their codes, runs of
// the same size as one.
func (w *Writer) codes() {
	literalCount, distanceCount := literals, distances
	for literalCount > endOfBlock+1 && w.literal.size[literalCount-1] == 0 {
		literalCount--
	}
	for distanceCount > 1 && w.distance.size[distanceCount-1] == 0 {
		distanceCount--
	}
	var room [literals + distances]uint8
	all := append(append(room[:0], w.literal.size[:literalCount]...), w.distance.size[:distanceCount]...)

	type piece struct{ symbol, value, extra uint8 }
	var pieceRoom [literals + distances]piece
	pieces := pieceRoom[:0]
	var counts [sizes]uint32
	add := func(symbol, value, extra uint8) {
		pieces = append(pieces, piece{symbol, value, extra})
		counts[symbol]++
	}
	for i := 0; i < len(all); {
		size, run := all[i], 1
		for i+run < len(all) && all[i+run] == size {
			run++
		}
		i += run
		if size != 0 {
			add(size, 0, 0)
			run--
		}
		for run >= 3 {
			var n int
			switch {
			case size != 0:
				n = min(run, 6)
				add(16, uint8(n-3), 2)
			case run <= 10:
				n = run
				add(17, uint8(n-3), 3)
			default:
				n = min(run, 138)
				add(18, uint8(n-11), 7)
			}
			run -= n
		}
		for range run {
			add(size, 0, 0)
		}
	}
	var c code
	c.build(counts[:], longestSize)
	orderCount := sizes
	for orderCount > 4 && c.size[order[orderCount-1]] == 0 {
		orderCount--
	}
	w.bits(uint32(literalCount-endOfBlock-1), 5)
	w.bits(uint32(distanceCount-1), 5)
	w.bits(uint32(orderCount-4), 4)
	for _, symbol := range order[:orderCount] {
		w.bits(uint32(c.size[symbol]), 3)
	}
	for _, piece := range pieces {
		w.bits(uint32(c.bits[piece.symbol]), int32(c.size[piece.symbol]))
		w.bits(uint32(piece.value), int32(piece.extra))
	}
}
