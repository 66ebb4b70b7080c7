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

// A dictionary that knew the test licenses would measure nothing.
func TestVocabularyKnowsNoBusiness(t *testing.T) {
	v, err := changning(t, "2026-11-24").Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(v.List(), "\n")
	for _, own := range []string{
		"仙霞示范", "愚园本帮", "本帮菜馆", "一页书店", "番禺路一页", "𬭎毅", "王晓明", "沈国良", "陆文婷", "𬱖", "吉野家", "𠮷",
		"0505030108000187", "102336", "D1048", "D2077", "0210087", "1088", "381号", "321号", "1018",
	} {
		if strings.Contains(all, own) {
			t.Errorf("the vocabulary has %q of a test license", own)
		}
	}
}
