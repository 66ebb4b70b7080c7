package templates

// region is where on a page tables may stand.
type region struct{ top, end float64 }

// piece is something on a page: a table's heads, with or without its title,
// or a row or part of a row.
type piece struct {
	table     *table
	title     bool
	row       row // nil for the heads
	number    int // of the row
	continues bool
	y         float64
}

// pages are tables laid out: which pieces stand on which page, and where the
// last one ends.
type pages struct {
	first []piece // on a page that has something else too
	pages [][]piece
	end   float64
}

const (
	titleSpace = 8.5 // for the title of a table
	tableSpace = 3.5 // from one table to the title of the next
	leastLines = 3   // of a row that is parted, on either page
	keptLines  = 12  // a row of no more is not parted
)

// flow lays tables out, from a region of the first page on, where there is
// one, over as many pages as it takes.
func flow(tables []*table, first *region, rest region) *pages {
	f := &flowing{pages: &pages{}, on: rest, rest: rest, y: rest.end, used: true}
	if first != nil {
		f.on, f.y = *first, first.top
	}
	for _, t := range tables {
		for i := range t.rows {
			f.row(t, i)
		}
		if len(t.rows) > 0 {
			f.y += tableSpace
		}
	}
	f.end = f.y - tableSpace
	return f.pages
}

// flowing is a flow as far as it has come.
type flowing struct {
	*pages
	on   region // where it stands
	rest region // of the pages to come
	y    float64
	used bool // whether a new page would have more room than this one
}

// turn goes on to the next page.
func (f *flowing) turn() {
	f.pages.pages = append(f.pages.pages, nil)
	f.on, f.y, f.used = f.rest, f.rest.top, false
}

// place puts a piece where the flow stands.
func (f *flowing) place(p piece, height float64) {
	p.y = f.y
	if n := len(f.pages.pages); n > 0 {
		f.pages.pages[n-1] = append(f.pages.pages[n-1], p)
	} else {
		f.first = append(f.first, p)
	}
	f.y += height
}

// lines is how many lines of a row still fit, beneath something of the given
// height.
func (f *flowing) lines(t *table, lead float64) int {
	return int((f.on.end - f.y - lead - 2*t.pad + 1e-9) / t.text.leading)
}

// row lays one row out: on this page, or on the next, or, where it is long and
// that would leave a fifth of a page empty, parted.
func (f *flowing) row(t *table, number int) {
	r := t.rows[number]
	lead := 0.0
	if number == 0 {
		lead = t.headHeight() + t.titleHeight()
	}
	for continues := false; len(r) > 0; continues = true {
		fits, n := f.lines(t, lead), r.count()
		if n > fits && f.used && (n <= keptLines || min(fits, n-leastLines) < leastLines || f.whole(t, n) && f.on.end-f.y < (f.rest.end-f.rest.top)/5) {
			f.turn()
			if lead == 0 {
				f.place(piece{table: t}, t.headHeight())
			}
			fits = f.lines(t, lead)
		}
		if lead > 0 {
			f.place(piece{table: t, title: true}, lead)
			lead = 0
		}
		head, remains := r, row(nil)
		if n > fits {
			head, remains = r.part(min(fits, n-leastLines))
		}
		f.place(piece{table: t, row: head, number: number, continues: continues}, t.rowHeight(head))
		f.used = true
		r = remains
	}
}

// whole says whether so many lines fit a page of their own.
func (f *flowing) whole(t *table, lines int) bool {
	return float64(lines)*t.text.leading+2*t.pad+t.headHeight()+t.titleHeight() <= f.rest.end-f.rest.top
}
