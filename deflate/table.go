package deflate

// table says where three bytes stand last. It is a map made for its one use:
// looking places up takes half of the time that compressing does.
type table struct {
	slots []slot // twice as many as there are keys, or more; a power of two
}

type slot struct {
	key   uint32 // three bytes, and one above them that says that the slot is taken
	place int32
}

func newTable(keys int) table {
	var t table
	t.clear(keys)
	return t
}

// clear empties the table, for so many keys.
func (t *table) clear(keys int) {
	size := 16
	for size < 2*keys {
		size *= 2
	}
	if size > cap(t.slots) {
		t.slots = make([]slot, size)
		return
	}
	t.slots = t.slots[:size]
	clear(t.slots)
}

// three gives the key of the first three bytes.
func three(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | 1<<24 }

// find gives the slot of a key, or the free one that it would take.
func (t table) find(key uint32) *slot {
	mask := uint32(len(t.slots) - 1)
	for n := key * 0x9E3779B1 >> 8; ; n++ {
		if s := &t.slots[n&mask]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// get gives where the key stands last; -1 where it does not.
func (t table) get(key uint32) int32 {
	if s := t.find(key); s.key != 0 {
		return s.place
	}
	return -1
}

// put notes that the key stands at place, and gives where it stood before.
func (t table) put(key uint32, place int32) int32 {
	s := t.find(key)
	before := s.place
	if s.key == 0 {
		before = -1
	}
	s.key, s.place = key, place
	return before
}
