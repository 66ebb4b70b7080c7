package catalog_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

// Codes of the right form whose organisation part ends as one may.
const (
	officeCode     = "11310105MB2F30467N"
	departmentCode = "113101050024400046"
)

// filled is a blank file of offices as an office would fill it in.
func filled(t *testing.T, region license.Region, change func(map[string]any)) []byte {
	t.Helper()
	blank, err := catalog.BlankOffices(region)
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(blank, &f); err != nil {
		t.Fatal(err)
	}
	f["typeCode"] = code(t, officeCode) + "001"
	f["issuer"].(map[string]any)["code"] = code(t, officeCode)
	if change != nil {
		change(f)
	}
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// code gives s with the check character that it must have.
func code(t *testing.T, s string) string {
	t.Helper()
	c, err := license.NewCreditCode(s[:17])
	if err != nil {
		t.Fatal(err)
	}
	return string(c)
}

func first(f map[string]any) map[string]any {
	return f["authorities"].([]any)[0].(map[string]any)
}

func load(t *testing.T, region license.Region) *catalog.Set {
	t.Helper()
	set, err := catalog.Load(region)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestOwnOffices adopts the catalogue with every district's file filled in.
func TestOwnOffices(t *testing.T) {
	for _, region := range catalog.Regions() {
		t.Run(string(region), func(t *testing.T) {
			set := load(t, region)
			if err := set.Adopted(); err == nil {
				t.Fatal("adopted with the built-in offices, whose codes are made up")
			}
			offices, err := catalog.ParseOffices(filled(t, region, nil), region)
			if err != nil {
				t.Fatal(err)
			}
			own, err := set.With(offices)
			if err != nil {
				t.Fatal(err)
			}
			madeUp := region[:2] != "31" // only Shanghai's catalogue follows published documents
			if err := own.Adopted(); errors.Is(err, catalog.ErrMadeUp) != madeUp || err != nil && !madeUp {
				t.Errorf("adopted: %v", err)
			}
			newest := own.Versions[len(own.Versions)-1]
			if string(newest.Issuer.Code) != code(t, officeCode) || newest.Demonstration != madeUp {
				t.Errorf("%s, demonstration %v", newest.Issuer.Code, newest.Demonstration)
			}
			if set.Versions[0].Issuer.Code == newest.Issuer.Code {
				t.Error("the built-in set was changed")
			}
		})
	}
}

func TestRenamedDepartment(t *testing.T) {
	set := load(t, "310115")
	old := set.Versions[0].Authorities[0].Name
	offices, err := catalog.ParseOffices(filled(t, "310115", func(f map[string]any) {
		first(f)["replaces"], first(f)["name"], first(f)["code"] = old, "上海市浦东新区知识产权局", code(t, departmentCode)
	}), "310115")
	if err != nil {
		t.Fatal(err)
	}
	own, err := set.With(offices)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range set.Versions[0].Matters {
		got := own.Versions[0].Matters[i].Authority
		if m.Authority == old && got != "上海市浦东新区知识产权局" || m.Authority != old && got != m.Authority {
			t.Errorf("%s is granted by %s", m.Name, got)
		}
	}
}

// TestOfficesRefused is what an office might leave in its file by mistake; the
// answer names each.
func TestOfficesRefused(t *testing.T) {
	issuer := func(f map[string]any) map[string]any { return f["issuer"].(map[string]any) }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		want   []string
	}{
		{"no codes", func(f map[string]any) { f["typeCode"], issuer(f)["code"] = "", "" }, []string{"issuer: code is empty", "typeCode"}},
		{"made-up code", func(f map[string]any) { issuer(f)["code"] = "1131010500DEM001YN" }, []string{"is made up"}},
		{"made-up type code", func(f map[string]any) { f["typeCode"] = "1131000000DEM001Y9001" }, []string{"typeCode", "made up"}},
		{"wrong check character", func(f map[string]any) { issuer(f)["code"] = "11310105MB2F304670" }, []string{"check character"}},
		{"17 characters", func(f map[string]any) { issuer(f)["code"] = officeCode[:17] }, []string{"18 characters"}},
		{"department without name", func(f map[string]any) { first(f)["name"] = "" }, []string{"no name"}},
		{"department twice", func(f map[string]any) { f["authorities"] = append(f["authorities"].([]any), first(f)) }, []string{"twice"}},
		{"unknown remedies", func(f map[string]any) { first(f)["remedies"] = "none" }, []string{`no remedies "none"`}},
		{"no seal", func(f map[string]any) { f["seal"] = "" }, []string{"seal is empty"}},
		{"seal that reads backwards", func(f map[string]any) { f["seal"] = "章\u202e" }, []string{"seal"}},
		{"slip of the pen", func(f map[string]any) { f["isuer"] = 1 }, []string{"isuer"}},
		{"departments gone", func(f map[string]any) { f["authorities"] = []any{} }, []string{"none is given"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := catalog.ParseOffices(filled(t, "310105", c.change), "310105")
			if !errors.Is(err, catalog.ErrOffices) {
				t.Fatalf("got %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
	for _, raw := range []string{"", "{", "null", "[]", "{} {}", strings.Repeat(" ", 2<<20)} {
		if _, err := catalog.ParseOffices([]byte(raw), "310105"); !errors.Is(err, catalog.ErrOffices) {
			t.Errorf("%.10q: %v", raw, err)
		}
	}
}

func TestDepartmentMissing(t *testing.T) {
	offices, err := catalog.ParseOffices(filled(t, "310105", func(f map[string]any) {
		f["authorities"] = f["authorities"].([]any)[1:]
	}), "310105")
	if err != nil {
		t.Fatal(err)
	}
	_, err = load(t, "310105").With(offices)
	if !errors.Is(err, catalog.ErrOffices) || !strings.Contains(err.Error(), "市场监督管理局") {
		t.Errorf("got %v", err)
	}
}
