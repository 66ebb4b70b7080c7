package templates_test

import (
	"strings"
	"testing"

	"yizheng/templates"
	"yizheng/templates/pdf"
)

// TestPunctuation says which half-width marks are drawn at full width.
func TestPunctuation(t *testing.T) {
	for _, c := range []struct{ text, drawn string }{
		{"热食类食品制售(含凉菜);自制饮品制售(不含自酿酒)", "热食类食品制售（含凉菜）；自制饮品制售（不含自酿酒）"},
		{"敷料(口罩);6866医用高分子材料", "敷料（口罩）；6866医用高分子材料"},
		{"店招1块,6.00m×1.20m,附属式", "店招1块，6.00m×1.20m，附属式"},
		{"II类:6826物理治疗", "II类：6826物理治疗"},
		{"办法三(三)", "办法三（三）"},
		{"药品(乙类(非处方))", "药品（乙类（非处方））"},
		{"营业至22:00,每日1,000人", "营业至22:00，每日1,000人"},
		{"1,000", "1,000"}, {"A(B)", "A(B)"}, {"JY1310105(2)", "JY1310105(2)"}, {"WIFI:A,B;C", "WIFI:A,B;C"},
		{"许可条件 Conditions: none (see above), or else", "许可条件 Conditions: none (see above), or else"},
		{"https://zheng.example/v/", "https://zheng.example/v/"},
		{"不成对)的(", "不成对)的("},
		{"", ""}, {",", ","}, {"(", "("}, {"()", "()"}, {"许()", "许（）"},
	} {
		marked := templates.Punctuated(c.text)
		if drawn := strings.Map(pdf.Shown, marked); drawn != c.drawn {
			t.Errorf("%q is drawn as %q, not as %q", c.text, drawn, c.drawn)
		}
		if copied := strings.Map(pdf.Copied, marked); copied != c.text {
			t.Errorf("%q is copied as %q", c.text, copied)
		}
	}
}

// TestWhatIsSetApartIsCopiedInOnePiece prints a number of 17 digits in groups
// and marks at full width, and finds both as they were given, with labels that
// are set wide as one word: in what another reader copies, which follows where
// the characters stand.
func TestWhatIsSetApartIsCopiedInOnePiece(t *testing.T) {
	p := printer(t)
	d := fixture(t, "restaurant-3-permits")
	d.License.Number = "31010520260000003"
	body, err := p.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	in := keep(t, "a.pdf", body.Unsigned())
	for _, how := range []string{"-layout", "-raw"} {
		words := map[string]int{}
		for _, w := range strings.Fields(tool(t, "pdftotext", how, in, "-")) {
			words[w]++
		}
		for word, least := range map[string]int{d.License.Number: 2, "行业综合许可证": 1, "正本": 1, "统一社会信用代码": 1, "法定代表人（负责人）": 1} {
			if words[word] < least {
				t.Errorf("%s: %q is found %d times", how, word, words[word])
			}
		}
	}
	if missing := p.Missing("a" + string(pdf.Wide('(')) + string(pdf.Apart('1'))); len(missing) != 2 {
		t.Errorf("missing are %q", missing)
	}
}
