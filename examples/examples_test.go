package examples_test

import (
	"testing"

	"yizheng/catalog"
	"yizheng/examples"
	"yizheng/license"
)

// TestExamplesAreValid holds every example to the catalogue of its region.
func TestExamplesAreValid(t *testing.T) {
	for name, region := range map[string]license.Region{
		examples.Restaurant: "310105", examples.Bookstore: "310105", examples.ConvenienceStore: "310105", examples.Gym: "310105",
		examples.JinganCafe: "310106", examples.JiaxingBookstore: "330402", examples.ShenzhenCafe: "440305",
	} {
		t.Run(name, func(t *testing.T) {
			app, err := examples.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			set, err := catalog.Load(region)
			if err != nil {
				t.Fatal(err)
			}
			day, err := license.ParseDate("2026-07-01")
			if err != nil {
				t.Fatal(err)
			}
			catalogue, err := set.On(day)
			if err != nil {
				t.Fatal(err)
			}
			if faults, _ := catalogue.Check(app, day); len(faults) > 0 {
				t.Error(faults)
			}
		})
	}
}
