package pdf

import "strconv"

// Keys of the parent tree: the signature's field has the first, and pages
// follow in their order.
const fieldKey = 0

func pageKey(index int) int { return index + 1 }

// tagged says whether all that the pages show is in the structure, or marked
// as decoration.
func (f *File) tagged() bool {
	for _, p := range f.pages {
		if p.content.loose {
			return false
		}
	}
	return len(f.document.kids) > 0
}

// structure writes the elements and the way back to them from the marks on
// the pages, and gives the root of the tree: 0 where there are no elements.
func (f *File) structure() Ref {
	if len(f.document.kids) == 0 {
		return 0
	}
	root := f.reserve()
	f.number(f.document)
	f.elements(f.document, root)
	b := append(append([]byte("<</Type/StructTreeRoot/K "), f.document.ref.String()...), "/ParentTree<</Nums["...)
	for _, k := range f.document.kids {
		if e := k.element; e != nil && len(e.kids) > 0 && e.kids[0].field {
			b = append(strconv.AppendInt(b, fieldKey, 10), ' ')
			b = append(append(b, e.ref.String()...), ' ')
		}
	}
	for i, p := range f.pages {
		b = append(strconv.AppendInt(b, int64(pageKey(i)), 10), '[')
		for n, e := range p.content.marked {
			if n > 0 {
				b = append(b, ' ')
			}
			b = append(b, e.ref.String()...)
		}
		b = append(b, ']')
	}
	f.objects[root-1].body = append(b, "]>>>>"...)
	return root
}

// number gives the elements their places in the file, in reading order.
func (f *File) number(e *Element) {
	e.ref = f.reserve()
	for _, k := range e.kids {
		if k.element != nil {
			f.number(k.element)
		}
	}
}

// elements writes an element and those below it.
func (f *File) elements(e *Element, parent Ref) {
	b := append(append(make([]byte, 0, 64), "<</S/"...), e.role...)
	b = append(append(b, "/P "...), parent.String()...)
	if e.alt != "" {
		b = text(append(b, "/Alt"...), e.alt)
	}
	if e.scope != "" {
		b = append(append(append(b, "/A<</O/Table/Scope/"...), e.scope...), ">>"...)
	}
	page := e.page()
	if page != 0 {
		b = append(append(b, "/Pg "...), page.String()...)
	}
	switch len(e.kids) {
	case 0:
	case 1:
		b = f.kid(append(b, "/K "...), e.kids[0], page)
	default:
		b = append(b, "/K["...)
		for i, k := range e.kids {
			if i > 0 {
				b = append(b, ' ')
			}
			b = f.kid(b, k, page)
		}
		b = append(b, ']')
	}
	f.objects[e.ref-1].body = append(b, ">>"...)
	for _, k := range e.kids {
		if k.element != nil {
			f.elements(k.element, e.ref)
		}
	}
}

// page is that of an element's first marked content.
func (e *Element) page() Ref {
	for _, k := range e.kids {
		if k.content != nil {
			return k.content.page
		}
	}
	return 0
}

// kid refers to a part of an element; marks on the element's own page are
// mere numbers.
func (f *File) kid(b []byte, k kid, page Ref) []byte {
	switch {
	case k.element != nil:
		return append(b, k.element.ref.String()...)
	case k.field:
		b = append(append(b, "<</Type/OBJR/Obj "...), f.widget.String()...)
		return append(append(append(b, "/Pg "...), f.pages[0].ref.String()...), ">>"...)
	case k.content.page == page:
		return strconv.AppendInt(b, int64(k.mark), 10)
	}
	b = append(append(b, "<</Type/MCR/Pg "...), k.content.page.String()...)
	return append(strconv.AppendInt(append(b, "/MCID "...), int64(k.mark), 10), ">>"...)
}
