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
	"sync"
)

// Ref is the number of an object within its file.
type Ref int

// String gives the form in which another object refers to it.
func (r Ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// File is a PDF being written. It is for one goroutine, and uses others to
// compress what is ready.
type File struct {
	objects   []object
	packings  []*packing
	packers   sync.WaitGroup // of the packings
	pages     []page
	tree      Ref
	document  *Element // the root of the structure
	forms     []form
	grounds   map[*Ground]Ref // those of the pages so far
	states    []string
	looks     []look // what the states are
	fonts     []*Font
	widget    Ref // of the signature, 0 where there is none
	signature Ref
	space     int // of the signature, bytes
	private   Ref // of the program's own data, 0 where there is none
	compress  *Compressor
}

// object is one of a file's. Streams, and what is looked for in the file, do
// not lie in an object stream, but apart.
type object struct {
	body   []byte // of a stream what stands before its data
	stream []byte
	apart  bool
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
	f := &File{compress: z, grounds: map[*Ground]Ref{}, document: &Element{role: "Document"}}
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
	f.objects = append(f.objects, object{})
	return Ref(len(f.objects))
}

func (f *File) add(body string) Ref {
	r := f.reserve()
	f.set(r, body)
	return r
}

func (f *File) set(r Ref, body string) { f.objects[r-1].body = []byte(body) }

func (f *File) stream(s Stream) Ref {
	r := f.reserve()
	f.setStream(r, s)
	return r
}

func (f *File) setStream(r Ref, s Stream) { f.setData(r, s.dict+"/Filter/FlateDecode", s.packed) }

// setData makes an object a stream of what stands in the file as it is.
func (f *File) setData(r Ref, dict string, data []byte) {
	b := append(make([]byte, 0, len(dict)+32), "<<"...)
	b = append(append(b, dict...), "/Length "...)
	b = append(strconv.AppendInt(b, int64(len(data)), 10), ">>stream\n"...)
	f.objects[r-1] = object{b, data, true}
}

// addApart adds an object whose bytes are looked for in the file.
func (f *File) addApart(body []byte) Ref {
	r := f.reserve()
	f.objects[r-1] = object{body: body, apart: true}
	return r
}

// form is a form that is drawn: one that is ready, or what is drawn on it.
type form struct {
	name    string
	ready   Stream
	content *Content
	ref     Ref
	width   float64
	group   bool
}

// drawn gives what a form draws, once the fonts have given their codes.
func (f form) drawn() []byte {
	if f.content != nil {
		return f.content.written()
	}
	return f.ready.drawn()
}

// XObject adds a form, made by [Content.Form], to the file and gives the name
// that pages draw it by.
func (f *File) XObject(ready Stream) string {
	return f.named(form{ready: ready, group: ready.group, ref: f.stream(ready)})
}

// Drawing adds a form of the given width with what was drawn on it, which may
// be text, and gives the name that pages draw it by. A group is put onto the
// page as a whole.
func (f *File) Drawing(c *Content, width float64, group bool) string {
	return f.named(form{content: c, width: width, group: group, ref: f.reserve()})
}

func (f *File) named(form form) string {
	form.name = "X" + strconv.Itoa(len(f.forms))
	f.forms = append(f.forms, form)
	return form.name
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
	if g := c.ground; g != nil && f.grounds[g] == 0 {
		f.grounds[g] = f.stream(g.packed)
		for _, form := range g.forms {
			form.ref = f.stream(form.ready)
			f.forms = append(f.forms, form)
		}
	}
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
	kids := make([]byte, 0, 64)
	for i, p := range f.pages {
		made := f.reserve()
		f.pack(made, func() Stream { return f.compress.Stream("", p.content.written()) })
		content := made.String()
		if g := p.content.ground; g != nil {
			content = "[" + f.grounds[g].String() + " " + content + "]"
		}
		b := append(make([]byte, 0, 192), "<</Type/Page/Parent "...)
		b = append(append(b, f.tree.String()...), "/MediaBox[0 0 "...)
		b = append(number(append(number(b, p.width*perMM), ' '), p.height*perMM), ']')
		b = append(append(append(b, pageResources...), "/Contents "...), content...)
		if f.widget != 0 && i == 0 {
			b = append(append(append(b, "/Annots["...), f.widget.String()...), "]/Tabs/S"...)
		}
		if len(p.content.marked) > 0 {
			b = strconv.AppendInt(append(b, "/StructParents "...), int64(pageKey(i)), 10)
		}
		f.objects[p.ref-1].body = append(b, ">>"...)
		kids = append(append(kids, ' '), p.ref.String()...)
	}
	f.set(f.tree, "<</Type/Pages/Count "+strconv.Itoa(len(f.pages))+"/Kids["+string(kids)+"]>>")
}

// Bytes ends the file and gives it, with the place of the signature where
// [File.Signature] made room for one.
func (f *File) Bytes(info Info) ([]byte, Gap) {
	fonts := f.embed()
	var forms string
	for _, form := range f.forms {
		if form.content != nil {
			f.pack(form.ref, func() Stream { return form.content.form(f.compress.level, form.width, form.group, f.compress) })
		}
		forms += "/" + form.name + " " + form.ref.String()
	}
	f.writePages()
	used := "<</Font<<" + fonts + ">>/ExtGState<<" + strings.Join(f.states, "") + ">>"
	f.set(pageResourcesRef, used+"/XObject<<"+forms+">>>>")
	f.set(formResourcesRef, used+">>")
	root, meta := f.catalog(info)
	return f.write(root, meta)
}
