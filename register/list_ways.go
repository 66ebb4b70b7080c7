package register

import (
	"context"
	"slices"
	"strconv"
)

// The statements of lists: each walks one index from a mark on. Whatever else
// a filter says is looked at line by line.
const (
	wholeColumns  = `l.base, l.holder_name, l.state, v.id, v.license, v.issued_at, '', '', -1, ''`
	singleColumns = `l.base, l.holder_name, l.state, v.id, v.license, v.issued_at, p.authority, p.number, p.place, COALESCE(p.valid_until, '')`

	listAll = `SELECT ` + wholeColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.base < $1 ORDER BY l.base DESC LIMIT $2`
	listIndustry = `SELECT ` + wholeColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.industry = $1 AND l.base < $2 ORDER BY l.base DESC LIMIT $3`
	listHolder = `SELECT ` + wholeColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.holder_code = $1 AND l.base < $2 ORDER BY l.base DESC LIMIT $3`
	listTakenBack = `SELECT ` + wholeColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.state = 'withdrawn' AND l.base < $1 ORDER BY l.base DESC LIMIT $2`
	listNamed = `SELECT ` + wholeColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.holder_name < $1 AND (l.holder_name, l.base) > ($2, $3) ORDER BY l.holder_name, l.base LIMIT $4`
	// Which version is current is said by <= as in recent: see search.go.
	listEnding = `SELECT ` + singleColumns + ` FROM version_permits p JOIN versions v ON v.id = p.version JOIN licenses l ON l.base = v.base AND l.current <= v.id
		WHERE p.valid_until IS NOT NULL AND p.valid_until <= $1 AND (p.valid_until, p.version, p.place) > ($2, $3, $4)
		ORDER BY p.valid_until, p.version, p.place LIMIT $5`
	listGranted = `SELECT ` + singleColumns + ` FROM version_permits p JOIN versions v ON v.id = p.version JOIN licenses l ON l.base = v.base AND l.current <= v.id
		WHERE p.authority = $1 AND (p.number, p.version) > ($2, $3) ORDER BY p.number, p.version LIMIT $4`
	listActed = `SELECT ` + singleColumns + ` FROM permit_states s JOIN version_permits p ON p.authority = s.authority AND p.number = s.number
		JOIN versions v ON v.id = p.version JOIN licenses l ON l.base = v.base AND l.current <= v.id
		WHERE s.state <> 'valid' AND (s.authority, s.number) >= ($1, $2) AND (s.authority, s.number, p.version, p.place) > ($1, $2, $3, $4)
		ORDER BY s.authority, s.number, p.version, p.place LIMIT $5`
)

// last is greater than every text and every base: no character comes after it.
const last = "\U0010FFFF"

// way is how a list is walked: by which statement, and by what it goes on.
type way struct {
	name  string
	first []string // the mark before the first line
	mark  func(line) []string
	lines func(ctx context.Context, q querier, at []string) ([]line, error)
}

// way chooses the one that has the fewest lines to look at, as a rule.
func (f Filter) way() way {
	switch {
	case f.CreditCode != "":
		return byBase("holder", listHolder, string(f.CreditCode))
	case f.Permit != "":
		return f.byPermit()
	case len(f.Beginnings) > 0:
		return f.byName()
	case f.State == TakenBack:
		return byBase("withdrawn", listTakenBack)
	case f.State == PermitActs:
		return byActs()
	case !f.Ends.IsZero():
		return f.byEnd()
	case len(f.Authorities) == 1:
		return byAuthority(f.Authorities[0])
	case f.Industry != "":
		return byBase("industry", listIndustry, f.Industry)
	}
	return byBase("all", listAll)
}

func ask(ctx context.Context, q querier, query string, args ...any) ([]line, error) {
	return list(ctx, q, "listing licenses", scanLine, query, append(args, lookAtOnce)...)
}

// byBase goes from the newest license to the oldest.
func byBase(name, query string, args ...any) way {
	return way{name, []string{last}, func(l line) []string { return []string{l.base} },
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			return ask(ctx, q, query, append(slices.Clone(args), at[0])...)
		}}
}

// byName goes through the beginnings, each in the order of names.
func (f Filter) byName() way {
	beginnings := slices.Clone(f.Beginnings)
	slices.Sort(beginnings)
	return way{"name", []string{"", ""}, func(l line) []string { return []string{l.holder, l.base} },
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			for _, b := range beginnings {
				if at[0] > b+last {
					continue
				}
				from, base := at[0], at[1]
				if from < b {
					from, base = b, ""
				}
				lines, err := ask(ctx, q, listNamed, b+last, from, base)
				if err != nil || len(lines) > 0 {
					return lines, err
				}
			}
			return nil, nil
		}}
}

// byEnd goes from the permit that ends first to the one that ends last.
func (f Filter) byEnd() way {
	return way{"end", []string{f.EndsFrom.String(), "-1", "-1"},
		func(l line) []string {
			return []string{l.ends, strconv.FormatInt(l.version, 10), strconv.Itoa(l.place)}
		},
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			return ask(ctx, q, listEnding, f.Ends.String(), at[0], whole(at[1]), whole(at[2]))
		}}
}

// byAuthority goes through an authority's permits by their numbers.
func byAuthority(authority string) way {
	return way{"authority", []string{"", "-1"},
		func(l line) []string { return []string{l.number, strconv.FormatInt(l.version, 10)} },
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			return ask(ctx, q, listGranted, authority, at[0], whole(at[1]))
		}}
}

// byPermit finds a permit's number with each authority in turn.
func (f Filter) byPermit() way {
	authorities := slices.Clone(f.Authorities)
	slices.Sort(authorities)
	return way{"permit", []string{"", "-1"},
		func(l line) []string { return []string{l.authority, strconv.FormatInt(l.version, 10)} },
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			for _, a := range authorities {
				version := int64(-1)
				if a == at[0] {
					version = whole(at[1])
				}
				if a < at[0] {
					continue
				}
				lines, err := ask(ctx, q, listGranted, a, f.Permit, version)
				lines = slices.DeleteFunc(lines, func(l line) bool { return l.number != f.Permit })
				if err != nil || len(lines) > 0 {
					return lines, err
				}
			}
			return nil, nil
		}}
}

// byActs goes through the permits that are not in force by an act, each on
// whatever license lists it.
func byActs() way {
	return way{"acted", []string{"", "", "-1", "-1"},
		func(l line) []string {
			return []string{l.authority, l.number, strconv.FormatInt(l.version, 10), strconv.Itoa(l.place)}
		},
		func(ctx context.Context, q querier, at []string) ([]line, error) {
			return ask(ctx, q, listActed, at[0], at[1], whole(at[2]), whole(at[3]))
		}}
}

// parse reads a mark of this way; an empty one is before the first line.
func (w way) parse(mark string) ([]string, error) {
	if mark == "" {
		return w.first, nil
	}
	at, err := decodeMark(mark, len(w.first))
	if err != nil {
		return nil, err
	}
	for n, first := range w.first {
		if first == "-1" {
			if _, err := strconv.ParseInt(at[n], 10, 64); err != nil {
				return nil, ErrMark
			}
		}
	}
	return at, nil
}

// whole reads what parse has looked at.
func whole(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
