package pdf

// Element is a part of the document's logical structure (ISO 32000-1, 14.7):
// what a screen reader announces and what survives when the text is taken
// out. It is made by [File.Element] and filled by [Content.Tag].
type Element struct {
	role       string
	alt, scope string
	parent     *Element
	kids       []kid
	ref        Ref // known when the file is ended
}

// kid is one part of an element, in reading order: another element, a
// sequence of marked content on a page, or the field of the signature.
type kid struct {
	element *Element
	content *Content
	mark    int
	field   bool
}

// Element adds an element of a standard structure type (ISO 32000-1, 14.8.4),
// such as H1, P, Figure, Table, TR, TH or TD, as the last part of its parent;
// where that is nil, of the document. Elements are read in the order in which
// they are added.
func (f *File) Element(parent *Element, role string) *Element {
	if parent == nil {
		parent = f.document
	}
	e := &Element{role: role, parent: parent}
	parent.kids = append(parent.kids, kid{element: e})
	return e
}

// Alt says in words what a figure shows, and gives the element back, as the
// other methods do.
func (e *Element) Alt(text string) *Element {
	e.alt = text
	return e
}

// Scope says of a table's head (TH) what it heads: "Column" or "Row".
func (e *Element) Scope(scope string) *Element {
	e.scope = scope
	return e
}

// Tag makes what is drawn on a page until End the content of the element. An
// element can be tagged many times, on one page or on several: it is all of
// them, in that order. Within another Tag or Artifact it interrupts that.
// Forms are not tagged inside: what draws them is.
func (c *Content) Tag(e *Element) { c.begin(span{element: e}) }

// TagIn is Tag for a part of the element that is not in the document's language
// but in another, such as "en". The mark states it (ISO 32000-1, 14.9.2), which
// takes less than an element of its own.
func (c *Content) TagIn(e *Element, lang string) { c.begin(span{element: e, lang: lang}) }

// Artifact makes what is drawn until End decoration, or such as heads that
// every page repeats: nothing that is read aloud. Within another Tag or
// Artifact it interrupts that.
func (c *Content) Artifact() { c.begin(span{}) }

// span is a sequence of marked content: an element's, in the document's language
// where none is stated, or an artifact where there is no element. Its mark is
// written before the first that is drawn in it, so that what was interrupted for
// nothing leaves no trace.
type span struct {
	element *Element
	lang    string
	begun   bool // the mark is written
}

func (c *Content) begin(s span) {
	c.interrupt()
	c.open = append(c.open, s)
}

// End ends the last Tag or Artifact, and what that had interrupted goes on.
func (c *Content) End() {
	c.interrupt()
	c.open = c.open[:len(c.open)-1]
}

// interrupt ends the sequence of marked content that has begun, if one has.
func (c *Content) interrupt() {
	n := len(c.open) - 1
	if n < 0 || !c.open[n].begun {
		return
	}
	if c.text.begun && c.text.within {
		c.endText()
	}
	c.op("EMC")
	c.open[n].begun = false
}

// mark begins the sequence of marked content that what is drawn now belongs to,
// unless it has begun.
func (c *Content) mark() {
	n := len(c.open) - 1
	if n < 0 || c.open[n].begun {
		return
	}
	s := &c.open[n]
	s.begun = true
	e := s.element
	if e == nil {
		c.op("/Artifact BMC")
		return
	}
	e.kids = append(e.kids, kid{content: c, mark: len(c.marked)})
	c.buf = append(c.buf, "/Span<<"...) // whose role is the element's
	if s.lang != "" {
		c.buf = append(append(append(c.buf, "/Lang("...), s.lang...), ')')
	}
	c.buf = append(number(append(c.buf, "/MCID "...), float64(len(c.marked))), ">>BDC\n"...)
	c.marked = append(c.marked, e)
}

// painted notes whether something is drawn that is neither an element's nor an
// artifact: a file with such a thing does not claim to be tagged.
func (c *Content) painted() {
	c.mark()
	c.loose = c.loose || len(c.open) == 0
}
