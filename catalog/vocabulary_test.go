package catalog_test

import (
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

func TestVocabularyIsPublicAndWhole(t *testing.T) {
	for _, region := range catalog.Regions() {
		set, err := catalog.Load(region)
		if err != nil {
			t.Fatal(err)
		}
		c := set.Versions[len(set.Versions)-1]
		v, err := c.Vocabulary()
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Records) != len(c.Matters) || len(v.Surnames) != 100 {
			t.Errorf("%s: %d records, %d surnames", region, len(v.Records), len(v.Surnames))
		}
		for _, word := range v.List() {
			if strings.ContainsAny(word, "{}") {
				t.Errorf("%s: %q was not filled in", region, word)
			}
			if err := license.CheckText(word); err != nil {
				t.Errorf("%s: %q: %v", region, word, err)
			}
		}
		for _, r := range v.Records {
			for _, n := range r.Numbers {
				if strings.Contains(n.InYear(2026), "{") {
					t.Errorf("%s: %q was not filled in", region, n.Prefix)
				}
			}
		}
	}
}
