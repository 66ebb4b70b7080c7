package pages_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestScannerNamesThingsAlike holds the labels of the offline scanner's page
// to those of the result page: where both have a Chinese label, its English is
// the same. What a verification found is said by one table for both.
func TestScannerNamesThingsAlike(t *testing.T) {
	labels := func(file, pattern string) map[string][]string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			found[m[1]] = append(found[m[1]], m[2])
		}
		return found
	}
	page := labels("result.html", `>([^<>{}]+?)\s*\{\{template "en" "([^"]+)"\}\}`)
	shared := 0
	for label, english := range labels("../../scanner/page/show.js", `(?:field|say)\("([^"]+)", "([^"]+)"`) {
		known, both := page[label]
		if !both {
			continue
		}
		shared++
		for _, e := range english {
			if !slices.Contains(known, e) {
				t.Errorf("%s is %q on the scanner's page, and %q on the result page", label, e, known)
			}
		}
	}
	if shared < 15 {
		t.Errorf("only %d labels were found on both", shared)
	}
}
