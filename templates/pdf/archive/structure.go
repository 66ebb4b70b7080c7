package archive

import (
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// roles are the standard structure types (ISO 32000-1, 14.8.4).
var roles = strings.Fields("Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody " +
	"Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Figure Formula Form")

// parents says within what some may stand alone.
var parents = map[string][]string{
	"TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}, "THead": {"Table"}, "TBody": {"Table"}, "TFoot": {"Table"},
	"LI": {"L"}, "Lbl": {"LI"}, "LBody": {"LI"},
}

// structure checks the tree of elements and the way back to it from the
// pages, where level A is claimed.
func (c *checker) structure() {
	if !c.claimsA {
		return
	}
	root, _ := c.ctx.Catalog()
	info := c.dict(root["MarkInfo"])
	marked, _ := info["Marked"].(types.Boolean)
	c.must(bool(marked), "6.7.2.2", "it does not say that it is tagged")
	tree := c.dict(root["StructTreeRoot"])
	w := walk{checker: c, of: map[int]map[int]int{}}
	w.element(tree["K"], "", 0)
	c.must(w.forms == c.fields, "UA 7.18.1", "%d of %d annotations are in the structure", w.forms, c.fields)

	numbers := c.array(c.dict(tree["ParentTree"])["Nums"])
	last, back := -1, map[int]types.Array{}
	for i := 0; i+1 < len(numbers); i += 2 {
		key := int(c.number(numbers[i]))
		c.must(key > last, "6.7.3", "the parent tree is not in order at %d", key)
		last = key
		back[key] = c.array(numbers[i+1])
	}
	for key, marks := range c.marks {
		c.must(len(back[key]) == len(marks), "6.7.3", "the parent tree knows %d of %d marks", len(back[key]), len(marks))
		for n := range marks {
			if n >= len(back[key]) {
				continue
			}
			ref, _ := back[key][n].(types.IndirectRef)
			c.must(w.of[key][n] == ref.ObjectNumber.Value(), "6.7.3", "mark %d of page %d leads to another element than the one that has it", n, key)
		}
	}
}

// walk goes through the elements in the order in which they are read.
type walk struct {
	*checker
	of      map[int]map[int]int // the element of each mark, by the page's key
	heading int                 // the level of the last one
	forms   int
}

func (w *walk) element(o types.Object, parent string, above int) {
	ref, _ := o.(types.IndirectRef)
	number := ref.ObjectNumber.Value()
	d := w.dict(o)
	role := name(d["S"])
	w.must(slices.Contains(roles, role), "6.7.3.4", "an element of the type %q", role)
	if allowed := parents[role]; allowed != nil {
		w.must(slices.Contains(allowed, parent), "UA 7.2, 7.5, 7.6", "%s within %s", role, parent)
	}
	if parent != "" {
		up, _ := d["P"].(types.IndirectRef)
		w.must(up.ObjectNumber.Value() == above, "6.7.3", "an element %s does not know its parent", role)
	}
	switch {
	case role == "Figure":
		w.must(w.text(d["Alt"]) != "", "6.7.5, UA 7.3", "a figure without words that stand for it")
	case role == "TH":
		scope := name(w.dict(d["A"])["Scope"])
		w.must(scope == "Column" || scope == "Row", "UA 7.5", "a head of a table with the scope %q", scope)
	case len(role) == 2 && role[0] == 'H' && role != "TH":
		level := int(role[1] - '0')
		w.must(level <= w.heading+1, "UA 7.4.2", "a heading %s after one of level %d", role, w.heading)
		w.heading = level
	}
	page := int(w.number(w.dict(d["Pg"])["StructParents"]))
	kids := w.array(d["K"])
	if kids == nil && d["K"] != nil {
		kids = types.Array{d["K"]}
	}
	for _, k := range kids {
		if mark, ok := k.(types.Integer); ok {
			w.mark(page, mark.Value(), number)
			continue
		}
		kid := w.dict(k)
		switch name(kid["Type"]) {
		case "MCR":
			w.mark(int(w.number(w.dict(kid["Pg"])["StructParents"])), int(w.number(kid["MCID"])), number)
		case "OBJR":
			w.must(role == "Form", "UA 7.18.4", "an annotation within %s", role)
			w.forms++
		default:
			w.element(k, role, number)
		}
	}
}

func (w *walk) mark(page, mark, element int) {
	if w.of[page] == nil {
		w.of[page] = map[int]int{}
	}
	_, twice := w.of[page][mark]
	w.must(!twice && w.marks[page][mark], "6.7.3", "mark %d of page %d belongs to two elements, or is not there", mark, page)
	w.of[page][mark] = element
}
