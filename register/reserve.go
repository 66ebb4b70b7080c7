package register

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/license"
)

// Reserve implements issuer.Journal. Only Reserve gives serials and places
// blocks, and one transaction at a time does.
func (s *Store) Reserve(ctx context.Context, year int, wants []issuer.Want, draw func() (uint32, error)) ([]issuer.Slot, error) {
	var slots []issuer.Slot
	err := s.writing(ctx, "reserving serials", func(tx *transaction) error {
		slots = make([]issuer.Slot, 0, len(wants))
		if err := tx.plansFor(ctx, len(wants)); err != nil {
			return err
		}
		// Whatever uses a serial is committed after this, and so is on the disk
		// no sooner; and the next reservation waits the less.
		if err := tx.holdPlaces(ctx, true); err != nil {
			return err
		}
		last, err := count(ctx, tx, year, wants)
		if err != nil {
			return err
		}
		p, err := openChunks(ctx, tx)
		if err != nil {
			return err
		}
		indexes, err := p.placeAll(ctx, tx, wants, draw)
		if err != nil {
			return err
		}
		for n, w := range wants {
			serial := w.Serial
			if serial == "" {
				last++
				serial = fmt.Sprintf("%04d%07d", year, last)
			}
			slots = append(slots, issuer.Slot{Serial: serial, Index: indexes[n]})
		}
		return p.close(ctx, tx)
	})
	return slots, err
}

// count takes as many serials of the year as are wanted, and gives the last
// one before them.
func count(ctx context.Context, tx *transaction, year int, wants []issuer.Want) (last int, _ error) {
	wanted := 0
	for _, w := range wants {
		if w.Serial == "" {
			wanted++
		}
	}
	if wanted == 0 {
		return 0, nil
	}
	err := tx.queryRow(ctx, `INSERT INTO serials (year, last) VALUES ($1, $2)
		ON CONFLICT (year) DO UPDATE SET last = serials.last + excluded.last RETURNING last`, year, wanted).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("counting: %w", err)
	}
	return last - wanted, nil
}

// places are the status lists as one reservation sees them.
type places struct {
	chunks uint32
	used   int64            // in the open ones
	taken  map[uint32]int64 // by this reservation, for each chunk
}

func openChunks(ctx context.Context, tx *transaction) (*places, error) {
	p := &places{taken: map[uint32]int64{}}
	if err := tx.queryRow(ctx, `SELECT COALESCE(MAX(chunk) + 1, 0) FROM status_chunks`).Scan(&p.chunks); err != nil {
		return nil, fmt.Errorf("counting status lists: %w", err)
	}
	return p, p.count(ctx, tx)
}

// count counts what is used in the open chunks, without what this reservation
// has taken.
func (p *places) count(ctx context.Context, tx *transaction) error {
	err := tx.queryRow(ctx, `SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM status_chunks WHERE chunk >= $1`,
		int64(p.chunks)-issuer.OpenChunks).Scan(&p.used)
	if err != nil {
		return fmt.Errorf("counting status entries: %w", err)
	}
	return nil
}

// usedNow adds what this reservation has taken.
func (p *places) usedNow() int64 {
	used := p.used
	for chunk, taken := range p.taken {
		if int64(chunk) >= int64(p.chunks)-issuer.OpenChunks {
			used += taken
		}
	}
	return used
}

// span is a block of status entries that a reservation would take.
type span struct {
	want          int // its place among the wants
	chunk, offset uint32
	length        int
}

// maxRounds is how often what was drawn and is not free is drawn again, which
// at half load never happens.
const maxRounds = 1000

// placeAll takes a block of status entries that nobody has for each want: it
// draws all, asks which are free, and draws those anew that are not.
func (p *places) placeAll(ctx context.Context, tx *transaction, wants []issuer.Want, draw func() (uint32, error)) ([]uint32, error) {
	indexes := make([]uint32, len(wants))
	ours := map[uint32][]span{} // by chunk
	pending := make([]int, len(wants))
	for n := range wants {
		pending[n] = n
	}
	for range maxRounds {
		if len(pending) == 0 {
			return indexes, nil
		}
		var drawn []span
		for _, n := range pending {
			s, err := p.draw(ctx, tx, n, wants[n].Length, ours, draw)
			if err != nil {
				return nil, err
			}
			drawn = append(drawn, s)
		}
		taken, err := areTaken(ctx, tx, drawn)
		if err != nil {
			return nil, err
		}
		pending = pending[:0]
		var blocks [][]any
		for n, s := range drawn {
			if taken[n] {
				pending = append(pending, s.want)
				ours[s.chunk] = slices.DeleteFunc(ours[s.chunk], func(o span) bool { return o.want == s.want })
				p.taken[s.chunk] -= int64(s.length)
				continue
			}
			indexes[s.want] = s.chunk*issuer.ChunkSize + s.offset
			blocks = append(blocks, []any{s.chunk, s.offset, s.length, strings.Repeat(letter(license.Revoked), s.length)})
		}
		err = addEach(ctx, tx, "taking status entries", `INSERT INTO status_blocks (chunk, start, length, entries)`, "", blocks)
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("placing status entries: no room was found")
}

// draw draws a block that none of ours overlaps, and lets the chunks grow where
// they are full enough.
func (p *places) draw(ctx context.Context, tx *transaction, want, length int, ours map[uint32][]span, draw func() (uint32, error)) (span, error) {
	for grown := issuer.Grown(p.chunks, p.usedNow(), issuer.ChunkSize); p.chunks < grown; {
		if err := tx.do(ctx, "adding a status list", `INSERT INTO status_chunks (chunk) VALUES ($1)`, p.chunks); err != nil {
			return span{}, err
		}
		p.chunks++
		if err := p.count(ctx, tx); err != nil {
			return span{}, err
		}
	}
	index, ok, err := issuer.Place(length, p.chunks, issuer.ChunkSize, draw, func(chunk, offset uint32) (bool, error) {
		return !slices.ContainsFunc(ours[chunk], func(o span) bool {
			return o.offset < offset+uint32(length) && offset < o.offset+uint32(o.length)
		}), nil
	})
	if err != nil {
		return span{}, fmt.Errorf("placing status entries: %w", err)
	}
	if !ok {
		return span{}, errors.New("placing status entries: no room was found")
	}
	s := span{want: want, chunk: index / issuer.ChunkSize, offset: index % issuer.ChunkSize, length: length}
	ours[s.chunk] = append(ours[s.chunk], s)
	p.taken[s.chunk] += int64(length)
	return s, nil
}

// overlapping asks which blocks that are wanted overlap one that is there. No
// block is longer than issuer.MaxBlock, which is 256, so only those that begin
// so near before can reach in.
const overlapping = `SELECT g.n FROM given g WHERE EXISTS (SELECT 1 FROM status_blocks b
	WHERE b.chunk = g.chunk AND b.start > g.start - 256 AND b.start < g.start + g.length AND b.start + b.length > g.start)`

// areTaken says which of the blocks somebody has.
func areTaken(ctx context.Context, tx *transaction, drawn []span) ([]bool, error) {
	taken := make([]bool, len(drawn))
	wanted := make([][]any, len(drawn))
	for n, s := range drawn {
		wanted[n] = []any{n, s.chunk, s.offset, s.length}
	}
	err := askEach(ctx, tx, "looking for free status entries", "n BIGINT, chunk BIGINT, start BIGINT, length BIGINT", overlapping, wanted, func(r row) error {
		var n int
		if err := r.Scan(&n); err != nil {
			return err
		}
		taken[n] = true
		return nil
	})
	return taken, err
}

// close writes how much is used now.
func (p *places) close(ctx context.Context, tx *transaction) error {
	chunks := make([]uint32, 0, len(p.taken))
	for chunk := range p.taken {
		chunks = append(chunks, chunk)
	}
	for _, chunk := range sorted(chunks) {
		if err := tx.change(ctx, "counting status entries", `UPDATE status_chunks SET used = used + $1 WHERE chunk = $2`, p.taken[chunk], chunk); err != nil {
			return err
		}
	}
	return nil
}
