package scan

import (
	"math"
	"slices"
)

// corner is a finder pattern: the square eye in three corners of a symbol.
type corner struct {
	point
	module float64 // pixels a module
	hits   int     // how many rows crossed it
}

// Limits on what is looked at in one picture, which text and textures would
// otherwise fill.
const (
	maxCorners  = 28  // that are combined, those that most rows cross
	maxEyes     = 256 // that are found at all
	sameCorner  = 2.0 // modules between two crossings of one eye
	farthestOff = 0.6 // by how much of a module a run may be too long or short
)

// corners finds what looks like a finder pattern: along a row and along a
// column, dark, light, dark, light, dark as 1 : 1 : 3 : 1 : 1. Turned about any
// angle the eye keeps that ratio through its middle.
func corners(b *bits) []corner {
	var found []corner
	for y := 0; y < b.h; y++ {
		var runs [5]int
		start := 0
		for x := 0; x <= b.w; x++ {
			if x < b.w && x > 0 && b.dark[y*b.w+x] == b.dark[y*b.w+x-1] || x == 0 {
				continue
			}
			copy(runs[:], runs[1:])
			runs[4], start = x-start, x
			if !b.at(x-1, y) || !eye(runs) {
				continue
			}
			middle := float64(x) - float64(runs[4]+runs[3]) - float64(runs[2])/2
			found = crossing(b, found, middle, y, runs[2])
		}
	}
	slices.SortStableFunc(found, func(a, b corner) int { return b.hits - a.hits })
	return found[:min(len(found), maxCorners)]
}

// eye says whether runs of pixels are as 1 : 1 : 3 : 1 : 1.
func eye(runs [5]int) bool {
	total := 0
	for _, n := range runs {
		if n == 0 {
			return false
		}
		total += n
	}
	module := float64(total) / 7
	off := module*farthestOff + 0.4 // pixels are whole
	for i, n := range runs {
		want, most := module, off
		if i == 2 {
			want, most = 3*module, 2*off
		}
		if math.Abs(float64(n)-want) > most {
			return false
		}
	}
	return true
}

// crossing adds the eye that a row crosses at x, where a column confirms it.
func crossing(b *bits, found []corner, x float64, y, width int) []corner {
	for i := range found {
		c := &found[i]
		if math.Hypot(c.x-x, c.y-float64(y)) < sameCorner*c.module {
			c.hits++
			return found
		}
	}
	if len(found) >= maxEyes {
		return found
	}
	top, bottom, ok := column(b, int(x), y, 2*width)
	if !ok {
		return found
	}
	most := 3 * width * width // a square turned by 45° has half of that
	c, area := blob(b, int(x), (top+bottom)/2, most)
	if area < 4 || area > most {
		return found
	}
	c.module, c.hits = math.Sqrt(float64(area))/3, 1
	if float64(width) < 2*c.module || float64(width) > 5.5*c.module {
		return found // what is dark there is no square
	}
	for i := range found {
		if math.Hypot(found[i].x-c.x, found[i].y-c.y) < sameCorner*c.module {
			found[i].hits++
			return found
		}
	}
	return append(found, c)
}

// column gives where the middle run through a place begins and ends, if the
// column is that of an eye.
func column(b *bits, x, y, most int) (top, bottom int, ok bool) {
	walk := func(y, step int, dark bool) (n int) {
		for n < most && y >= 0 && y < b.h && b.at(x, y) == dark {
			n, y = n+1, y+step
		}
		return n
	}
	if !b.at(x, y) {
		return 0, 0, false
	}
	up, down := walk(y, -1, true), walk(y, 1, true)
	top, bottom = y-up+1, y+down-1
	light1 := walk(top-1, -1, false)
	light2 := walk(bottom+1, 1, false)
	runs := [5]int{walk(top-1-light1, -1, true), light1, bottom - top + 1, light2, walk(bottom+1+light2, 1, true)}
	return top, bottom, eye(runs)
}

// blob gives the middle of what is dark and joined to a place, and its area.
// It gives up beyond the most.
func blob(b *bits, x, y, most int) (middle corner, area int) {
	if !b.at(x, y) {
		return corner{}, 0
	}
	seen := map[int]bool{y*b.w + x: true}
	todo := []int{y*b.w + x}
	sumX, sumY := 0, 0
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		px, py := at%b.w, at/b.w
		sumX, sumY, area = sumX+px, sumY+py, area+1
		if area > most {
			return corner{}, area
		}
		for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			nx, ny := px+d[0], py+d[1]
			if next := ny*b.w + nx; b.at(nx, ny) && !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	n := float64(area)
	return corner{point: point{float64(sumX)/n + 0.5, float64(sumY)/n + 0.5}}, area
}

// triple are three corners that may be those of one symbol.
type triple struct {
	topLeft, topRight, bottomLeft corner
	odd                           float64 // how far it is from what it should be
}

// triples gives those sets of corners that may belong together, the likeliest
// first.
func triples(all []corner) []triple {
	var found []triple
	for i, a := range all {
		for j, b := range all {
			for k := j + 1; k < len(all); k++ {
				c := all[k]
				if i == j || i == k {
					continue
				}
				if t, ok := join(a, b, c); ok {
					found = append(found, t)
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b triple) int {
		switch {
		case a.odd < b.odd:
			return -1
		case a.odd > b.odd:
			return 1
		}
		return 0
	})
	return found
}

// join makes a triple with a at its right angle, if the three are of a size
// and lie as corners do, seen from anywhere that a person would.
func join(a, b, c corner) (triple, bool) {
	small, large := min(a.module, b.module, c.module), max(a.module, b.module, c.module)
	ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-a.x, c.y-a.y
	u, v := math.Hypot(ux, uy), math.Hypot(vx, vy)
	cos := math.Abs(ux*vx+uy*vy) / (u * v)
	if large > 1.7*small || max(u, v) > 1.6*min(u, v) || cos > 0.5 {
		return triple{}, false
	}
	modules := (u + v) / 2 / ((a.module + b.module + c.module) / 3)
	if modules < 11 || modules > 190 {
		return triple{}, false
	}
	t := triple{a, b, c, large/small - 1 + max(u, v)/min(u, v) - 1 + cos - 0.002*float64(min(a.hits, b.hits, c.hits, 100))}
	if ux*vy-uy*vx < 0 {
		t.topRight, t.bottomLeft = c, b
	}
	return t, true
}
