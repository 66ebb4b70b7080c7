package register

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// Restoration says which past a register comes back from.
type Restoration struct {
	From time.Time // the instant of the copy
	Now  time.Time
	// Serials is how many licenses at most may have been issued since the copy
	// was made: so many serials of each year in between are passed over.
	Serials int
}

const (
	// entriesPerLicense is how many status entries a license takes at most, all
	// its versions told, when lists to be passed over are counted.
	entriesPerLicense = 16
	maxSerial         = 9_999_999
)

// ErrSerials says that a year has fewer serials left than are to be passed over.
var ErrSerials = errors.New("the year has not so many serials left: pass over fewer")

// Restored prepares a register that was an old copy for issuing. What was
// issued since the copy is unknown to it: so it passes over serials and whole
// status lists, in which a license of that time may have its entries, and lets
// the sequences of all lists and records, of those to come as well, rise above
// those that verifiers have seen. It is to be called once, before anything is
// issued.
func (s *Store) Restored(ctx context.Context, r Restoration) error {
	if r.Now.Before(r.From) {
		return fmt.Errorf("restoring: the copy is of %s, which is later than now", r.From.UTC().Format(time.RFC3339))
	}
	return s.writing(ctx, "passing over what may have been issued", func(tx *transaction) error {
		if err := tx.holdPlaces(ctx, false); err != nil {
			return err
		}
		if err := passSerials(ctx, tx, r); err != nil {
			return err
		}
		if err := passChunks(ctx, tx, r.Serials); err != nil {
			return err
		}
		// By this act firstSequence finds how far sequences rise.
		err := audit(ctx, tx, r.Now, "restore", "restored", "register", fmt.Sprintf(`{"from":%q,"serials":%d}`, r.From.UTC().Format(time.RFC3339), r.Serials))
		if err != nil {
			return err
		}
		for _, table := range []string{"status_chunks", "license_records"} {
			if err := tx.do(ctx, "raising sequences", `UPDATE `+table+` SET change = change + 1, sequence = `+raisedSequence+` WHERE sequence > 0`); err != nil {
				return err
			}
		}
		return nil
	})
}

// raisedSequence is the one that others go on from. It rises by more than is
// signed within a century, however wrong the clock is.
const raisedSequence = `CASE WHEN sequence + 1000000000 > ` + firstSequence + ` THEN sequence + 1000000000 ELSE ` + firstSequence + ` END`

// passSerials takes serials of each year in which licenses may have been
// issued since the copy.
func passSerials(ctx context.Context, tx *transaction, r Restoration) error {
	if r.Serials < 1 {
		return nil
	}
	first, last := license.DateOf(r.From).Start().Year(), license.DateOf(r.Now).Start().Year()
	for year := first; year <= last; year++ {
		var serial int
		if err := tx.queryRow(ctx, `SELECT COALESCE(MAX(last), 0) FROM serials WHERE year = $1`, year).Scan(&serial); err != nil {
			return fmt.Errorf("reading serials: %w", err)
		}
		if serial+r.Serials > maxSerial {
			return fmt.Errorf("%d: %w", year, ErrSerials)
		}
		err := tx.do(ctx, "passing over serials", `INSERT INTO serials (year, last) VALUES ($1, $2)
			ON CONFLICT (year) DO UPDATE SET last = serials.last + excluded.last`, year, r.Serials)
		if err != nil {
			return err
		}
	}
	return nil
}

// passChunks opens status lists so far ahead that none of them can have
// entries of the licenses that are passed over. The lists in between are never
// made: a code that points there finds nothing.
func passChunks(ctx context.Context, tx *transaction, licenses int) error {
	if licenses < 1 {
		return nil
	}
	var next int64
	if err := tx.queryRow(ctx, `SELECT COALESCE(MAX(chunk) + 1, 0) FROM status_chunks`).Scan(&next); err != nil {
		return fmt.Errorf("counting status lists: %w", err)
	}
	next += int64(licenses)*entriesPerLicense*100/(issuer.ChunkSize*issuer.LoadPercent) + issuer.OpenChunks
	for n := range int64(issuer.OpenChunks) {
		if err := tx.do(ctx, "opening a status list", `INSERT INTO status_chunks (chunk) VALUES ($1)`, next+n); err != nil {
			return err
		}
	}
	return nil
}

// Passed tells the register what the library has of a license beyond it: the
// events up to sequence, so that the next one follows them. It is for a
// register that was an old copy.
func (s *Store) Passed(ctx context.Context, license string, sequence int64) error {
	return s.writing(ctx, "passing over events", func(tx *transaction) error {
		return tx.do(ctx, "raising the license's events", `UPDATE outbox_heads SET last = $1 WHERE license = $2 AND last < $1`, sequence, license)
	})
}

// PassedSerial tells the register of a serial that the library has and the
// register never gave. It says whether that was news.
func (s *Store) PassedSerial(ctx context.Context, year, serial int) (news bool, _ error) {
	err := s.writing(ctx, "passing over a serial", func(tx *transaction) error {
		var last int
		if err := tx.queryRow(ctx, `SELECT COALESCE(MAX(last), 0) FROM serials WHERE year = $1`, year).Scan(&last); err != nil {
			return fmt.Errorf("reading serials: %w", err)
		}
		if news = last < serial; !news {
			return nil
		}
		return tx.do(ctx, "passing over serials", `INSERT INTO serials (year, last) VALUES ($1, $2)
			ON CONFLICT (year) DO UPDATE SET last = excluded.last WHERE serials.last < excluded.last`, year, serial)
	})
	return news, err
}
