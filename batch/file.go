package batch

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// Format is how a file states its rows.
type Format string

// The formats.
const (
	JSONL Format = "jsonl" // an object a line
	CSV   Format = "csv"   // comma-separated, UTF-8 or GB 18030
	XLSX  Format = "xlsx"  // the first sheet of a workbook
)

// File is a file that was looked at and can be read any number of times. Its
// digest names it, wherever it lies.
type File struct {
	Path   string
	Format Format
	SHA256 string // lower-case hexadecimal
	Size   int64
	GB     bool // a table in GB 18030

	columns columns
}

// Open looks at a file of applications. What cannot be read is license.Faults
// or an error of the file system.
func Open(path string) (*File, error) { return open(path, applicationColumns) }

// OpenActs looks at a file of acts on permits.
func OpenActs(path string) (*File, error) { return open(path, actColumns) }

func open(path string, c columns) (*File, error) {
	f := &File{Path: path, columns: c}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson":
		f.Format = JSONL
	case ".csv":
		f.Format = CSV
	case ".xlsx":
		f.Format = XLSX
	default:
		return nil, refused(path, "unknown_format", "the name must end in .csv, .xlsx or .jsonl", "文件名须以.csv、.xlsx或.jsonl结尾")
	}
	if err := f.identify(); err != nil {
		return nil, err
	}
	if f.Format == XLSX {
		if err := f.checkBook(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// identify reads the whole file once, for its digest and its encoding.
func (f *File) identify() (err error) {
	in, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("opening the file: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("opening the file: %w", err)
	}
	most := int64(MaxFile)
	if f.Format == XLSX {
		most = MaxWorkbook
	}
	f.Size = info.Size()
	switch {
	case !info.Mode().IsRegular():
		return refused(f.Path, "not_a_file", "this is no regular file", "这不是普通文件")
	case f.Size > most:
		return refused(f.Path, "file_too_large",
			fmt.Sprintf("the file has %d bytes, and at most %d are read: split it", f.Size, most),
			fmt.Sprintf("文件共%d字节，最多读取%d字节，请拆分后再试", f.Size, most))
	}
	digest := sha256.New()
	text := &utf8Checker{}
	var to io.Writer = digest
	if f.Format != XLSX {
		to = io.MultiWriter(digest, text)
	}
	if _, err := io.Copy(to, in); err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	f.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if text.start[0] == 0xFF && text.start[1] == 0xFE || text.start[0] == 0xFE && text.start[1] == 0xFF {
		return refused(f.Path, "text_utf16", "the file is in UTF-16: save it as CSV UTF-8", "文件为UTF-16编码，请另存为“CSV UTF-8”")
	}
	f.GB = f.Format == CSV && !text.good()
	return nil
}

// utf8Checker finds out whether what is written to it is UTF-8.
type utf8Checker struct {
	start [2]byte
	n     int
	rest  []byte // an unfinished character
	bad   bool
}

func (c *utf8Checker) Write(p []byte) (int, error) {
	for n := 0; n < len(p) && c.n < 2; n++ {
		c.start[c.n] = p[n]
		c.n++
	}
	b := p
	if len(c.rest) > 0 {
		b = append(c.rest, p...)
	}
	cut := len(b)
	for back := 1; back < utf8.UTFMax && back <= len(b); back++ {
		if utf8.RuneStart(b[len(b)-back]) {
			if !utf8.FullRune(b[len(b)-back:]) {
				cut = len(b) - back
			}
			break
		}
	}
	c.bad = c.bad || !utf8.Valid(b[:cut])
	c.rest = bytes.Clone(b[cut:])
	return len(p), nil
}

func (c *utf8Checker) good() bool { return !c.bad && len(c.rest) == 0 }

// Rows reads the file from its beginning. The first error of the reader that
// is not io.EOF is of the file as a whole.
func (f *File) Rows() (Rows, error) {
	switch f.Format {
	case JSONL:
		return f.jsonLines()
	case CSV:
		return f.csvRows()
	}
	return f.xlsxRows()
}

// Rows gives one row after the other.
type Rows interface {
	// Next gives the next row, or io.EOF.
	Next() (Row, error)
	// Read says how much of the file was read, from 0 to 1; less than 0 where
	// that is not known. It may be asked while Next runs.
	Read() float64
	Close() error
}

// jsonLines reads a line a row. Lines of nothing but space count and are no
// rows.
type jsonLines struct {
	file   *File
	in     *os.File
	reader *bufio.Reader
	read   atomic.Int64
	line   int
	row    int
}

func (f *File) jsonLines() (Rows, error) {
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	return &jsonLines{file: f, in: in, reader: bufio.NewReaderSize(in, maxLine+2)}, nil
}

func (j *jsonLines) Next() (Row, error) {
	for {
		line, err := j.reader.ReadSlice('\n')
		j.read.Add(int64(len(line)))
		if len(line) == 0 && err != nil {
			return Row{}, ended(err)
		}
		j.line++
		long := errors.Is(err, bufio.ErrBufferFull)
		kept := bytes.Clone(bytes.TrimRight(line, "\r\n"))
		for errors.Is(err, bufio.ErrBufferFull) {
			var more []byte
			more, err = j.reader.ReadSlice('\n')
			j.read.Add(int64(len(more)))
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Row{}, fmt.Errorf("reading the file: %w", err)
		}
		if j.line == 1 {
			kept = bytes.TrimPrefix(kept, []byte("\uFEFF"))
		}
		if len(bytes.TrimSpace(kept)) == 0 && !long {
			continue
		}
		if j.row++; j.row > MaxRows {
			return Row{}, tooManyRows(j.file.Path)
		}
		r := Row{Number: j.row, Line: j.line, json: kept}
		if long {
			r.unreadable = append(r.unreadable, lineTooLong())
		}
		return r, nil
	}
}

func (j *jsonLines) Read() float64 { return part(j.read.Load(), j.file.Size) }
func (j *jsonLines) Close() error  { return j.in.Close() }

func part(read, size int64) float64 {
	if size == 0 {
		return 1
	}
	return min(1, float64(read)/float64(size))
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("reading the file: %w", err)
}

func tooManyRows(path string) error {
	return refused(path, "too_many_rows", fmt.Sprintf("a file has at most %d rows: split it", MaxRows), fmt.Sprintf("一个文件最多%d行申请，请拆分", MaxRows))
}
