package batch

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"yizheng/license"
)

// Paths are the files beside a batch's file, or in another folder, in which
// what becomes of it is written.
type Paths struct {
	Faults string // every fault of every row, a line each
	Faulty string // the faulty rows alone, to be corrected and fed again
	Result string // what became of each row
	State  string // what the next run needs to know
}

// PathsIn gives the paths for a file, in dir or beside the file where dir is
// empty.
func PathsIn(dir, file string) Paths {
	if dir == "" {
		dir = filepath.Dir(file)
	}
	at := filepath.Join(dir, filepath.Base(file))
	extension := filepath.Ext(at)
	return Paths{
		Faults: at + ".faults.csv", Result: at + ".result.csv", State: at + ".state.json",
		Faulty: strings.TrimSuffix(at, extension) + ".faulty" + extension,
	}
}

func (p Paths) dir() string { return filepath.Dir(p.State) }

// byteOrderMark tells office programs that a CSV file is UTF-8.
const byteOrderMark = "\uFEFF"

var faultHeadings = []string{"row 申请序号", "line 行", "key 申请编号", "column 列", "field 字段", "reason 原因代码", "message 英文说明", "说明"}

// faultReport gathers faults in a temporary file until all are known.
type faultReport struct {
	paths Paths
	spool *os.File
	out   *csv.Writer
}

func newFaultReport(p Paths) (*faultReport, error) {
	for _, old := range []string{p.Faults, p.Faulty} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("taking the faults of an earlier run away: %w", err)
		}
	}
	spool, err := os.CreateTemp(p.dir(), ".yizheng-faults-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	return &faultReport{paths: p, spool: spool, out: csv.NewWriter(bufio.NewWriterSize(spool, 64<<10))}, nil
}

func (r *faultReport) add(row Row, faults license.Faults) error {
	for _, f := range faults {
		line, column := row.place(f)
		if err := r.out.Write(faultLine(row.Number, line, row.Key, column, f)); err != nil {
			return fmt.Errorf("writing faults: %w", err)
		}
	}
	return nil
}

func faultLine(row, line int, key, column string, f license.Fault) []string {
	return []string{strconv.Itoa(row), strconv.Itoa(line), inert(key), inert(column), inert(f.Field), f.Reason, inert(f.Message), inert(f.MessageZH)}
}

// inert keeps an office program from taking somebody's text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// finish writes the faults in the order of the rows, with those that are known
// only once all rows were read, and the copy of the faulty rows.
func (r *faultReport) finish(f *File, v Verdict, twice []repeat, done int) error {
	r.out.Flush()
	if err := r.out.Error(); err != nil {
		return fmt.Errorf("writing faults: %w", err)
	}
	rows, err := f.Rows()
	if err != nil {
		return err
	}
	copied, err := newCopy(f, rows, r.paths.Faulty)
	if err != nil {
		return errors.Join(err, rows.Close())
	}
	err = r.merge(rows, copied, v, twice, done)
	return errors.Join(err, copied.close(), rows.Close())
}

func (r *faultReport) merge(rows Rows, copied copier, v Verdict, twice []repeat, done int) error {
	if _, err := r.spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading faults: %w", err)
	}
	spooled := csv.NewReader(bufio.NewReader(r.spool))
	var next []string
	advance := func() (err error) {
		next, err = spooled.Read()
		if errors.Is(err, io.EOF) {
			next, err = nil, nil
		}
		return err
	}
	return replaceCSV(r.paths.Faults, faultHeadings, func(out *csv.Writer) error {
		if err := advance(); err != nil {
			return err
		}
		for {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			var said []string
			for next != nil && next[0] == strconv.Itoa(row.Number) {
				if err := out.Write(next); err != nil {
					return err
				}
				said = append(said, next[7])
				if err := advance(); err != nil {
					return err
				}
			}
			for ; len(twice) > 0 && twice[0].row <= row.Number; twice = twice[1:] {
				if twice[0].row <= done {
					continue
				}
				wrong := twice[0].fault()
				line, column := row.place(wrong)
				if err := out.Write(faultLine(row.Number, line, row.Key, column, wrong)); err != nil {
					return err
				}
				said = append(said, wrong.MessageZH)
			}
			if v.faulty.has(row.Number) {
				if err := copied.copy(row, strings.Join(said, ";")); err != nil {
					return err
				}
			}
		}
	})
}

func (r *faultReport) discard() error {
	return errors.Join(r.spool.Close(), os.Remove(r.spool.Name()))
}

// replaceCSV writes a CSV file in one step: whoever looks sees the old one, or
// the whole new one.
func replaceCSV(path string, headings []string, write func(*csv.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".yizheng-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	buffer := bufio.NewWriterSize(f, 64<<10)
	_, _ = buffer.WriteString(byteOrderMark) // Flush has its error
	out := csv.NewWriter(buffer)
	if err := out.Write(headings); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := write(out); err != nil {
		return err
	}
	out.Flush()
	if err := errors.Join(out.Error(), buffer.Flush(), f.Chmod(0o600), f.Sync()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Close()
}

// joined is errors.Join that keeps an error's own type where it is alone.
func joined(err, other error) error {
	if other == nil {
		return err
	}
	return errors.Join(err, other)
}
