package catalog

import (
	"strings"
	"testing"

	"yizheng/license"
)

// TestEveryOtherRegion holds an address in each region that there is, written
// in each way, to the list of all.
func TestEveryOtherRegion(t *testing.T) {
	for _, region := range []license.Region{"310105", "330402", "440305"} {
		set, err := Load(region)
		if err != nil {
			t.Fatal(err)
		}
		c := set.Versions[0]
		refused := 0
		for _, r := range license.KnownRegions() {
			for _, address := range []string{r.FullName() + "中山路1号", r.Name() + "中山路1号", r.Name()} {
				want := license.Region("")
				for _, f := range c.foreign {
					if f.begins(address) || f.alone != "" && strings.HasPrefix(address, f.alone) {
						want = f.region
						break
					}
				}
				k := check{catalogue: c}
				k.checkPremisesRegion(field{name: "holder.premises"}, address)
				if (len(k.faults) > 0) != (want != "") || want != "" && !strings.Contains(k.faults[0].Message, " "+want.FullName()+",") {
					t.Errorf("%s at %s: %v, and it is in %q", address, region, k.faults, want)
				}
				if want != "" {
					refused++
				}
			}
		}
		if refused < 100 {
			t.Errorf("%s: %d addresses are elsewhere", region, refused)
		}
	}
}
