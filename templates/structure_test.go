package templates_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"yizheng/templates"
)

// editions are the documents of every form, language and size.
func editions(t testing.TB) map[string]templates.Document {
	out := map[string]templates.Document{}
	for size, d := range map[string]templates.Document{"usual": fixture(t, "convenience-store-8-permits"), "most": extreme(t), "draft": specimen(t)} {
		for _, form := range []templates.Form{templates.Original, templates.Duplicate} {
			for _, bilingual := range []bool{false, true} {
				if size == "most" && bilingual != (form == templates.Duplicate) {
					continue // readers are slow with many pages
				}
				d.Form, d.Bilingual = form, bilingual
				out[fmt.Sprintf("%s, form %d, bilingual %t", size, form, bilingual)] = d
			}
		}
	}
	return out
}

// TestReadAloud asks another reader for the structure: everything is tagged,
// in the order in which one reads, and a row that was parted between pages is
// one row.
func TestReadAloud(t *testing.T) {
	p := printer(t)
	for name, d := range editions(t) {
		t.Run(name, func(t *testing.T) {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			in := keep(t, "a.pdf", body.Unsigned())
			if out := tool(t, "pdfinfo", in); !regexp.MustCompile(`Tagged: +yes`).MatchString(out) {
				t.Errorf("it is not tagged:\n%s", out)
			}
			aloud := tool(t, "pdfinfo", "-struct-text", in)
			l, code := d.License, "Figure"
			if d.Draft {
				code = "二维码于签发时生成"
			}
			order := []string{"H1 (block)", `"行业综合许可证"`, "L (block)", "Lbl (block)", `"许可证编号"`, "LBody (block)", l.Permits[0].Matter, code}
			if d.Form == templates.Original {
				order = append(order, "发证机关", l.Issuer, "Table (block)", "TH", l.Permits[0].Number)
			} else {
				order = append(order[:6], code, "发证机关", l.Issuer)
			}
			order = append(order, "H2 (block)", "救济途径", "Table (block)", "H2 (block)", "说明")
			at := 0
			for _, want := range order {
				next := strings.Index(aloud[at:], want)
				if next < 0 {
					t.Fatalf("%q does not follow in\n%.3000s", want, aloud[at:])
				}
				at += next + len(want)
			}
			// The heads are read once, however often they are printed, and
			// every permit is one row.
			_, rows, _ := strings.Cut(aloud, "许可事项及编号")
			if strings.Contains(rows, "许可事项及编号") {
				t.Error("the heads of the permits are read more than once")
			}
			rows, _, _ = strings.Cut(rows, "救济途径")
			if n := len(regexp.MustCompile(`(?m)^ *TR\b`).FindAllString(rows, -1)); n != len(l.Permits) {
				t.Errorf("%d permits are %d rows", len(l.Permits), n)
			}
		})
	}
}

// TestDraftsSayNothingThatIsNotSo holds that a draft bears no number, no
// identifier, no date and no code, wherever a reader looks.
func TestDraftsSayNothingThatIsNotSo(t *testing.T) {
	p := printer(t)
	for name, d := range editions(t) {
		if !d.Draft {
			continue
		}
		t.Run(name, func(t *testing.T) {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			in := keep(t, "a.pdf", body.Unsigned())
			said := tool(t, "pdftotext", "-raw", in, "-") + tool(t, "pdfinfo", in) + tool(t, "pdfinfo", "-meta", in)
			l := d.License
			for _, not := range []string{l.Number, l.Identifier.String(), l.Identifier.Serial, "2026年6月2日", "2026-06-02", d.SealName, d.VerifyURL} {
				if strings.Contains(said, not) {
					t.Errorf("the draft says %q", not)
				}
			}
			pages := strings.Split(strings.TrimSuffix(tool(t, "pdftotext", "-raw", in, "-"), "\f"), "\f")
			for i, page := range pages {
				if !strings.Contains(strings.Join(strings.Fields(page), ""), "样本") {
					t.Errorf("page %d is not marked", i+1)
				}
			}
		})
	}
}

// TestEveryEditionIsComparable draws every edition again from what its file
// carries.
func TestEveryEditionIsComparable(t *testing.T) {
	p := printer(t)
	for name, d := range editions(t) {
		if d.Draft {
			continue
		}
		body, err := p.Document(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Compare(body.Unsigned(), d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIncompleteDocuments holds what no document is made of.
func TestIncompleteDocuments(t *testing.T) {
	p := printer(t)
	for name, change := range map[string]func(*templates.Document){
		"no permits":         func(d *templates.Document) { d.License.Permits = nil },
		"no date":            func(d *templates.Document) { d.License.IssueDate = 0 },
		"no code":            func(d *templates.Document) { d.Symbol.Size = 0 },
		"no seal":            func(d *templates.Document) { d.SealName = "" },
		"no such form":       func(d *templates.Document) { d.Form = 2 },
		"an endless address": func(d *templates.Document) { d.VerifyURL = "https://zheng.example/" + strings.Repeat("verify/", 30) },
	} {
		d := fixture(t, "restaurant-3-permits")
		change(&d)
		if _, err := p.Document(d); !errors.Is(err, templates.ErrDocument) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
