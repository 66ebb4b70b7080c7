package batch

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"yizheng/catalog"
	"yizheng/license"
)

// lines gives the lines of a table, one after the other, with their numbers in
// the file. A line that cannot be read is a *lineError, and the next one can
// be asked for.
type lines interface {
	next() (cells, error)
	read() float64
	close() error
}

// lineError says that one line of a table cannot be read.
type lineError struct {
	line  int
	fault license.Fault
}

func (e *lineError) Error() string { return e.fault.Message }

// table gathers the lines of a table into rows.
type table struct {
	file   *File
	lines  lines
	header *header
	ahead  *cells // read, and of the next row
	broken *lineError
	row    int
	key    string // of the row before
}

// newTable reads the heading.
func newTable(f *File, l lines, before int) (Rows, error) {
	first, err := l.next()
	var broken *lineError
	if errors.Is(err, io.EOF) || errors.As(err, &broken) {
		return nil, errors.Join(refused(f.Path, "no_heading", "the first line must name the columns; see yizheng batch template",
			"首行须为列标题，请参照 yizheng batch template"), l.close())
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	h, err := f.columns.parse(f.Path, first.texts)
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	h.before = before
	return &table{file: f, lines: l, header: h}, nil
}

// Next implements Rows. A license may have as many lines as an application may
// have permits, and one more so that it is found too long; what follows is a
// row of its own, whose key is found to be there already.
func (t *table) Next() (Row, error) {
	var r Row
	for {
		c, err := t.take()
		var broken *lineError
		switch {
		case errors.As(err, &broken):
			if r.Line > 0 {
				t.broken = broken
				return t.number(r)
			}
			return t.number(Row{Line: broken.line, unreadable: license.Faults{broken.fault}, header: t.header, cells: []cells{{line: broken.line}}})
		case errors.Is(err, io.EOF) && r.Line > 0:
			return t.number(r)
		case err != nil:
			return Row{}, err
		}
		if c.wrong == nil && blank(c.texts) {
			continue
		}
		key := t.header.cell(c, keyField)
		if r.Line > 0 && (!t.file.columns.grouped || key != "" && key != r.Key || len(r.cells) > catalog.MaxPermits) {
			t.ahead = &c
			return t.number(r)
		}
		if r.Line == 0 {
			r = Row{Line: c.line, Key: key, header: t.header}
			if key == "" && t.file.columns.grouped {
				r.Key = t.key
				r.faults = append(r.faults, fault(keyField, "missing", "The license has no key.", "缺少申请编号。"))
			}
		}
		r.cells = append(r.cells, c)
	}
}

// take gives the next line, whether it was read already or not.
func (t *table) take() (cells, error) {
	if broken := t.broken; broken != nil {
		t.broken = nil
		return cells{}, broken
	}
	if c := t.ahead; c != nil {
		t.ahead = nil
		return *c, nil
	}
	c, err := t.lines.next()
	return t.bounded(c), err
}

// bounded keeps the key alone of a line that is too long or has too many
// columns: the lines of many rows are in memory at a time. The key says of
// which license the line is.
func (t *table) bounded(c cells) cells {
	size := 0
	for _, text := range c.texts {
		size += len(text)
	}
	var wrong license.Fault
	switch {
	case size <= maxLine && len(c.texts) <= maxColumns, blank(c.texts):
		return c
	case size > maxLine:
		wrong = lineTooLong()
	default:
		wrong = fault("", "too_many_columns",
			fmt.Sprintf("line %d has more than %d columns", c.line, maxColumns), fmt.Sprintf("第%d行超过%d列", c.line, maxColumns))
	}
	kept := cells{line: c.line, wrong: &wrong}
	key := t.header.cell(c, keyField)
	if len(key) > maxLine {
		key = cut(key[:maxLine])
	}
	if at := t.header.places[keyField]; key != "" && at < maxColumns {
		kept.texts = make([]string, at+1)
		kept.texts[at] = strings.Clone(key) // what it is cut from is the whole line
	}
	return kept
}

func (t *table) number(r Row) (Row, error) {
	if t.row++; t.row > MaxRows {
		return Row{}, tooManyRows(t.file.Path)
	}
	r.Number, t.key = t.row, r.Key
	for n, c := range r.cells {
		for _, text := range c.texts {
			if strings.ContainsRune(text, '\uFFFD') {
				r.unreadable = append(r.unreadable, fault("", "text_unreadable",
					fmt.Sprintf("line %d has bytes that are neither UTF-8 nor GB 18030", c.line), fmt.Sprintf("第%d行含有既非UTF-8也非GB 18030的内容", c.line)))
				break
			}
		}
		r.faults = append(r.faults, t.header.spoilt(c, n)...)
		if c.wrong != nil {
			r.unreadable = append(r.unreadable, *c.wrong)
		}
	}
	return r, nil
}

func (t *table) Read() float64 { return t.lines.read() }
func (t *table) Close() error  { return t.lines.close() }

func blank(texts []string) bool {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}
