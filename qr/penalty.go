package qr

import "math/bits"

// row is one row or column of modules, module 0 in the lowest bit. Three words
// hold the 137 modules of version 30.
type row [3]uint64

func (r row) at(x int) bool { return r[x/64]>>(x%64)&1 != 0 }

func (r *row) set(x int) { r[x/64] |= 1 << (x % 64) }

func (r row) xor(o row) row { return row{r[0] ^ o[0], r[1] ^ o[1], r[2] ^ o[2]} }

func (r row) and(o row) row { return row{r[0] & o[0], r[1] & o[1], r[2] & o[2]} }

func (r row) not() row { return row{^r[0], ^r[1], ^r[2]} }

func (r row) count() int {
	return bits.OnesCount64(r[0]) + bits.OnesCount64(r[1]) + bits.OnesCount64(r[2])
}

// from gives the row as seen from module n on, n below 64: module i of the
// result is module i+n of r.
func (r row) from(n uint) row {
	return row{r[0]>>n | r[1]<<(64-n), r[1]>>n | r[2]<<(64-n), r[2] >> n}
}

// first is a row of n dark modules.
func first(n int) row {
	var r row
	for i := range r {
		switch left := n - 64*i; {
		case left >= 64:
			r[i] = ^uint64(0)
		case left > 0:
			r[i] = 1<<left - 1
		}
	}
	return r
}

// The weights of ISO/IEC 18004, 7.8.3.1.
const (
	weightRun     = 3
	weightBlock   = 3
	weightFinder  = 40
	weightBalance = 10
)

// penalty scores a symbol by the four features that make one hard to read.
// Many modules are looked at in one operation: there are eight masks to score
// for each symbol drawn.
func penalty(rows, columns []row) int {
	size := len(rows)
	score, dark := 0, 0
	for i := range rows {
		score += runs(rows[i], size) + runs(columns[i], size)
		score += weightFinder * (finders(rows[i], size) + finders(columns[i], size))
		dark += rows[i].count()
	}
	for y := range size - 1 {
		score += weightBlock * blocks(rows[y], rows[y+1], size)
	}
	// Each full 5 % that the dark part is away from one half.
	deviation := 20*dark - 10*size*size
	if deviation < 0 {
		deviation = -deviation
	}
	return score + weightBalance*(deviation/(size*size))
}

// runs scores modules of one colour in a row: weightRun for five, one more for
// each further. A run of n holds n−4 windows of five.
func runs(r row, size int) int {
	same := r.xor(r.from(1)).not().and(first(size - 1)) // module i equals module i+1
	pairs := same.and(same.from(1))
	fives := pairs.and(pairs.from(2))
	starts := fives.and(fives.before().not())
	return fives.count() + (weightRun-1)*starts.count()
}

// before gives the row moved on by one: module i of the result is module i−1
// of r.
func (r row) before() row { return row{r[0] << 1, r[1]<<1 | r[0]>>63, r[2]<<1 | r[1]>>63} }

// finders counts what looks like a finder pattern: dark and light in the
// ratio 1:1:3:1:1 with four light modules before or after.
func finders(r row, size int) int {
	light := r.not()
	triple := r.and(r.from(1))
	triple = triple.and(r.from(2))
	core := r.and(light.from(1)).and(triple.from(2)).and(light.from(5)).and(r.from(6))
	if core == (row{}) {
		return 0
	}
	quiet := light.and(light.from(1))
	quiet = quiet.and(quiet.from(2))
	windows := first(size - 10)
	after := core.and(quiet.from(7)).and(windows)
	ahead := quiet.and(core.from(4)).and(windows)
	return after.count() + ahead.count()
}

// blocks counts the squares of two by two modules of one colour in two rows.
func blocks(upper, lower row, size int) int {
	alike := upper.xor(lower).not()
	along := upper.xor(upper.from(1)).not()
	return alike.and(alike.from(1)).and(along).and(first(size - 1)).count()
}

// transpose makes the columns of rows.
func transpose(columns, rows []row) {
	clear(columns)
	for y, r := range rows {
		for word, set := range r {
			for ; set != 0; set &= set - 1 {
				columns[64*word+bits.TrailingZeros64(set)].set(y)
			}
		}
	}
}
