package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
)

// GroupSize is how many neighbouring rows are issued together: what they need
// is on the disk after two commits, however many they are. Groups begin at
// fixed rows, so that every run of a file has the same ones.
const GroupSize = 400

// group is some rows that are issued together.
type group struct{ rows []Row }

// groups gathers rows from the one after done on, until stop.
func groups(rows Rows, done int, stop context.Context) func() (group, error) {
	var ended error
	return func() (group, error) {
		var g group
		if ended != nil {
			return g, ended
		}
		if stop.Err() != nil {
			return g, io.EOF
		}
		for {
			r, err := rows.Next()
			if err != nil {
				if ended = err; len(g.rows) > 0 && errors.Is(err, io.EOF) {
					return g, nil
				}
				return g, err
			}
			if r.Number <= done {
				continue
			}
			if g.rows = append(g.rows, r); r.Number%GroupSize == 0 {
				return g, nil
			}
		}
	}
}

// keyOf is the idempotency key for some rows of a file: the same in every run,
// wherever the file lies. Rows that are left out for their faults count, since
// what is asked for is another thing without them.
func keyOf(file string, rows []Row) string {
	digest := sha256.New()
	fmt.Fprintf(digest, "batch 1\n%s\n", file)
	for _, r := range rows {
		fmt.Fprintln(digest, r.Number)
	}
	return "batch-" + hex.EncodeToString(digest.Sum(nil))
}

// answered is what became of one row.
type answered struct {
	row    Row
	faults license.Faults // why nothing was done
	// Where there is no fault: the version, its number and its text; for an
	// act the permit's number and its state.
	identifier, number, text string
}

func (a *answered) is(v issuer.Issued) {
	a.identifier, a.number, a.text = v.License.Identifier.String(), v.License.Number, v.Text
}

// issueGroup issues the rows of a group, but for those that were found faulty.
// A row that became faulty since all were looked at is left out, and the
// others are issued without it.
func (r *Run) issueGroup(ctx context.Context, g group, known Verdict) ([]answered, error) {
	all := make([]answered, len(g.rows))
	places, rows, apps := []int{}, []Row{}, []catalog.Application{}
	for n, row := range g.rows {
		all[n].row = row
		app, faults := row.application()
		if known.faulty.has(row.Number) && len(faults) == 0 {
			faults = foundFaulty()
		}
		if all[n].faults = faults; len(faults) == 0 {
			places, rows, apps = append(places, n), append(rows, row), append(apps, app)
		}
	}
	for len(apps) > 0 {
		issued, err := r.Issuer.Issue(ctx, apps, issuer.Order{Actor: r.Actor, Key: keyOf(r.File.SHA256, rows)})
		var faults license.Faults
		if err == nil {
			for n := range issued {
				all[places[n]].is(issued[n])
			}
			return all, r.documents(ctx, issued)
		}
		if !errors.As(err, &faults) {
			return nil, fmt.Errorf("issuing rows %d to %d: %w", rows[0].Number, rows[len(rows)-1].Number, err)
		}
		wrong, ok := byApplication(faults, len(apps))
		if !ok {
			return nil, err
		}
		for n := len(apps) - 1; n >= 0; n-- {
			if said, bad := wrong[n]; bad {
				all[places[n]].faults = said
				places, rows, apps = without(places, n), without(rows, n), without(apps, n)
			}
		}
	}
	return all, nil
}

func foundFaulty() license.Faults {
	return license.Faults{fault("", "faulty", "the row was found faulty; see the file of faults", "该行校验未通过，详见问题清单")}
}

func (r *Run) documents(ctx context.Context, issued []issuer.Issued) error {
	if r.Document == nil {
		return nil
	}
	for _, one := range issued {
		if err := r.Document(ctx, one.License.Identifier.String()); err != nil {
			return fmt.Errorf("making the document of %s: %w", one.License.Identifier, err)
		}
	}
	return nil
}

func without[T any](s []T, n int) []T { return append(s[:n:n], s[n+1:]...) }

// byApplication sorts the faults of a request by the application that they
// begin with, as in [2].permits[0].number.
func byApplication(faults license.Faults, count int) (map[int]license.Faults, bool) {
	wrong := map[int]license.Faults{}
	for _, f := range faults {
		n := 0
		if count > 1 {
			if found, _ := fmt.Sscanf(f.Field, "[%d]", &n); found != 1 || n < 0 || n >= count {
				return nil, false
			}
			_, f.Field, _ = strings.Cut(f.Field, "]")
			f.Field = strings.TrimPrefix(f.Field, ".")
		} else if f.Reason == "idempotency_key_reused" || f.Reason == "not_the_issuer" {
			return nil, false
		}
		wrong[n] = append(wrong[n], f)
	}
	return wrong, len(wrong) > 0
}
