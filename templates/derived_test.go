package templates_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/templates"
)

// annotation is that of a derived copy.
func annotation(t testing.TB) *templates.Copy {
	t.Helper()
	until, err := license.ParseDate("2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	return &templates.Copy{
		Recipient: "中国某某银行股份有限公司上海市长宁支行", Purpose: "开立单位银行结算账户", Until: until,
		Maker: "上海番禺书香文化传播有限公司", Made: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
	}
}

// TestCopy: a derived copy says on every page for whom it is, is no original,
// and differs from the document in nothing else that could be taken for it.
func TestCopy(t *testing.T) {
	p, d := printer(t), fixture(t, "convenience-store-8-permits")
	d.Copy = annotation(t)
	body, err := p.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	file := keep(t, "copy.pdf", body.Unsigned())
	pages := strings.Split(strings.TrimSuffix(tool(t, "pdftotext", "-raw", file, "-"), "\f"), "\f")
	if len(pages) < 2 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		plain := strings.Join(strings.Fields(page), "")
		for _, want := range []string{"加注件", d.Copy.Recipient, d.Copy.Purpose, "2026-12-31", d.Copy.Maker, "2026-11-24"} {
			if !strings.Contains(plain, want) {
				t.Errorf("page %d does not say %s", i+1, want)
			}
		}
		if strings.Contains(plain, "正本") {
			t.Errorf("page %d calls the copy an original", i+1)
		}
	}
	if err := p.Compare(body.Unsigned(), d); err != nil {
		t.Errorf("the same copy: %v", err)
	}
	for name, change := range map[string]func(*templates.Document){
		"another recipient": func(d *templates.Document) { c := *d.Copy; c.Recipient = "另一家银行"; d.Copy = &c },
		"a longer term":     func(d *templates.Document) { c := *d.Copy; c.Until++; d.Copy = &c },
		"the license":       func(d *templates.Document) { d.Copy = nil },
	} {
		says := d
		change(&says)
		if err := p.Compare(body.Unsigned(), says); !errors.Is(err, templates.ErrPage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain, err := p.Document(fixture(t, "convenience-store-8-permits"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Compare(plain.Unsigned(), d); !errors.Is(err, templates.ErrPage) {
		t.Errorf("the license passed off as a copy: %v", err)
	}
}

// TestCopyOfLongTexts sets annotations as long as they may be.
func TestCopyOfLongTexts(t *testing.T) {
	p, d := printer(t), fixture(t, "convenience-store-8-permits")
	c := annotation(t)
	c.Recipient, c.Purpose, c.Maker = strings.Repeat("长", license.MaxAnnotation), strings.Repeat("W", license.MaxAnnotation), strings.Repeat("制", license.MaxAnnotation)
	d.Copy = c
	picture, err := p.FacePNG(d, templates.MinFace)
	if err != nil || len(picture) == 0 {
		t.Fatal(err)
	}
	body, err := p.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, filepath.Join("long.pdf"), body.Unsigned())
	c.Recipient = "\U000E0001"
	if _, err := p.Document(d); !errors.Is(err, templates.ErrCharacter) {
		t.Errorf("a character that no font has: %v", err)
	}
	c.Recipient, d.Form = "某银行", templates.Duplicate
	if _, err := p.Document(d); !errors.Is(err, templates.ErrDocument) {
		t.Errorf("a copy of a duplicate: %v", err)
	}
}
