package catalog

import (
	"fmt"
	"slices"
)

func contains(names []string, name string) bool { return slices.Contains(names, name) }

// didYouMean gives a sentence in each language that offers the name nearest
// to what was written, and nothing when none is near.
func didYouMean(written string, names []string) (en, zh string) {
	best, ok := nearest(written, names)
	if !ok {
		return "", ""
	}
	return fmt.Sprintf(" Did you mean %s?", best), fmt.Sprintf("是否应为“%s”?", best)
}

// nearest finds the name that takes the fewest edits to become written, when
// that is no more than a third of the name's characters.
func nearest(written string, names []string) (string, bool) {
	const longest = 100 // a longer text is no slip of the pen, and would cost time
	w := []rune(written)
	if len(w) == 0 || len(w) > longest {
		return "", false
	}
	best, fewest := "", longest
	for _, name := range names {
		n := []rune(name)
		if d := edits(w, n); d < fewest && d <= max(1, len(n)/3) {
			best, fewest = name, d
		}
	}
	return best, best != ""
}

// edits is the Levenshtein distance, keeping one row of its table.
func edits(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, ra := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, rb := range b {
			cost := 1
			if ra == rb {
				cost = 0
			}
			next := min(diagonal+cost, row[j]+1, row[j+1]+1)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
