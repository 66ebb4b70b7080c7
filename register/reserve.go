package register

import (
	"context"
	"errors"
	"fmt"
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
		if err := tx.holdPlaces(ctx); err != nil {
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
		for _, w := range wants {
			serial := w.Serial
			if serial == "" {
				last++
				serial = fmt.Sprintf("%04d%07d", year, last)
			}
			index, err := p.place(ctx, tx, w.Length, draw)
			if err != nil {
				return err
			}
			slots = append(slots, issuer.Slot{Serial: serial, Index: index})
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

// place takes a block of status entries that nobody has, and lets the chunks
// grow where they are full enough.
func (p *places) place(ctx context.Context, tx *transaction, length int, draw func() (uint32, error)) (uint32, error) {
	for grown := issuer.Grown(p.chunks, p.usedNow(), issuer.ChunkSize); p.chunks < grown; {
		if err := tx.do(ctx, "adding a status list", `INSERT INTO status_chunks (chunk) VALUES ($1)`, p.chunks); err != nil {
			return 0, err
		}
		p.chunks++
		if err := p.count(ctx, tx); err != nil {
			return 0, err
		}
	}
	index, ok, err := issuer.Place(length, p.chunks, issuer.ChunkSize, draw, func(chunk, offset uint32) (bool, error) {
		// No block is longer than MaxBlock, so only those that begin so near
		// before can reach in.
		var taken bool
		err := tx.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM status_blocks
			WHERE chunk = $1 AND start > $2 AND start < $3 AND start + length > $4)`,
			chunk, int64(offset)-issuer.MaxBlock, int64(offset)+int64(length), offset).Scan(&taken)
		return !taken, err
	})
	if err != nil {
		return 0, fmt.Errorf("placing status entries: %w", err)
	}
	if !ok {
		return 0, errors.New("placing status entries: no room was found")
	}
	p.taken[index/issuer.ChunkSize] += int64(length)
	return index, tx.do(ctx, "taking status entries", `INSERT INTO status_blocks (chunk, start, length, entries) VALUES ($1, $2, $3, $4)`,
		index/issuer.ChunkSize, index%issuer.ChunkSize, length, strings.Repeat(letter(license.Revoked), length))
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
