package license_test

import (
	"errors"
	"slices"
	"testing"

	"yizheng/license"
)

func TestRegions(t *testing.T) {
	for _, c := range []struct {
		code, name, full, province, city string
		successor                        license.Region
	}{
		{"310105", "长宁区", "上海市长宁区", "31", "31", ""},
		{"310115", "浦东新区", "上海市浦东新区", "31", "31", ""},
		{"310000", "上海市", "上海市", "31", "31", ""},
		{"310103", "卢湾区", "上海市卢湾区", "31", "31", "310101"},
		{"310108", "闸北区", "上海市闸北区", "31", "31", "310106"},
		{"310119", "南汇区", "上海市南汇区", "31", "31", "310115"},
		{"310230", "崇明县", "上海市崇明县", "31", "31", "310151"},
		{"320500", "苏州市", "江苏省苏州市", "32", "3205", ""},
		{"330100", "杭州市", "浙江省杭州市", "33", "3301", ""},
		{"330402", "南湖区", "浙江省嘉兴市南湖区", "33", "3304", ""},
		{"330411", "秀洲区", "浙江省嘉兴市秀洲区", "33", "3304", ""},
		{"340100", "合肥市", "安徽省合肥市", "34", "3401", ""},
		{"440305", "南山区", "广东省深圳市南山区", "44", "4403", ""},
		{"110000", "北京市", "北京市", "11", "11", ""},
	} {
		r, err := license.ParseRegion(c.code)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		successor, abolished := r.Successor()
		if r.Name() != c.name || r.FullName() != c.full || r.Province() != c.province || r.City() != c.city ||
			successor != c.successor || abolished != (c.successor != "") {
			t.Errorf("%s: got %s %s %s %s %s %t", r, r.Name(), r.FullName(), r.Province(), r.City(), successor, abolished)
		}
	}
}

func TestParseRegionRefuses(t *testing.T) {
	for _, s := range []string{"", "31010", "3101050", "31010A", "310199", "000000", "３10105", "310105 ", "-10105"} {
		if r, err := license.ParseRegion(s); !errors.Is(err, license.ErrRegion) {
			t.Errorf("%q: got %s, %v", s, r, err)
		}
	}
}

func TestRegionUnder(t *testing.T) {
	for _, c := range []struct {
		region license.Region
		prefix string
		want   bool
	}{
		{"310105", "31", true}, {"310105", "310105", true}, {"330402", "3304", true},
		{"330402", "31", false}, {"310105", "310106", false}, {"310105", "", false}, {"31", "310105", false},
	} {
		if got := c.region.Under(c.prefix); got != c.want {
			t.Errorf("%s under %q: got %t", c.region, c.prefix, got)
		}
	}
}

func TestRegionMethodsOnOddCodes(t *testing.T) {
	for _, r := range []license.Region{"", "3", "31010A", "999999", "3101055"} {
		if r.Name() != "" || r.FullName() != "" {
			t.Errorf("%q has a name", r)
		}
		if !r.WellFormed() && r.Province()+r.City() != "" {
			t.Errorf("%q has a province", r)
		}
	}
}

func TestRegionTable(t *testing.T) {
	all := license.KnownRegions()
	districts, provinces := 0, 0
	for _, r := range all {
		if !r.WellFormed() || r.Name() == "" {
			t.Errorf("%q %q", r, r.Name())
		}
		successor, abolished := r.Successor()
		if abolished && (successor.Name() == "" || successor.Province() != r.Province()) {
			t.Errorf("%s is followed by %s", r, successor)
		}
		if r.Under("3101") && !abolished {
			districts++
		}
		if r[2:] == "0000" {
			provinces++
		}
		if r[4:] != "00" && len(r.City()) == 4 && license.Region(r.City()+"00").Name() == "" {
			t.Errorf("%s has no prefecture", r)
		}
	}
	if districts != 16 || provinces != 34 || !slices.IsSorted(all) {
		t.Errorf("%d districts of Shanghai, %d provinces", districts, provinces)
	}
}
