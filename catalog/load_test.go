package catalog_test

import (
	"testing"

	"yizheng/catalog"
)

func TestEveryRegionLoads(t *testing.T) {
	if len(catalog.Regions()) != 18 {
		t.Fatalf("%d regions", len(catalog.Regions()))
	}
	for _, region := range catalog.Regions() {
		if _, err := catalog.Load(region); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
}
