package pdf

import "strconv"

// Ground is what lies beneath the content of pages: decoration that many pages
// and files share, drawn and compressed once. Start with [NewGround], draw on
// its Content, and end with [Ground.Done].
type Ground struct {
	*Content
	name   string
	forms  []form
	packed Stream
}

// NewGround begins a ground that is height millimetres high. The name, a
// letter, is another for each ground that comes into one file; X is the file's
// own.
func NewGround(name string, height float64) *Ground {
	g := &Ground{Content: NewContent(height), name: name}
	g.Artifact()
	g.Save()
	return g
}

// XObject brings a form, made by [Content.Form], into the ground and gives the
// name that it is drawn by.
func (g *Ground) XObject(ready Stream) string {
	name := g.name + strconv.Itoa(len(g.forms))
	g.forms = append(g.forms, form{name: name, ready: ready, group: ready.group})
	return name
}

// Done ends the drawing. The ground does not change any more and can be used
// by any number of goroutines.
func (g *Ground) Done(z *Compressor) *Ground {
	g.Restore()
	g.End()
	g.packed = z.stream(best, "", g.buf)
	return g
}
