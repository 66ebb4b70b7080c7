package deflate

import "math"

// Prices are what pieces are taken to cost, by which one way to cut is weighed
// against another.
type Prices struct {
	literal  [256]int32 // in bits times unit, as all of them
	length   [maxMatch + 1]int32
	distance [distances]int32
	falls    []int32 // lengths that cost less than those one below
}

// ready finds the falls.
func (p *Prices) ready() *Prices {
	for n := minMatch + 1; n <= maxMatch; n++ {
		if p.length[n] < p.length[n-1] {
			p.falls = append(p.falls, int32(n))
		}
	}
	return p
}

// unit is how finely prices are told.
const unit = 16

// fixed are the prices in the fixed code of RFC 1951, 3.2.6.
var fixed = func() *Prices {
	p := &Prices{}
	for b := range p.literal {
		p.literal[b] = unit * 8
		if b >= 144 {
			p.literal[b] = unit * 9
		}
	}
	for n := minMatch; n <= maxMatch; n++ {
		l := lengthOf[n]
		p.length[n] = unit * (7 + int32(l.extra))
		if l.symbol >= 280 {
			p.length[n] += unit
		}
	}
	for s := range p.distance {
		p.distance[s] = unit * (5 + distanceExtra(s))
	}
	return p.ready()
}()

// Learn tells prices from how often each symbol occurs in pieces that were cut
// from data of the kind; no pieces give the prices of the fixed code. All
// distances of as many digits are taken to be as likely as those of any other
// number, since data elsewhere has its matches elsewhere.
func Learn(pieces []Piece) *Prices {
	if len(pieces) == 0 {
		return fixed
	}
	var counts [literals]float64
	for _, p := range pieces {
		counts[p.symbol()]++
	}
	price := func(symbol int) int32 {
		return int32(math.Round(unit * math.Log2(float64(len(pieces)+1)/max(counts[symbol], 0.5))))
	}
	p := &Prices{}
	for b := range p.literal {
		p.literal[b] = price(b)
	}
	for n := minMatch; n <= maxMatch; n++ {
		p.length[n] = price(int(lengthOf[n].symbol)) + unit*int32(lengthOf[n].extra)
	}
	for s := range p.distance {
		p.distance[s] = unit * (usualDistance + distanceExtra(s))
	}
	return p.ready()
}

// usualDistance is what the symbol of a distance is taken to cost, in bits.
const usualDistance = 4
