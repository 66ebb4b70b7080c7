package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

// everyVersion calls check with each version of each region's catalogue.
func everyVersion(t *testing.T, check func(t *testing.T, c *catalog.Catalogue)) {
	t.Helper()
	for _, region := range catalog.Regions() {
		set, err := catalog.Load(region)
		if err != nil {
			t.Fatalf("%s: %v", region, err)
		}
		for _, c := range set.Versions {
			t.Run(c.Version, func(t *testing.T) { check(t, c) })
		}
	}
}

func TestRegionsWithACatalogue(t *testing.T) {
	regions := catalog.Regions()
	if len(regions) != 21 || !slices.IsSorted(regions) {
		t.Fatalf("got %v", regions)
	}
	for _, r := range license.KnownRegions() {
		_, abolished := r.Successor()
		if district := r.Under("31") && r != "310000" && !abolished; district != slices.Contains(regions, r) && !slices.Contains([]license.Region{"320500", "330400", "330402", "340100", "440305"}, r) {
			t.Errorf("%s %s: catalogue %t", r, r.Name(), !district)
		}
	}
	if _, err := catalog.Load("310103"); !errors.Is(err, catalog.ErrNoCatalogue) {
		t.Errorf("an abolished district: %v", err)
	}
}

func TestCataloguesAreWhole(t *testing.T) {
	everyVersion(t, func(t *testing.T, c *catalog.Catalogue) {
		id := license.Identifier{Type: c.TypeCode, Issuer: string(c.Issuer.Code), Serial: "1", Version: 1}
		if err := id.Validate(); err != nil {
			t.Errorf("its licenses would have no identifier: %v", err)
		}
		if c.Demonstration != (c.Region != "310105") {
			t.Errorf("demonstration %t", c.Demonstration)
		}
		if c.Minimum != 2 || c.Seal == "" || !strings.HasSuffix(c.Seal, "专用章") {
			t.Errorf("minimum %d, seal %q", c.Minimum, c.Seal)
		}
		codes := map[license.CreditCode]string{c.Issuer.Code: c.Issuer.Name}
		for _, a := range append([]license.Authority{c.Issuer}, c.Authorities...) {
			checkAuthority(t, c, a)
		}
		for _, a := range c.Authorities {
			if other := codes[a.Code]; other != "" {
				t.Errorf("%s and %s have one code", a.Name, other)
			}
			codes[a.Code] = a.Name
		}
		for _, m := range c.Matters {
			if _, ok := c.Authority(m.Authority); !ok {
				t.Errorf("%s is granted by %s, which is none", m.Name, m.Authority)
			}
			if m.BaseCode != "" && len(m.BaseCode) != 12 {
				t.Errorf("%s: base code %s", m.Name, m.BaseCode)
			}
			if (m.Term == catalog.NoEnd || m.Term == catalog.YearEnd) && m.UsualYears != 0 {
				t.Errorf("%s: %d years and term %s", m.Name, m.UsualYears, m.Term)
			}
			if !m.IssuedUntil.IsZero() && (m.EndedBy == "" || m.EndedByEN == "") {
				t.Errorf("%s ended by nothing", m.Name)
			}
		}
		for _, industry := range c.Industries {
			checkIndustry(t, c, industry)
		}
	})
}

func checkAuthority(t *testing.T, c *catalog.Catalogue, a license.Authority) {
	t.Helper()
	if err := license.CheckText(a.Name); err != nil || strings.ContainsAny(a.Name, "{}") {
		t.Errorf("%q: %v", a.Name, err)
	}
	if _, err := license.ParseCreditCode(string(a.Code)); err != nil {
		t.Errorf("%s: %v", a.Name, err)
	}
	// The ninth character of an organisation code checks it and is a digit or
	// X, so that a made-up code ending in Y can never be somebody's.
	if !a.Demonstration || a.Code[16] != 'Y' || string(a.Code[2:8]) != string(c.Region) {
		t.Errorf("%s: code %s, demonstration %t", a.Name, a.Code, a.Demonstration)
	}
	if a.Region != c.Region {
		t.Errorf("%s is of region %s", a.Name, a.Region)
	}
	kinds := []string{}
	for _, r := range a.Remedies {
		kinds = append(kinds, r.Kind)
		if r.Organ == "" || r.Term == "" || r.TermEN == "" || r.Basis == "" || strings.Contains(r.Organ, "{") {
			t.Errorf("%s: remedy %+v", a.Name, r)
		}
	}
	if !slices.Equal(kinds, []string{license.Reconsideration, license.Litigation}) {
		t.Errorf("%s: remedies %v", a.Name, kinds)
	}
}

func checkIndustry(t *testing.T, c *catalog.Catalogue, industry catalog.Industry) {
	t.Helper()
	if _, ok := c.Authority(industry.Lead); !ok {
		t.Errorf("%s is led by %s, which is none", industry.Name, industry.Lead)
	}
	if slices.Contains(c.Cooperating(industry), industry.Lead) {
		t.Errorf("%s: the lead cooperates with itself", industry.Name)
	}
	seen := map[string]bool{}
	for _, r := range industry.Requirements {
		if _, ok := c.Matter(r.Matter); !ok {
			t.Errorf("%s asks for %s, which is none", industry.Name, r.Matter)
		}
		if seen[r.Matter] {
			t.Errorf("%s asks for %s twice", industry.Name, r.Matter)
		}
		seen[r.Matter] = true
		switch r.Need {
		case catalog.Always:
		case catalog.OnCondition, catalog.Offered, catalog.Existing:
			if r.Condition == "" || r.ConditionEN == "" {
				t.Errorf("%s asks for %s on no condition", industry.Name, r.Matter)
			}
		default:
			t.Errorf("%s: need %q", industry.Name, r.Need)
		}
	}
	for _, x := range industry.Excluded {
		if _, ok := c.Matter(x.Matter); !ok || seen[x.Matter] || x.Why == "" || x.WhyEN == "" {
			t.Errorf("%s excludes %+v", industry.Name, x)
		}
	}
}

func TestOn(t *testing.T) {
	set, err := catalog.Load("310105")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ day, want string }{
		{"2021-06-30", ""},
		{"2021-07-01", "310105-20210701"},
		{"2023-06-12", "310105-20210701"},
		{"2023-06-13", "310105-20230613"},
		{"2023-12-31", "310105-20230613"},
		{"2024-01-01", "310105-20240101"},
		{"2026-11-24", "310105-20240101"},
	} {
		got, err := set.On(day(t, c.day))
		switch {
		case c.want == "":
			if !errors.Is(err, catalog.ErrNoCatalogue) {
				t.Errorf("%s: got %v", c.day, err)
			}
		case err != nil || got.Version != c.want:
			t.Errorf("%s: got %v, %v", c.day, got, err)
		default:
			if again, ok := set.Version(c.want); !ok || again != got {
				t.Errorf("%s is not found by name", c.want)
			}
		}
	}
	if _, ok := set.Version("310105-20990101"); ok {
		t.Error("a version that is not")
	}
}

// The liquor permit ended by data alone: the older version offers it, the
// newer ones know it only as one that still runs.
func TestLiquorIsDatedInTheData(t *testing.T) {
	for on, want := range map[string]catalog.Need{"2023-06-12": catalog.Offered, "2023-06-13": catalog.Existing} {
		industry, ok := changning(t, on).Industry("便利店")
		if !ok {
			t.Fatal("no 便利店")
		}
		i := slices.IndexFunc(industry.Requirements, func(r catalog.Requirement) bool { return r.Matter == "酒类商品零售许可" })
		if i < 0 || industry.Requirements[i].Need != want {
			t.Errorf("%s: want %s in %+v", on, want, industry.Requirements)
		}
	}
}

func TestStatementsHaveTheirTerm(t *testing.T) {
	c := changning(t, "2026-11-24")
	for _, x := range []struct {
		id, day string
		sources int
	}{
		{"evidential_force", "2021-06-19", 0},
		{"evidential_force", "2021-06-20", 1},
		{"evidential_force", "2022-12-31", 1},
		{"evidential_force", "2026-11-24", 1},
		{"recognition_delta", "2022-12-31", 1},
		{"recognition_delta", "2023-01-01", 0},
		{"no such statement", "2022-12-31", 0},
	} {
		s, ok := c.Statement(x.id, day(t, x.day))
		if ok != (x.sources > 0) || len(s.Sources) != x.sources {
			t.Errorf("%s on %s: %t, %+v", x.id, x.day, ok, s.Sources)
		}
	}
	for _, s := range c.Statements {
		if s.Text == "" || s.TextEN == "" || len(s.Sources) == 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestIssuerOfChangning(t *testing.T) {
	c := changning(t, "2026-11-24")
	if c.Issuer.Name != "上海市长宁区政务服务办公室" || c.Seal != "上海市长宁区行业综合许可专用章" {
		t.Errorf("got %s, %s", c.Issuer.Name, c.Seal)
	}
	industry, _ := c.Industry("便利店")
	want := []string{"上海市烟草专卖局长宁分局", "上海市长宁区文化和旅游局", "上海市长宁区消防救援支队", "上海市长宁区卫生健康委员会"}
	if got := c.Cooperating(industry); !slices.Equal(got, want) {
		t.Errorf("cooperating %v, want %v", got, want)
	}
}

func BenchmarkCheck(b *testing.B) {
	set, err := catalog.Load("310105")
	if err != nil {
		b.Fatal(err)
	}
	c := set.Versions[len(set.Versions)-1]
	a := benchmarkApplication(b)
	for b.Loop() {
		if faults, _ := c.Check(a, 9825); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := catalog.Load("310105"); err != nil {
			b.Fatal(err)
		}
	}
}
