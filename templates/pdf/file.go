// Package pdf writes PDF files (ISO 32000-1) of the kind that a sealed
// license is: vectors and text in embedded subset fonts, one revision, and
// room for one digital signature over the whole. Start with [New]; draw on a
// [Content], add it with [File.Page], and end with [File.Bytes].
//
// The same calls give the same bytes: nothing is taken from a clock or from
// chance, and the file's identifier is a digest of its content. Lengths are
// millimetres from the top left corner, y downwards; type sizes are points.
package pdf

import (
	"crypto/sha256"
	"fmt"
	"strconv"
)

// Ref is the number of an object within its file.
type Ref int

// String gives the form in which another object refers to it.
func (r Ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// File is a PDF being written. It is for one goroutine.
type File struct {
	objects   [][]byte
	pages     []Ref
	tree      Ref
	xobjects  []string
	states    []string
	fonts     []*Font
	widget    Ref // of the signature, 0 where there is none
	signature Ref
	private   Ref // of the program's own data, 0 where there is none
	compress  *Compressor
}

// New begins a file whose streams the compressor makes.
func New(z *Compressor) *File {
	f := &File{compress: z}
	f.reserve() // resourcesRef
	f.tree = f.reserve()
	return f
}

// resourcesRef is the first object of every file: the fonts, forms and states
// that all pages and forms share.
const resourcesRef Ref = 1

func (f *File) reserve() Ref {
	f.objects = append(f.objects, nil)
	return Ref(len(f.objects))
}

func (f *File) add(body string) Ref {
	r := f.reserve()
	f.objects[r-1] = []byte(body)
	return r
}

func (f *File) set(r Ref, body string) { f.objects[r-1] = []byte(body) }

func (f *File) stream(s Stream) Ref {
	r := f.reserve()
	b := fmt.Appendf(nil, "<<%s/Filter/FlateDecode/Length %d>>stream\n", s.dict, len(s.packed))
	b = append(b, s.packed...)
	f.objects[r-1] = append(b, "\nendstream"...)
	return r
}

// XObject adds a form, made by [Content.Form], to the file and gives the name
// that pages draw it by.
func (f *File) XObject(form Stream) string {
	r := f.stream(form)
	name := fmt.Sprintf("X%d", len(f.xobjects))
	f.xobjects = append(f.xobjects, fmt.Sprintf("/%s %s", name, r))
	return name
}

// Opacity adds a graphics state whose strokes and fills let the ground shine
// through: 1 covers it wholly. Where multiply is set they darken the ground
// as ink on paper does.
func (f *File) Opacity(alpha float64, multiply bool) string {
	name := fmt.Sprintf("G%d", len(f.states))
	mode := "Normal"
	if multiply {
		mode = "Multiply"
	}
	a := string(number(nil, alpha))
	f.states = append(f.states, fmt.Sprintf("/%s<</Type/ExtGState/ca %s/CA %s/BM/%s>>", name, a, a, mode))
	return name
}

// Page adds a page of the given size with the content drawn on it.
func (f *File) Page(width, height float64, c *Content) {
	content := f.stream(f.compress.Stream("", c.buf))
	annots := ""
	if f.widget != 0 && len(f.pages) == 0 {
		annots = fmt.Sprintf("/Annots[%s]", f.widget)
	}
	f.pages = append(f.pages, f.add(fmt.Sprintf("<</Type/Page/Parent %s/MediaBox[0 0 %s %s]%s/Contents %s%s>>",
		f.tree, number(nil, width*perMM), number(nil, height*perMM), resources, content, annots)))
}

// Pages is how many pages the file has so far.
func (f *File) Pages() int { return len(f.pages) }

// Bytes ends the file and gives it, with the place of the signature where
// [File.Signature] made room for one.
func (f *File) Bytes(info Info) ([]byte, Gap) {
	f.set(f.tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids%s>>", len(f.pages), f.pages))
	var fonts string
	for i, t := range f.fonts {
		fonts += fmt.Sprintf("/F%d %s", i, f.font(t))
	}
	f.set(resourcesRef, fmt.Sprintf("<</Font<<%s>>/XObject<<%s>>/ExtGState<<%s>>>>", fonts, join(f.xobjects), join(f.states)))
	root, meta := f.catalog(info)

	b := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(f.objects))
	gap := Gap{}
	for i, body := range f.objects {
		offsets[i] = len(b)
		b = fmt.Appendf(b, "%d 0 obj\n", i+1)
		if Ref(i+1) == f.signature {
			gap = gapWithin(len(b), body)
		}
		b = append(append(b, body...), "\nendobj\n"...)
	}
	sum := sha256.Sum256(b)
	start := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		b = fmt.Appendf(b, "%010d 00000 n \n", at)
	}
	b = fmt.Appendf(b, "trailer\n<</Size %d/Root %s/Info %s/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(offsets)+1, root, meta, sum[:16], sum[:16], start)
	gap.fill(b)
	return b, gap
}

func join(parts []string) (all string) {
	for _, p := range parts {
		all += p
	}
	return all
}
