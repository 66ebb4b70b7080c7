package batch

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"
)

// copier writes rows as they stood in their file, so that they can be
// corrected and fed again. A table gets a column that says what is wrong, and
// is read over.
type copier interface {
	copy(r Row, said string) error
	close() error
}

func newCopy(f *File, rows Rows, path string) (copier, error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("copying faulty rows: %w", err)
	}
	if f.Format == XLSX {
		return newSheetCopy(rows, out)
	}
	c := &textCopy{file: out, buffer: bufio.NewWriter(out)}
	if f.Format == JSONL {
		return c, nil
	}
	_, _ = c.buffer.WriteString(byteOrderMark) // Flush has its error
	c.table = csv.NewWriter(c.buffer)
	return c, c.table.Write(titlesOf(rows))
}

// titlesOf gives the headings of a table, with that of what is wrong.
func titlesOf(rows Rows) []string {
	h := rows.(*table).header
	titles := append([]string(nil), h.titles...)
	if _, ok := h.places[faultsField]; !ok {
		titles = append(titles, "问题")
	}
	return titles
}

// textsOf gives the cells of one line, with what is wrong in its column.
func textsOf(r Row, line int, said string) []string {
	h := r.header
	texts := append([]string(nil), r.cells[line].texts...)
	at, ok := h.places[faultsField]
	if !ok {
		at = len(h.titles)
	}
	for len(texts) <= at {
		texts = append(texts, "")
	}
	texts[at] = ""
	if line == 0 {
		texts[at] = inert(said)
	}
	return texts
}

type textCopy struct {
	file   *os.File
	buffer *bufio.Writer
	table  *csv.Writer // nil for a file of lines
}

func (c *textCopy) copy(r Row, said string) error {
	if c.table == nil {
		_, err := c.buffer.Write(append(r.json, '\n'))
		return err
	}
	for n := range r.cells {
		if err := c.table.Write(textsOf(r, n, said)); err != nil {
			return err
		}
	}
	return nil
}

func (c *textCopy) close() error {
	var err error
	if c.table != nil {
		c.table.Flush()
		err = c.table.Error()
	}
	return errors.Join(err, c.buffer.Flush(), c.file.Close())
}

// sheetCopy writes a workbook.
type sheetCopy struct {
	file *os.File
	book *excelize.File
	out  *excelize.StreamWriter
	line int
}

func newSheetCopy(rows Rows, file *os.File) (copier, error) {
	book := excelize.NewFile()
	out, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return nil, fmt.Errorf("copying faulty rows: %w", errors.Join(err, book.Close(), file.Close()))
	}
	c := &sheetCopy{file: file, book: book, out: out}
	return c, c.write(titlesOf(rows))
}

func (c *sheetCopy) copy(r Row, said string) error {
	for n := range r.cells {
		if err := c.write(textsOf(r, n, said)); err != nil {
			return err
		}
	}
	return nil
}

func (c *sheetCopy) write(texts []string) error {
	c.line++
	values := make([]any, len(texts))
	for n, text := range texts {
		values[n] = text
	}
	return c.out.SetRow(fmt.Sprintf("A%d", c.line), values)
}

func (c *sheetCopy) close() error {
	return errors.Join(c.out.Flush(), c.book.Write(c.file), c.book.Close(), c.file.Close())
}
