// Package archive holds a PDF file to PDF/A-2 (ISO 19005-2) of level A or U
// and, where it claims so, to PDF/UA-1 (ISO 14289-1). It is no validator of
// any file: it knows what package pdf writes, reads it by another library,
// and takes for a fault whatever it does not know. Start with [Check].
package archive

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/validate"
)

// Check gives what is wrong with a file, each fault after the clause of ISO
// 19005-2 that it offends (or ISO 14289-1, with UA before it); nothing where
// all is well.
func Check(file []byte) []string {
	c := checker{file: file, tagged: bytes.Contains(file, []byte(">A</pdfaid:conformance>"))}
	c.bytes()
	ctx, err := pdfcpu.Read(bytes.NewReader(file), &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationStrict, Offline: true, Limits: model.DefaultResourceLimits(),
	})
	if err != nil {
		c.fault("6.1.1", "it cannot be read: %v", err)
		return c.faults
	}
	c.ctx = ctx
	c.objects()
	c.catalog()
	c.pages()
	c.metadata()
	c.structure()
	if err := validate.XRefTable(ctx); err != nil { // last, as it changes what it reads
		c.fault("6.1.1", "it is not as ISO 32000-1 has it: %v", err)
	}
	return c.faults
}

type checker struct {
	file   []byte
	ctx    *model.Context
	faults []string

	tagged            bool // it claims level A, as it seems before the XMP is read
	claimsA, claimsUA bool
	marks             map[int]map[int]bool // of marked content: the page's key, and the marks on it
	fields            int                  // annotations that the structure must name
}

func (c *checker) fault(clause, format string, args ...any) {
	c.faults = append(c.faults, clause+": "+fmt.Sprintf(format, args...))
}

// must notes a fault unless something holds.
func (c *checker) must(holds bool, clause, format string, args ...any) {
	if !holds {
		c.fault(clause, format, args...)
	}
}

// streamed is the end of a stream's dictionary.
var streamed = regexp.MustCompile(`/Length (\d+)[^>]*>>stream(\r?\n)?`)

// bytes checks what is prescribed of the bytes of a file.
func (c *checker) bytes() {
	if len(c.file) < 16 || !bytes.HasPrefix(c.file, []byte("%PDF-1.7\n%")) || slices.Min(c.file[10:14]) < 0x80 {
		c.fault("6.1.2", "the header is %q", c.file[:min(len(c.file), 16)])
	}
	c.must(bytes.HasSuffix(c.file, []byte("\n%%EOF\n")), "6.1.3", "something follows the end")
	c.must(bytes.Count(c.file, []byte("startxref")) == 1, "6.1.3", "the file was changed after it was made")
	for _, m := range streamed.FindAllSubmatchIndex(c.file, -1) {
		length := 0
		fmt.Sscan(string(c.file[m[2]:m[3]]), &length)
		c.must(m[4] >= 0, "6.1.7.1", "no line ends after stream at %d", m[1])
		c.must(bytes.HasPrefix(c.file[min(len(c.file), m[1]+length):], []byte("\nendstream\nendobj\n")), "6.1.7.1", "the stream at %d is not as long as it says", m[1])
	}
}

// Keys that dictionaries of each type may have: those that package pdf
// writes, none of which PDF/A forbids. A new one is to be looked up first.
var keys = map[string][]string{
	"Catalog": {"Type", "Pages", "Lang", "Metadata", "ViewerPreferences", "OutputIntents", "Extensions", "MarkInfo", "StructTreeRoot", "AcroForm", "Perms", "PieceInfo"},
	"Page":    {"Type", "Parent", "MediaBox", "Resources", "Contents", "Annots", "Tabs", "StructParents"},
	"Annot":   {"Type", "Subtype", "FT", "T", "TU", "StructParent", "F", "Rect", "AP", "V"},
	"Form":    {"Type", "Subtype", "BBox", "Resources", "Group", "DecodeParms", "Filter", "Length"},
	"State":   {"Type", "ca", "CA", "BM"},
	"Font":    {"Type", "Subtype", "BaseFont", "Encoding", "DescendantFonts", "ToUnicode", "CIDSystemInfo", "FontDescriptor", "CIDToGIDMap", "DW", "W"},
	"Sig":     {"Type", "Filter", "SubFilter", "ByteRange", "Contents", "Name", "Reason", "Reference"},
	"SigRef":  {"Type", "TransformMethod", "TransformParams"},
	"Intent":  {"Type", "S", "OutputConditionIdentifier", "Info", "DestOutputProfile"},
	"Field":   {"Fields", "SigFlags"},
	"Perms":   {"DocMDP"},
}

// only notes keys that a dictionary of the kind has and should not.
func (c *checker) only(kind, clause string, d types.Dict) {
	known := map[string]bool{}
	for _, k := range keys[kind] {
		known[k] = true
	}
	for k := range d {
		c.must(known[k], clause, "a dictionary of the kind %s has the key %s", kind, k)
	}
}

// dict gives what an object is or refers to, empty where that is no
// dictionary.
func (c *checker) dict(o types.Object) types.Dict {
	d, err := c.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		return types.Dict{}
	}
	return d
}

func (c *checker) array(o types.Object) types.Array {
	a, _ := c.ctx.DereferenceArray(o)
	return a
}

func (c *checker) number(o types.Object) float64 {
	v, _ := c.ctx.DereferenceNumber(o)
	return v
}

func (c *checker) text(o types.Object) string {
	s, _ := c.ctx.DereferenceText(o)
	return s
}

// stream gives a stream with its content decoded.
func (c *checker) stream(o types.Object) (types.Dict, []byte) {
	s, _, err := c.ctx.DereferenceStreamDict(o)
	if err != nil || s == nil {
		return types.Dict{}, nil
	}
	if err := s.Decode(); err != nil {
		return s.Dict, nil
	}
	return s.Dict, s.Content
}

func name(o types.Object) string {
	n, _ := o.(types.Name)
	return string(n)
}
