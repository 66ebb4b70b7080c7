package status

// Past remembers what the lists of one subject held at earlier sequences, so
// that whoever has one of them is told no more than what has changed since. It
// is for one caller at a time. The zero value is empty.
type Past struct {
	sequences []uint64          // in the order in which they were noted
	lists     map[uint64]string // the claim lst of each; equal ones are one string
	size      int               // of the strings, in bytes
}

// Bounds on what is remembered of one subject. Half of the oldest are
// forgotten when there is more.
const (
	pastSequences = 512
	pastBytes     = 256 << 10
)

// Note remembers a list. It verifies nothing.
func (p *Past) Note(token string) error {
	c, _, err := open(token)
	if err != nil {
		return err
	}
	if _, known := p.lists[c.Sequence]; known {
		return nil
	}
	if p.lists == nil {
		p.lists = make(map[uint64]string)
	}
	lst := c.StatusList.List
	if n := len(p.sequences); n > 0 && p.lists[p.sequences[n-1]] == lst {
		lst = p.lists[p.sequences[n-1]] // signed anew: nothing has changed, and it is kept once
	} else {
		p.size += len(lst)
	}
	p.sequences = append(p.sequences, c.Sequence)
	p.lists[c.Sequence] = lst
	if len(p.sequences) > pastSequences || p.size > pastBytes {
		p.forget(len(p.sequences) / 2)
	}
	return nil
}

// forget drops the n that were noted first.
func (p *Past) forget(n int) {
	for _, sequence := range p.sequences[:n] {
		delete(p.lists, sequence)
	}
	p.sequences = append([]uint64(nil), p.sequences[n:]...)
	p.size = 0
	last := ""
	for _, sequence := range p.sequences {
		if lst := p.lists[sequence]; lst != last {
			p.size += len(lst)
			last = lst
		}
	}
}

// Size is how many bytes are remembered.
func (p *Past) Size() int { return p.size }

// Since gives the delta from the list of an earlier sequence to newest. It is
// false where that sequence was not noted, or newest cannot be written from
// its entries.
func (p *Past) Since(sequence uint64, newest string) (Delta, bool) {
	lst, known := p.lists[sequence]
	if !known {
		return Delta{}, false
	}
	before, err := inflate(lst)
	if err != nil {
		return Delta{}, false
	}
	d, err := compare(sequence, before, newest)
	return d, err == nil
}
