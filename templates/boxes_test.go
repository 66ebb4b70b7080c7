package templates_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates"
	"yizheng/templates/font"
)

// box is a word as another reader finds it on a page: the em boxes of its
// characters, in millimetres from the top left corner, and its size in points.
type box struct {
	left, top, right, bottom, size float64
	text                           string
}

// sheet is a page with its words.
type sheet struct {
	width, height float64
	words         []box
}

// boxes asks poppler where every word of a document stands.
func boxes(t testing.TB, file []byte, face *font.Face) (pages []sheet) {
	t.Helper()
	var found struct {
		Pages []struct {
			Width  float64 `xml:"width,attr"`
			Height float64 `xml:"height,attr"`
			Words  []struct {
				Left   float64 `xml:"xMin,attr"`
				Top    float64 `xml:"yMin,attr"`
				Right  float64 `xml:"xMax,attr"`
				Bottom float64 `xml:"yMax,attr"`
				Text   string  `xml:",chardata"`
			} `xml:"word"`
		} `xml:"body>doc>page"`
	}
	dec := xml.NewDecoder(strings.NewReader(tool(t, "pdftotext", "-bbox", keep(t, "a.pdf", file), "-")))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	if err := dec.Decode(&found); err != nil {
		t.Fatal(err)
	}
	const mm = 25.4 / 72
	up, down := float64(face.Ascent)/float64(face.UnitsPerEm), -float64(face.Descent)/float64(face.UnitsPerEm)
	for _, p := range found.Pages {
		page := sheet{width: p.Width * mm, height: p.Height * mm}
		for _, w := range p.Words {
			size := (w.Bottom - w.Top) / (up + down)
			page.words = append(page.words, box{
				w.Left * mm, (w.Top + (up-0.88)*size) * mm, w.Right * mm, (w.Bottom - (down-0.12)*size) * mm, size, w.Text})
		}
		pages = append(pages, page)
	}
	return pages
}

// overlaps says whether two boxes share more than a hair's breadth.
func (b box) overlaps(o box) bool {
	const hair = 0.06
	return min(b.right, o.right)-max(b.left, o.left) > hair && min(b.bottom, o.bottom)-max(b.top, o.top) > hair
}

// within says whether the box lies so far from every edge of the page.
func (b box) within(p sheet, inset float64) bool {
	return b.left >= inset && b.top >= inset && b.right <= p.width-inset && b.bottom <= p.height-inset
}

// TestNothingOverlaps makes licenses of every size, from the shortest texts to
// the longest that are let in, and reads the pages back with another reader:
// no two words overlap but where the seal lies over the authority and the
// date, none leaves the frame or runs into the code, none is smaller than the
// least size, and every text of the license is there in full.
func TestNothingOverlaps(t *testing.T) {
	p := printer(t)
	set, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(16) {
		d := generated(t, seed)
		t.Run(fmt.Sprintf("%d, %d permits, version %d, form %d, bilingual %t", seed, len(d.License.Permits), d.Symbol.Version, d.Form, d.Bilingual), func(t *testing.T) {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			places := templates.PlacesOf(p, d)
			if least := 0.5; places.Module < least {
				t.Errorf("a module is %.3f mm", places.Module)
			}
			for n, page := range boxes(t, body.Unsigned(), set.Regular) {
				inset := places.Inset
				if n == 0 {
					inset = places.FirstInset
				}
				var words []box
				for _, w := range page.words {
					if w.text != d.SealName { // drawn on an arc; its letters are looked at in TestSeals
						words = append(words, w)
					}
				}
				code := box{places.Code[0], places.Code[1], places.Code[2], places.Code[3], 0, "the code"}
				for i, w := range words {
					if !w.within(page, inset) {
						t.Errorf("page %d: %+v leaves the frame", n+1, w)
					}
					if w.size < places.LeastSize-0.02 {
						t.Errorf("page %d: %q is set in %.2f points", n+1, w.text, w.size)
					}
					if n == 0 && w.overlaps(code) {
						t.Errorf("%+v runs into the code", w)
					}
					for _, o := range words[:i] {
						if w.overlaps(o) {
							t.Errorf("page %d: %+v overlaps %+v", n+1, w, o)
						}
					}
				}
			}
			said(t, body.Unsigned(), d)
		})
	}
}

// said checks that every text of a document can be copied from it, from one
// page or, where a row is parted, from one page and those after it.
func said(t *testing.T, file []byte, d templates.Document) {
	t.Helper()
	var pages []string
	for _, page := range strings.Split(tool(t, "pdftotext", "-raw", keep(t, "a.pdf", file), "-"), "\f") {
		pages = append(pages, strings.Join(strings.Fields(page), ""))
	}
	l := d.License
	want := []string{l.Number, l.Issuer, l.Industry, l.Holder.Name, string(l.Holder.CreditCode), l.Holder.Representative, l.Holder.Premises,
		l.Identifier.String(), d.SealName, d.VerifyURL}
	for _, p := range l.Permits {
		want = append(want, p.Matter, p.Number, p.Authority, p.Scope, p.Conditions, p.Premises, p.ValidFrom.String())
		if !p.ValidUntil.IsZero() {
			want = append(want, p.ValidUntil.String())
		}
	}
	for _, s := range d.Statements {
		want = append(want, s.Text, s.Source)
	}
	for _, w := range want {
		if !found(pages, strings.Join(strings.Fields(w), "")) {
			t.Errorf("%q is not in the document", w)
		}
	}
}

// found looks for a text on one page, or its beginning on one and the rest on
// those after it.
func found(pages []string, text string) bool {
	for i := range pages {
		if goesOn(pages[i:], text) {
			return true
		}
	}
	return false
}

// goesOn looks for a text from the first of the pages on.
func goesOn(pages []string, text string) bool {
	if len(pages) == 0 {
		return false
	}
	cut := 0
	for at := range text {
		if !strings.Contains(pages[0], text[:at]) {
			break
		}
		cut = at
	}
	return strings.Contains(pages[0], text) || cut > 0 && goesOn(pages[1:], text[cut:])
}

// generated is a document whose texts are as long as chance has it, often as
// short or as long as they may be. The same seed gives the same document.
func generated(t testing.TB, seed uint64) templates.Document {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 20260602))
	d := fixture(t, "restaurant-3-permits")
	d.Form, d.Bilingual = templates.Form(seed&1), seed&2 != 0
	d.SealName = text(r, between(r, 8, 30)) + "局行业综合许可专用章"
	l := &d.License
	l.Number = "沪" + text(r, between(r, 6, 30)) + "号"
	l.Issuer = text(r, between(r, 8, license.MaxName))
	l.Industry = text(r, between(r, 2, license.MaxName))
	l.Holder.Name = text(r, between(r, 4, license.MaxName))
	l.Holder.Representative = text(r, between(r, 2, license.MaxRepresentative))
	l.Holder.Premises = text(r, between(r, 6, license.MaxPremises))
	l.Identifier.Serial = strings.Repeat("20260602000187AZ", 2)[:between(r, 8, 32)]
	permit := l.Permits[0]
	l.Permits, d.Authorities = nil, nil
	remedy := fixture(t, "restaurant-3-permits").Authorities[0].Remedies
	for range between(r, 1, 24) {
		p := permit
		p.Matter, p.Number, p.Authority = text(r, between(r, 4, license.MaxName)), text(r, between(r, 8, license.MaxPermitNumber)), text(r, between(r, 6, license.MaxName))
		p.Scope, p.Commitment = text(r, between(r, 2, license.MaxScope)), r.IntN(2) == 0
		if r.IntN(3) == 0 {
			p.Conditions, p.Premises = text(r, between(r, 4, 300)), text(r, between(r, 6, license.MaxPremises))
		}
		if r.IntN(4) == 0 {
			p.ValidUntil = 0
		}
		l.Permits = append(l.Permits, p)
		d.Authorities = append(d.Authorities, license.Authority{Name: p.Authority, Address: text(r, between(r, 6, 60)), Telephone: "021-00000000", Remedies: remedy})
	}
	digits := between(r, 300, 4000)
	symbol, err := qr.Encode("https://zheng.example/v/", strings.Repeat("8612345678", 400)[:digits])
	if err != nil {
		t.Fatal(err)
	}
	d.Symbol = symbol
	return d
}

// between is a length: the least, the most, or any between.
func between(r *rand.Rand, least, most int) int {
	switch r.IntN(4) {
	case 0:
		return least
	case 1:
		return most
	}
	return least + r.IntN(most-least+1)
}

// text is so many characters of what stands in licenses: mostly Chinese, with
// numbers, words and brackets.
func text(r *rand.Rand, length int) string {
	const plain = "上海市长宁区仙霞路食品经营许可销售服务管理有限公司饮料热冷类制售散装预包含婴幼儿配方乳粉第号室层栋楼酒店健身游泳馆书图报刊医疗器械二三企业个体工商户药城镇污水排入网"
	pieces := []string{"、", "，", "；", "(", ")", "（", "）", "〔2026〕", "321", "A-12", "B03", "6864", "Ltd", "WIFI/2.4", "1.20m×", "“", "”", "《", "》", ".", "-", "0505030108000187"}
	chars := []rune(plain)
	var out []rune
	for len(out) < length {
		if r.IntN(6) == 0 {
			out = append(out, []rune(pieces[r.IntN(len(pieces))])...)
		} else {
			out = append(out, chars[r.IntN(len(chars))])
		}
	}
	out[0] = '沪'
	return string(out[:length])
}

// TestQuietZones looks at the paper around codes of every size, on either
// form: it stays white for four modules.
func TestQuietZones(t *testing.T) {
	p := printer(t)
	const dpi = 254 // ten pixels a millimetre
	for _, form := range []templates.Form{templates.Original, templates.Duplicate} {
		for _, digits := range []int{200, 1000, 1600, 2300, 3000, 3990} {
			d := fixture(t, "convenience-store-8-permits")
			d.Form = form
			symbol, err := qr.Encode("https://zheng.example/v/", strings.Repeat("8612345678", 400)[:digits])
			if err != nil {
				t.Fatal(err)
			}
			d.Symbol = symbol
			t.Run(fmt.Sprintf("form %d, version %d", form, symbol.Version), func(t *testing.T) {
				body, err := p.Document(d)
				if err != nil {
					t.Fatal(err)
				}
				at := templates.PlacesOf(p, d)
				if least := 0.5; at.Module < least {
					t.Errorf("a module is %.3f mm", at.Module)
				}
				px := func(mm float64) int { return int(mm*dpi/25.4 + 0.5) }
				quiet := px(4*at.Module) - 2 // but for a pixel either way
				x, y, side := px(at.Code[0])+1, px(at.Code[1])+1, px(at.Code[2]-at.Code[0])-2
				out := tool(t, "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-f", "1", "-l", "1", "-singlefile",
					"-x", fmt.Sprint(x), "-y", fmt.Sprint(y), "-W", fmt.Sprint(side), "-H", fmt.Sprint(side), keep(t, "a.pdf", body.Unsigned()))
				pixels := []byte(out[len(out)-side*side:])
				for row := range side {
					for column := range side {
						inner := row >= quiet && row < side-quiet && column >= quiet && column < side-quiet
						if !inner && pixels[row*side+column] < 250 {
							t.Fatalf("the quiet zone is not white %d, %d pixels from its corner", column, row)
						}
					}
				}
				if !bytes.ContainsFunc(pixels, func(r rune) bool { return r == 0 }) {
					t.Error("there is no code")
				}
			})
		}
	}
}
