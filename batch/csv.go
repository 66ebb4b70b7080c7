package batch

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// errRunaway says that a text, quoted or of a sheet, has no end within a line's
// limit.
var errRunaway = errors.New("the line has no end")

// csvLines reads a file of comma-separated values.
type csvLines struct {
	file   *File
	in     *os.File
	counts *counting
	guard  *guarded
	reader *csv.Reader
	line   int // the last one that was read
}

func (f *File) csvRows() (Rows, error) {
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	l := &csvLines{file: f, in: in, counts: &counting{from: in}}
	var text io.Reader = l.counts
	if f.GB {
		text = transform.NewReader(text, simplifiedchinese.GB18030.NewDecoder())
	}
	plain := bufio.NewReader(text)
	if mark, _ := plain.Peek(3); string(mark) == "\uFEFF" {
		_, _ = plain.Discard(3) // just seen
	}
	comma := separator(plain)
	l.guard = &guarded{from: plain, left: maxRunaway}
	l.reader = csv.NewReader(l.guard)
	l.reader.Comma = comma
	l.reader.FieldsPerRecord = -1
	return newTable(f, l, 0)
}

// maxRunaway is how much may be read for one line: the line and what the
// reader reads ahead.
const maxRunaway = 4 * maxLine

func (l *csvLines) next() (cells, error) {
	l.guard.left = maxRunaway
	texts, err := l.reader.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return cells{}, io.EOF
	case errors.Is(err, errRunaway):
		return cells{}, refused(l.file.Path, "quote_without_end",
			fmt.Sprintf("after line %d a quotation mark is opened and not closed, or a line is far too long", l.line),
			fmt.Sprintf("第%d行之后引号未闭合，或者某一行过长", l.line))
	case errors.As(err, &wrong) && wrong.Line > wrong.StartLine:
		// The lines between would be rows of their own, which nobody told of.
		return cells{}, refused(l.file.Path, "quote_without_end",
			fmt.Sprintf("a quotation mark that is opened on line %d is not closed there, and it cannot be told where the next row begins (line %d): close it", wrong.StartLine, wrong.Line),
			fmt.Sprintf("第%d行的引号未闭合，无法判断下一行从何处开始（读到第%d行），请补上引号", wrong.StartLine, wrong.Line))
	case errors.As(err, &wrong):
		return cells{}, &lineError{line: wrong.StartLine, fault: fault("", "line_malformed",
			fmt.Sprintf("the line is not well formed: %v", wrong.Err), "该行格式有误(请检查引号)")}
	case err != nil:
		return cells{}, fmt.Errorf("reading the file: %w", err)
	}
	line, _ := l.reader.FieldPos(0)
	l.line, _ = l.reader.FieldPos(len(texts) - 1)
	return cells{line: line, texts: texts}, nil
}

// separator looks at the heading: office programs write semicolons where the
// comma stands in numbers, and tabs where they are asked for text.
func separator(in *bufio.Reader) rune {
	heading, _ := in.Peek(4096) // what is wrong with the file is found out in reading it
	heading, _, _ = bytes.Cut(heading, []byte("\n"))
	comma, most := ',', bytes.Count(heading, []byte(","))
	for _, other := range ";\t" {
		if n := bytes.Count(heading, []byte(string(other))); n > most {
			comma, most = other, n
		}
	}
	return comma
}

func (l *csvLines) read() float64 { return part(l.counts.n.Load(), l.file.Size) }
func (l *csvLines) close() error  { return l.in.Close() }

// counting counts what is read; others may look meanwhile.
type counting struct {
	from io.Reader
	n    atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// guarded gives no more than what is left, so that one line cannot take all
// memory.
type guarded struct {
	from io.Reader
	left int
}

func (g *guarded) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errRunaway
	}
	n, err := g.from.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}
