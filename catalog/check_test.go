package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"yizheng/catalog"
	"yizheng/license"
)

// restaurant is a whole application with neither fault nor warning but the
// conditional ones; each case changes one thing.
func restaurant(t *testing.T) catalog.Application {
	t.Helper()
	b, err := os.ReadFile("../examples/restaurant-3-permits.json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := catalog.ParseApplication(b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	market  = "上海市长宁区市场监督管理局"
	tobacco = "上海市烟草专卖局长宁分局"
)

func permit(t *testing.T, matter, number, authority, from, until string) license.Permit {
	t.Helper()
	p := license.Permit{Matter: matter, Number: number, Authority: authority, Scope: "零售", ValidFrom: day(t, from)}
	if until != "" {
		p.ValidUntil = day(t, until)
	}
	return p
}

func TestCheck(t *testing.T) {
	const none = ""
	for _, c := range []struct {
		name    string
		change  func(t *testing.T, a *catalog.Application)
		fault   string // "field reason", the only one; none for no fault
		warning string // one of them
	}{
		{"as it is", func(*testing.T, *catalog.Application) {}, none, none},
		{"industry unknown", func(_ *testing.T, a *catalog.Application) { a.Industry = "饭店店" }, "industry unknown_industry", none},
		{"industry missing", func(_ *testing.T, a *catalog.Application) { a.Industry = "" }, "industry missing", none},
		{"name missing", func(_ *testing.T, a *catalog.Application) { a.Holder.Name = "" }, "holder.name missing", none},
		{"name with a bidirectional override", func(_ *testing.T, a *catalog.Application) { a.Holder.Name = "上海\u202E愚园" }, "holder.name text_bidi", none},
		{"credit code of another check character", func(_ *testing.T, a *catalog.Application) { a.Holder.CreditCode = "91310105MA7BKL2P8L" }, "holder.creditCode credit_code", none},
		{"credit code missing", func(_ *testing.T, a *catalog.Application) { a.Holder.CreditCode = "" }, "holder.creditCode missing", none},
		{"credit code of another region stands", func(_ *testing.T, a *catalog.Application) { a.Holder.CreditCode = "91330100799655058B" }, none, none},
		{"premises in another district", func(_ *testing.T, a *catalog.Application) {
			a.Holder.Premises = "上海市静安区愚园路1088弄48号"
		}, "holder.premises premises_of_other_region", none},
		{"premises in another district, city left out", func(_ *testing.T, a *catalog.Application) { a.Holder.Premises = "徐汇区华山路1号" }, "holder.premises premises_of_other_region", none},
		{"premises in another province", func(_ *testing.T, a *catalog.Application) { a.Holder.Premises = "嘉兴市南湖区中山路1号" }, "holder.premises premises_of_other_region", none},
		{"premises that name no district", func(_ *testing.T, a *catalog.Application) { a.Holder.Premises = "愚园路1088弄48号" }, none, none},
		{"one permit", func(_ *testing.T, a *catalog.Application) { a.Permits = a.Permits[:1] }, "permits too_few_permits", "permits permit_on_condition"},
		{"permit twice", func(_ *testing.T, a *catalog.Application) { a.Permits = append(a.Permits, a.Permits[0]) }, "permits[3].number duplicate_permit", none},
		{"matter twice", func(_ *testing.T, a *catalog.Application) {
			p := a.Permits[1]
			p.Number = "沪长消安检字〔2025〕第0204号"
			a.Permits = append(a.Permits, p)
		}, none, "permits[3].matter matter_repeated"},
		{"matter unknown", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Matter = "食品经营许可证" }, "permits[0].matter unknown_matter", "permits permit_missing"},
		{"authority of another matter", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Authority = tobacco }, "permits[0].authority authority_not_of_matter", none},
		{"authority misspelt", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Authority = "上海市长宁区市场监督局"
		}, "permits[0].authority unknown_authority", none},
		{"authority of another district", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Authority = "上海市静安区市场监督管理局"
		}, "permits[0].authority authority_of_other_region", none},
		{"branch of another district", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Authority = "上海市公安局浦东分局" }, "permits[0].authority authority_of_other_region", none},
		{"authority of another province", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Authority = "嘉兴市南湖区市场监督管理局"
		}, "permits[0].authority authority_of_other_region", none},
		{"food number of another check digit", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Number = "JY23101050077812" }, "permits[0].number permit_number", none},
		{"food number of a kind that is not", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Number = "JY83101050000548" }, "permits[0].number permit_number", none},
		{"food number of another district", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Number = "JY23101140041987" }, none, "permits[0].number number_unusual"},
		{"fire number of another form", func(_ *testing.T, a *catalog.Application) { a.Permits[1].Number = "长消2025-1" }, none, "permits[1].number number_unusual"},
		{"expired the day before", func(t *testing.T, a *catalog.Application) { a.Permits[0].ValidUntil = day(t, "2026-11-23") }, "permits[0].validUntil permit_expired", none},
		{"last day", func(t *testing.T, a *catalog.Application) { a.Permits[0].ValidUntil = day(t, "2026-11-24") }, none, "permits[0].validUntil term_shorter"},
		{"begins tomorrow", func(t *testing.T, a *catalog.Application) {
			a.Permits[0].ValidFrom, a.Permits[0].ValidUntil = day(t, "2026-11-25"), day(t, "2031-11-24")
		}, none, "permits[0].validFrom permit_not_yet_valid"},
		{"ends before it begins", func(t *testing.T, a *catalog.Application) {
			a.Permits[0].ValidFrom, a.Permits[0].ValidUntil = day(t, "2027-01-02"), day(t, "2027-01-01")
		}, "permits[0].validUntil term_reversed", "permits[0].validFrom permit_not_yet_valid"},
		{"no first day", func(_ *testing.T, a *catalog.Application) { a.Permits[0].ValidFrom = 0 }, "permits[0].validFrom missing", none},
		{"a day longer than usual", func(_ *testing.T, a *catalog.Application) { a.Permits[0].ValidUntil++ }, none, "permits[0].validUntil term_longer"},
		{"no end where one is usual", func(_ *testing.T, a *catalog.Application) { a.Permits[0].ValidUntil = 0 }, none, "permits[0].validUntil term_missing"},
		{"an end where none is usual", func(t *testing.T, a *catalog.Application) { a.Permits[1].ValidUntil = day(t, "2028-01-01") }, none, "permits[1].validUntil term_not_usual"},
		{"publications that end within a year", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "出版物零售许可", "新出发沪零字第D1048号", "上海市长宁区文化和旅游局", "2025-01-06", "2030-12-30"))
		}, none, "permits[3].validUntil term_not_year_end"},
		{"liquor of the last day", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "酒类商品零售许可", "沪长酒专字第0505030108000187号", market, "2023-06-12", "2028-06-11"))
		}, none, none},
		{"liquor of the day after", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "酒类商品零售许可", "沪长酒专字第0505030108000187号", market, "2023-06-13", "2028-06-12"))
		}, "permits[3].validFrom matter_ended", none},
		{"tobacco of 12 digits", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "烟草专卖零售许可", "310105102336", tobacco, "2025-06-01", "2030-05-31"))
		}, none, "permits combined_industries"},
		{"tobacco of 11 digits", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "烟草专卖零售许可", "31010510233", tobacco, "2025-06-01", "2030-05-31"))
		}, "permits[3].number permit_number", none},
		{"tobacco in a pharmacy", func(t *testing.T, a *catalog.Application) {
			a.Industry = "药店"
			a.Permits = append(a.Permits, permit(t, "烟草专卖零售许可", "310105102336", tobacco, "2025-06-01", "2030-05-31"))
		}, none, "permits[3].matter matter_excluded"},
		{"public health permit in a restaurant", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "公共场所卫生许可", "长卫公字(2025)第01051188号", "上海市长宁区卫生健康委员会", "2025-08-20", "2029-08-19"))
		}, none, "permits[3].matter matter_excluded"},
		{"drug number of the old form, new date", func(t *testing.T, a *catalog.Application) {
			a.Permits = append(a.Permits, permit(t, "药品经营许可(零售)", "沪DA0090049", market, "2024-01-01", "2028-12-31"))
		}, none, "permits[3].number number_unusual"},
		{"permit for one floor of the house", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "长宁区愚园路1088弄48号2层"
		}, none, none},
		{"permit for the house, in full-width digits", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "上海市长宁区愚园路１０８８弄４８号"
		}, none, none},
		{"permit for the house, with its subdistrict", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "上海市长宁区江苏路街道愚园路1088弄48号"
		}, none, none},
		{"permit for the house, of another district", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "上海市静安区愚园路1088弄48号"
		}, "permits[0].premises premises_differ", none},
		{"permit for two houses", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Premises = "愚园路1088弄48、50号" }, none, "permits[0].premises premises_to_compare"},
		{"permit for the house next door", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "上海市长宁区愚园路1088弄50号"
		}, "permits[0].premises premises_differ", none},
		{"permit for a house on another street", func(_ *testing.T, a *catalog.Application) {
			a.Permits[0].Premises = "上海市长宁区长宁路1088弄48号"
		}, "permits[0].premises premises_differ", none},
		{"conditions with a line break", func(_ *testing.T, a *catalog.Application) { a.Permits[0].Conditions = "一\n二" }, "permits[0].conditions text_control", none},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := restaurant(t)
			c.change(t, &a)
			faults, warnings := changning(t, "2026-11-24").Check(a, day(t, "2026-11-24"))
			var got []string
			for _, f := range faults {
				got = append(got, f.Field+" "+f.Reason)
				bilingual(t, f.Message, f.MessageZH)
			}
			if want := wanted(c.fault); !slices.Equal(got, want) {
				t.Errorf("faults %v, want %v", got, want)
			}
			var warned []string
			for _, w := range warnings {
				warned = append(warned, w.Field+" "+w.Reason)
				bilingual(t, w.Message, w.MessageZH)
			}
			if c.warning != "" && !slices.Contains(warned, c.warning) {
				t.Errorf("warnings %v, want %s", warned, c.warning)
			}
			if c.warning == "" && c.fault == "" && len(warned) > 0 {
				for _, w := range warned {
					if w != "permits permit_on_condition" && w != "permits combined_industries" {
						t.Errorf("warning %s, want none", w)
					}
				}
			}
		})
	}
}

func wanted(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

// bilingual holds a message to being one sentence in each language.
func bilingual(t *testing.T, en, zh string) {
	t.Helper()
	if en == "" || !unicode.IsUpper([]rune(en)[0]) && en[0] != '"' && !unicode.Is(unicode.Han, []rune(en)[0]) {
		t.Errorf("not an English sentence: %q", en)
	}
	if last := []rune(zh); len(last) == 0 || last[len(last)-1] != '。' && last[len(last)-1] != '?' {
		t.Errorf("not a Chinese sentence: %q", zh)
	}
}

func TestCheckGivesAllFaultsAtOnce(t *testing.T) {
	a := restaurant(t)
	a.Industry, a.Holder.Name, a.Holder.CreditCode = "饭馆子", "", "1"
	a.Permits[0].Number = "JY1"
	a.Permits[1].Authority = "某局"
	a.Permits[2].ValidUntil = day(t, "2026-01-01")
	faults, _ := changning(t, "2026-11-24").Check(a, day(t, "2026-11-24"))
	if len(faults) != 6 {
		t.Errorf("%d faults, want 6:\n%v", len(faults), faults)
	}
}

func TestDidYouMean(t *testing.T) {
	a := restaurant(t)
	a.Permits[0].Authority = "上海市长宁区市场监督管理所"
	faults, _ := changning(t, "2026-11-24").Check(a, day(t, "2026-11-24"))
	if want := "Catalogue 310105-20240101 has no authority \"上海市长宁区市场监督管理所\". Did you mean 上海市长宁区市场监督管理局?"; len(faults) != 1 || faults[0].Message != want {
		t.Errorf("got %v, want %s", faults, want)
	}
}

func TestCombined(t *testing.T) {
	a := restaurant(t)
	a.Permits = append(a.Permits, permit(t, "出版物零售许可", "新出发沪零字第D1048号", "上海市长宁区文化和旅游局", "2025-01-06", "2030-12-31"))
	if got := changning(t, "2026-11-24").Combined(a); !slices.Equal(got, []string{"出版物零售许可"}) {
		t.Errorf("got %v: sewage may be added anywhere and is of no other trade", got)
	}
}

// TestMistypedNumbers names the character that would fit, in both languages.
func TestMistypedNumbers(t *testing.T) {
	for _, x := range []struct {
		name   string
		change func(*catalog.Application)
		en, zh string
	}{
		{"credit code", func(a *catalog.Application) { a.Holder.CreditCode = "91310105MA7BKL2P8L" }, "would be K", "末位校验码应为K"},
		{"food permit", func(a *catalog.Application) { a.Permits[0].Number = "JY23101050077812" }, "its last character would be", "末位校验码应为"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := restaurant(t)
			x.change(&a)
			faults, _ := changning(t, "2026-11-24").Check(a, day(t, "2026-11-24"))
			if len(faults) != 1 || !strings.Contains(faults[0].Message, x.en) || !strings.Contains(faults[0].MessageZH, x.zh) {
				t.Errorf("got %+v", faults)
			}
		})
	}
}

// TestCityAndItsDistricts: a city that issues is not elsewhere in its own
// districts, and the city beside it is.
func TestCityAndItsDistricts(t *testing.T) {
	set, err := catalog.Load("320500")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../examples/delta/suzhou-bookstore.json")
	if err != nil {
		t.Fatal(err)
	}
	a, err := catalog.ParseApplication(raw)
	if err != nil {
		t.Fatal(err)
	}
	c := set.Versions[len(set.Versions)-1]
	for premises, want := range map[string]int{
		a.Holder.Premises: 0, "姑苏区平江路188号": 0, "无锡市梁溪区中山路1号": 1, "江苏省无锡市梁溪区中山路1号": 1, "上海市长宁区番禺路1号": 1,
	} {
		a.Holder.Premises = premises
		if faults, _ := c.Check(a, day(t, "2026-11-24")); len(faults) != want {
			t.Errorf("%s: %v", premises, faults)
		}
	}
}
