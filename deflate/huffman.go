package deflate

import (
	"math/bits"
	"slices"
)

// The most bits that codes may have, RFC 1951, 3.2.7: any code, and the one that
// codes are told in.
const (
	longestCode = 15
	longestSize = 7
)

// code is a Huffman code: of each symbol its bits, the first lowest, and how
// many they are; 0 for one that does not occur.
type code struct {
	bits [literals]uint16
	size [literals]uint8
}

// build makes the code in which symbols that occur so often take the fewest
// bits, none more than limit. The same counts give the same code.
func (c *code) build(counts []uint32, limit int) {
	clear(c.size[:])
	const symbolBits = 9
	var room [literals]uint64
	used := room[:0]
	for symbol, n := range counts {
		if n > 0 {
			used = append(used, uint64(n)<<symbolBits|uint64(symbol))
		}
	}
	slices.Sort(used)
	var ofSize [literals]int // how many codes have so many bits
	switch len(used) {
	case 0:
		return
	case 1:
		ofSize[1] = 1
	default:
		depths(used, &ofSize)
		limited(&ofSize, limit)
	}
	// The rarest have the longest codes.
	i := 0
	for size := limit; size > 0; size-- {
		for range ofSize[size] {
			c.size[used[i]&(1<<symbolBits-1)] = uint8(size)
			i++
		}
	}
	var next [longestCode + 2]uint16
	for size := 1; size <= limit; size++ {
		next[size+1] = (next[size] + uint16(ofSize[size])) << 1
	}
	for symbol := range counts {
		if size := c.size[symbol]; size > 0 {
			c.bits[symbol] = bits.Reverse16(next[size]) >> (16 - size)
			next[size]++
		}
	}
}

// depths counts the leaves of a Huffman tree by their depths. The leaves come
// with their weights, the lightest first, and below the weight a symbol that
// does not count. Trees are joined in the order in which they came to be, so
// that two rows, of leaves and of joined trees, stay in order by themselves.
func depths(leaves []uint64, ofDepth *[literals]int) {
	const symbolBits = 9
	var weight [literals]uint64 // of joined trees
	var parent [2 * literals]int16
	n := len(leaves)
	leaf, tree := 0, 0
	lightest := func(made int) (id int, w uint64) {
		if leaf < n && (tree == made || leaves[leaf]>>symbolBits <= weight[tree]) {
			leaf++
			return leaf - 1, leaves[leaf-1] >> symbolBits
		}
		tree++
		return n + tree - 1, weight[tree-1]
	}
	for made := range n - 1 {
		a, wa := lightest(made)
		b, wb := lightest(made)
		weight[made] = wa + wb
		parent[a], parent[b] = int16(n+made), int16(n+made)
	}
	var depth [2 * literals]int16
	for id := 2*n - 3; id >= 0; id-- {
		depth[id] = depth[parent[id]] + 1
		if id < n {
			ofDepth[depth[id]]++
		}
	}
}

// limited makes codes that are too long shorter, at the cost of others, until
// they are a code again: 2^-size of all of them adds up to one.
func limited(ofSize *[literals]int, limit int) {
	for size := limit + 1; size < len(ofSize); size++ {
		ofSize[limit] += ofSize[size]
		ofSize[size] = 0
	}
	total := 0
	for size := 1; size <= limit; size++ {
		total += ofSize[size] << (limit - size)
	}
	for ; total > 1<<limit; total-- {
		ofSize[limit]--
		for size := limit - 1; size > 0; size-- {
			if ofSize[size] > 0 {
				ofSize[size]--
				ofSize[size+1] += 2
				break
			}
		}
	}
}
