package pdf

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
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

// catalog writes the root object and the information about the file: as XMP,
// and what readers show of it also as the old dictionary, which some know alone.
func (f *File) catalog(info Info) (root, meta Ref) {
	structure, claims := f.structure(), ""
	if f.tagged() {
		claims = "/MarkInfo<</Marked true>>"
	}
	if structure != 0 {
		claims += "/StructTreeRoot " + structure.String()
	}
	xmp := f.packed("/Type/Metadata/Subtype/XML", []byte(info.xmp(f.tagged())))
	profile := f.stream(f.compress.profile())
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
	b := []byte("<<")
	b = text(append(b, "/Title"...), info.Title)
	b = text(append(b, "/Producer"...), info.Creator)
	return root, f.add(string(b) + created + ">>")
}

// dateLayout writes an instant in UTC as a date of ISO 32000-1, 7.9.4.
const dateLayout = "D:20060102150405+00'00'"

// text writes a text as a literal string: as it is where all of it is printing
// ASCII, and else of UTF-16, which holds every character.
func text(b []byte, s string) []byte {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return appendString(b, s)
	}
	b = append(b, "(\xfe\xff"...)
	put := func(unit rune) { b = appendByte(appendByte(b, byte(unit>>8)), byte(unit)) }
	for _, r := range s {
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			put(high)
			put(low)
		} else {
			put(r)
		}
	}
	return append(b, ')')
}
