package catalog_test

import (
	"regexp"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

func TestSourceIsNamedAsFarAsItIsKnown(t *testing.T) {
	for _, c := range []struct {
		source catalog.Source
		want   string
	}{
		{catalog.Source{Title: "某某办法", Article: "三(三)"}, "《某某办法》三(三)"},
		{catalog.Source{Number: "沪府办发〔2023〕22号"}, "沪府办发〔2023〕22号"},
		{catalog.Source{Title: "某某办法", Number: "沪府规〔2021〕5号", Article: "第二条"}, "《某某办法》沪府规〔2021〕5号第二条"},
	} {
		if got := c.source.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// halfWidth finds punctuation of another script after a Chinese character.
var halfWidth = regexp.MustCompile(`[\p{Han}”》][,;:!?]`)

// TestSentencesOfLawArePrintable reads every sentence that documents carry.
func TestSentencesOfLawArePrintable(t *testing.T) {
	for _, region := range catalog.Regions() {
		set, err := catalog.Load(region)
		if err != nil {
			t.Fatal(err)
		}
		day, err := license.ParseDate("2026-07-01")
		if err != nil {
			t.Fatal(err)
		}
		current, err := set.On(day)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range current.Statements {
			if halfWidth.MatchString(s.Text) {
				t.Errorf("%s %s: half-width punctuation in %q", region, s.ID, s.Text)
			}
			for _, source := range s.Sources {
				if source.String() == "" {
					t.Errorf("%s %s: a source without a name: %+v", region, s.ID, source)
				}
			}
		}
	}
}
