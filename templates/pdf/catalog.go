package pdf

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
)

// Info is what a file says of itself.
type Info struct {
	Title      string
	Author     string
	Subject    string
	Identifier string
	Creator    string    // the template, with its version
	Created    time.Time // zero where it is not stated
}

// catalog writes the root object and the information about the file, once as
// the old dictionary and once as XMP.
func (f *File) catalog(info Info) (root, meta Ref) {
	structure, claims := f.structure(), ""
	if f.tagged() {
		claims = "/MarkInfo<</Marked true>>"
	}
	if structure != 0 {
		claims += "/StructTreeRoot " + structure.String()
	}
	xmp := f.stream(f.compress.Stream("/Type/Metadata/Subtype/XML", []byte(info.xmp(f.tagged()))))
	profile := f.stream(f.compress.Stream("/N 3", sRGB()))
	form := ""
	if f.signature != 0 {
		form = fmt.Sprintf("/AcroForm<</Fields[%s]/SigFlags 3>>/Perms<</DocMDP %s>>", f.widget, f.signature)
	}
	root = f.add(fmt.Sprintf("<</Type/Catalog/Pages %s/Lang(zh-CN)/Metadata %s/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile %s>>]"+
		"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>%s%s%s>>", f.tree, xmp, profile, claims, form, f.pieces(info)))
	created := ""
	if !info.Created.IsZero() {
		at := info.Created.UTC().Format(dateLayout)
		created = "/CreationDate(" + at + ")/ModDate(" + at + ")" // a file is not changed once it is made
	}
	meta = f.add(fmt.Sprintf("<</Title%s/Author%s/Subject%s/Creator%s/Producer%s%s>>",
		text(info.Title), text(info.Author), text(info.Subject), text(info.Creator), text(info.Creator), created))
	return root, meta
}

// dateLayout writes an instant in UTC as a date of ISO 32000-1, 7.9.4.
const dateLayout = "D:20060102150405+00'00'"

// text writes a string as UTF-16 in hexadecimal, which needs no escapes and
// holds every character.
func text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
