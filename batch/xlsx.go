package batch

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// inMemory is the limit of a workbook's part: a larger one goes to a temporary
// file.
const inMemory = 16 << 20

// Numbers by which workbooks state the day before 2000-01-01: those of the
// usual epoch, 1900, and of the other, 1904.
const (
	before1900 = 36525
	before1904 = before1900 - 1462
)

// xlsxLines reads the first sheet of a workbook.
type xlsxLines struct {
	file *File
	book *excelize.File
	rows *excelize.Rows
	line int
}

func (f *File) xlsxRows() (Rows, error) {
	book, err := excelize.OpenFile(f.Path, excelize.Options{RawCellValue: true, UnzipSizeLimit: MaxFile, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return nil, notAWorkbook(f.Path, err)
	}
	l := &xlsxLines{file: f, book: book}
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return nil, errors.Join(notAWorkbook(f.Path, errors.New("it has no sheet")), book.Close())
	}
	if l.rows, err = book.Rows(sheets[0]); err != nil {
		return nil, errors.Join(notAWorkbook(f.Path, err), book.Close())
	}
	before := before1900
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		before = before1904
	}
	return newTable(f, l, before)
}

func (l *xlsxLines) next() (cells, error) {
	if !l.rows.Next() {
		if err := l.rows.Error(); err != nil {
			return cells{}, refused(l.file.Path, "not_a_workbook", fmt.Sprintf("the sheet cannot be read to its end: %v", err), "工作表无法完整读取")
		}
		return cells{}, io.EOF
	}
	l.line++
	texts, err := l.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return cells{}, &lineError{line: l.line, fault: fault("", "line_malformed", fmt.Sprintf("the line cannot be read: %v", err), "该行无法读取")}
	}
	return cells{line: l.line, texts: texts}, nil
}

func (l *xlsxLines) read() float64 { return -1 }

func (l *xlsxLines) close() error { return errors.Join(l.rows.Close(), l.book.Close()) }
