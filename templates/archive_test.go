package templates_test

import (
	"testing"

	"yizheng/templates"
	"yizheng/templates/pdf/archive"
)

// TestDocumentsAreForTheArchive holds every kind of document to PDF/A-2a and
// PDF/UA-1, which it claims, and has qpdf look at the file.
func TestDocumentsAreForTheArchive(t *testing.T) {
	p := printer(t)
	duplicate, bilingual := fixture(t, "restaurant-3-permits"), fixture(t, "bookstore-cafe-5-permits")
	duplicate.Form, bilingual.Bilingual = templates.Duplicate, true
	documents := map[string]templates.Document{
		"original": fixture(t, "convenience-store-8-permits"), "duplicate": duplicate, "bilingual": bilingual,
		"extreme": extreme(t), "draft": specimen(t), "demonstration": documents(t)["demonstration"],
	}
	for name, d := range documents {
		t.Run(name, func(t *testing.T) {
			var files [][]byte
			if d.Draft {
				body, err := p.Document(d)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, body.Unsigned())
			} else {
				file, _ := signed(t, p, d)
				files = append(files, file)
			}
			sign, err := p.CounterSign(d)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range append(files, sign) {
				for _, fault := range archive.Check(file) {
					t.Error(fault)
				}
				tool(t, "qpdf", "--check", keep(t, "a.pdf", file))
			}
		})
	}
}
