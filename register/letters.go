package register

import (
	"context"
	"slices"
	"strings"

	"yizheng/license"
)

// statesOf gives the states of a version's permits, by act alone.
func statesOf(ctx context.Context, q querier, version int64) ([]license.State, error) {
	return column[license.State](ctx, q, "reading the permits' states", `SELECT COALESCE(s.state, 'valid')
		FROM version_permits p LEFT JOIN permit_states s ON s.authority = p.authority AND s.number = p.number
		WHERE p.version = $1 ORDER BY p.place`, version)
}

// lettersOfStates are the letters by which a block keeps its entries.
const lettersOfStates = "VRSPWC"

var statesOfLetters = [...]license.State{license.Valid, license.Revoked, license.Suspended, license.Superseded, license.Withdrawn, license.Cancelled}

// letter gives the letter of a state; a state that no entry can have reads
// revoked.
func letter(s license.State) string {
	n := max(slices.Index(statesOfLetters[:], s), 0)
	if statesOfLetters[n] != s {
		n = 1
	}
	return lettersOfStates[n : n+1]
}

func letters(states []license.State) string {
	var b strings.Builder
	for _, s := range states {
		b.WriteString(letter(s))
	}
	return b.String()
}

// statesFrom reads letters back.
func statesFrom(entries string) []license.State {
	states := make([]license.State, len(entries))
	for n := range states {
		states[n] = license.Revoked
		if at := strings.IndexByte(lettersOfStates, entries[n]); at >= 0 {
			states[n] = statesOfLetters[at]
		}
	}
	return states
}
