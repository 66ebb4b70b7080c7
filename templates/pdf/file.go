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
	"fmt"
	"strconv"
	"strings"
)

// Ref is the number of an object within its file.
type Ref int

// String gives the form in which another object refers to it.
func (r Ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// File is a PDF being written. It is for one goroutine.
type File struct {
	objects   [][]byte
	apart     map[Ref]bool // objects that do not lie in the object stream
	pages     []page
	tree      Ref
	document  *Element // the root of the structure
	xobjects  []string
	forms     []Stream // what the XObjects are
	states    []string
	looks     []look // what the states are
	fonts     []*Font
	widget    Ref // of the signature, 0 where there is none
	signature Ref
	space     int // of the signature, bytes
	private   Ref // of the program's own data, 0 where there is none
	compress  *Compressor
}

// page is a page with what is drawn on it.
type page struct {
	ref           Ref
	width, height float64
	content       *Content
}

// look is what a graphics state does.
type look struct {
	alpha    float64
	multiply bool
}

// New begins a file whose streams the compressor makes.
func New(z *Compressor) *File {
	f := &File{compress: z, apart: map[Ref]bool{}, document: &Element{role: "Document"}}
	f.reserve() // pageResourcesRef
	f.reserve() // formResourcesRef
	f.tree = f.reserve()
	return f
}

// The first objects of every file: the fonts, forms and states that all pages
// share, and those that all forms do.
const (
	pageResourcesRef Ref = 1
	formResourcesRef Ref = 2
)

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
	b := fmt.Appendf(nil, "<<%s/Filter/FlateDecode/Length %d>>stream\n", s.dict, len(s.packed))
	b = append(b, s.packed...)
	return f.addApart(append(b, "\nendstream"...))
}

// addApart adds an object that cannot lie in an object stream: a stream, or
// one whose bytes are looked for in the file.
func (f *File) addApart(body []byte) Ref {
	r := f.reserve()
	f.objects[r-1] = body
	f.apart[r] = true
	return r
}

// XObject adds a form, made by [Content.Form], to the file and gives the name
// that pages draw it by.
func (f *File) XObject(form Stream) string {
	r := f.stream(form)
	name := fmt.Sprintf("X%d", len(f.xobjects))
	f.xobjects = append(f.xobjects, fmt.Sprintf("/%s %s", name, r))
	f.forms = append(f.forms, form)
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
	f.looks = append(f.looks, look{alpha, multiply})
	return name
}

// Page adds a page of the given size with the content drawn on it.
func (f *File) Page(width, height float64, c *Content) {
	c.page = f.reserve()
	f.pages = append(f.pages, page{c.page, width, height, c})
	if f.widget != 0 && len(f.pages) == 1 {
		e := f.Element(nil, "Form")
		e.kids = []kid{{field: true}}
	}
}

// Pages is how many pages the file has so far.
func (f *File) Pages() int { return len(f.pages) }

// Size is that of a page, by its index, in points.
func (f *File) Size(index int) (width, height float64) {
	return f.pages[index].width * perMM, f.pages[index].height * perMM
}

// writePages writes the pages and the tree that lists them.
func (f *File) writePages() {
	var kids []Ref
	for i, p := range f.pages {
		content := f.stream(f.compress.Stream("", p.content.buf))
		more := ""
		if f.widget != 0 && i == 0 {
			more = fmt.Sprintf("/Annots[%s]/Tabs/S", f.widget)
		}
		if len(p.content.marked) > 0 {
			more += fmt.Sprintf("/StructParents %d", pageKey(i))
		}
		f.set(p.ref, fmt.Sprintf("<</Type/Page/Parent %s/MediaBox[0 0 %s %s]%s/Contents %s%s>>",
			f.tree, number(nil, p.width*perMM), number(nil, p.height*perMM), pageResources, content, more))
		kids = append(kids, p.ref)
	}
	f.set(f.tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids%s>>", len(kids), kids))
}

// Bytes ends the file and gives it, with the place of the signature where
// [File.Signature] made room for one.
func (f *File) Bytes(info Info) ([]byte, Gap) {
	f.writePages()
	var fonts string
	for i, t := range f.fonts {
		fonts += fmt.Sprintf("/F%d %s", i, f.font(t))
	}
	used := fmt.Sprintf("<</Font<<%s>>/ExtGState<<%s>>", fonts, strings.Join(f.states, ""))
	f.set(pageResourcesRef, used+"/XObject<<"+strings.Join(f.xobjects, "")+">>>>")
	f.set(formResourcesRef, used+">>")
	root, meta := f.catalog(info)
	return f.write(root, meta)
}
