package archive

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// pages checks the pages: what is drawn on them and in their forms, and their
// annotations.
func (c *checker) pages() {
	c.marks = map[int]map[int]bool{}
	if err := c.ctx.EnsurePageCount(); err != nil {
		c.fault("6.1.1", "its pages cannot be counted: %v", err)
		return
	}
	for n := 1; n <= c.ctx.PageCount; n++ {
		page, _, _, err := c.ctx.PageDict(n, false)
		if err != nil {
			c.fault("6.1.1", "page %d: %v", n, err)
			continue
		}
		c.only("Page", "6.2, 6.3, 6.5", page)
		box := c.array(page["MediaBox"])
		if len(box) == 4 {
			w, h := c.number(box[2])-c.number(box[0]), c.number(box[3])-c.number(box[1])
			c.must(w >= 3 && w <= 14400 && h >= 3 && h <= 14400, "6.1.13", "page %d is %v by %v", n, w, h)
		}
		resources := c.dict(page["Resources"])
		drawn := c.content(c.contents(page["Contents"]), resources, true)
		key := int(c.number(page["StructParents"]))
		c.marks[key] = drawn.marks
		c.must(len(drawn.marks) == 0 || page["StructParents"] != nil, "6.7.2", "page %d does not lead to its structure", n)
		for _, o := range c.array(page["Annots"]) {
			c.annotation(c.dict(o))
			c.must(name(page["Tabs"]) == "S", "UA 7.18.3", "page %d has another order of its annotations", n)
		}
	}
}

// contents are those of a page: one stream, or several as if they were one.
func (c *checker) contents(o types.Object) (content []byte) {
	parts := c.array(o)
	if len(parts) == 0 {
		parts = types.Array{o}
	}
	for _, part := range parts {
		_, b := c.stream(part)
		content = append(append(content, b...), '\n')
	}
	c.must(len(content) > len(parts), "6.2.2", "a page without content")
	return content
}

// annotation checks one: package pdf makes none but that of the signature.
func (c *checker) annotation(d types.Dict) {
	const invisible, hidden, printed, noView, toggle = 1, 2, 4, 32, 256
	c.fields++
	c.only("Annot", "6.3, 6.4", d)
	c.must(name(d["Subtype"]) == "Widget", "6.3.1", "an annotation of the kind %q", name(d["Subtype"]))
	flags := int(c.number(d["F"]))
	c.must(flags&printed != 0 && flags&(invisible|hidden|noView|toggle) == 0, "6.3.2", "an annotation with the flags %d", flags)
	look := c.dict(d["AP"])
	_, stream, err := c.ctx.DereferenceStreamDict(look["N"])
	c.must(len(look) == 1 && look["N"] != nil && err == nil && !stream, "6.3.3", "an annotation without its appearance")
	c.must(d["StructParent"] != nil, "UA 7.18.1", "an annotation that is not in the structure")
}

// fonts checks those that a text was set in.
func (c *checker) font(d types.Dict, codes map[uint16]bool) {
	c.only("Font", "6.2.11", d)
	c.must(name(d["Subtype"]) == "Type0" && name(d["Encoding"]) == "Identity-H", "6.2.11.3.3", "a font of the kind %q in the encoding %q", name(d["Subtype"]), name(d["Encoding"]))
	descendants := c.array(d["DescendantFonts"])
	if len(descendants) != 1 {
		c.fault("6.2.11.2", "a font of %d parts", len(descendants))
		return
	}
	part := c.dict(descendants[0])
	c.only("Font", "6.2.11", part)
	info := c.dict(part["CIDSystemInfo"])
	c.must(c.text(info["Registry"]) == "Adobe" && c.text(info["Ordering"]) == "Identity", "6.2.11.3.1", "a font of the characters %v", info)
	descriptor := c.dict(part["FontDescriptor"])
	switch kind := name(part["Subtype"]); kind {
	case "CIDFontType2":
		_, program := c.stream(descriptor["FontFile2"])
		c.must(len(program) > 0, "6.2.11.4.1", "font %s is not embedded", name(d["BaseFont"]))
		c.must(name(part["CIDToGIDMap"]) == "Identity", "6.2.11.3.2", "font %s has no map to its glyphs", name(d["BaseFont"]))
	case "CIDFontType0":
		dict, program := c.stream(descriptor["FontFile3"])
		c.must(len(program) > 0, "6.2.11.4.1", "font %s is not embedded", name(d["BaseFont"]))
		c.must(name(dict["Subtype"]) == "CIDFontType0C", "6.2.11.4.1", "a font program of the kind %q", name(dict["Subtype"]))
	default:
		c.fault("6.2.11.2", "a font of the kind %q", kind)
	}
	_, cmap := c.stream(d["ToUnicode"])
	characters := unicode(cmap)
	for code := range codes {
		c.must(code != 0, "6.2.11.8", "a text with the glyph that stands for none")
		text := characters[code]
		c.must(text != "", "6.2.11.7.2", "character %04X of font %s has no Unicode", code, name(d["BaseFont"]))
		for _, r := range text {
			c.must(r != 0 && r != 0xFEFF && r != 0xFFFE, "6.2.11.7.2", "character %04X is U+%04X", code, r)
			c.must(r < 0xE000 || r > 0xF8FF && r < 0xF0000, "6.2.11.7.3", "character %04X is U+%04X, of private use", code, r)
		}
	}
}
