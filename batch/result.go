package batch

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// resultHeadings are the columns of the file that says what became of each
// row. Every row has one line in it, in order.
var resultHeadings = []string{"row 申请序号", "line 行", "key 申请编号", "identifier 证照标识", "number 行业综合许可证编号", "text 二维码内容", "fault 未制发原因"}

// results is that file, open for more.
type results struct {
	file   *os.File
	done   int // rows that it has
	issued int
}

// openResults opens the file of results and drops a group that was not written
// to its end: it is asked for again, and answered with what was issued. total
// is the number of rows, which ends the last group.
func openResults(path string, total int) (r *results, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	r = &results{file: f}
	end, err := r.scan(total)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(end); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return nil, fmt.Errorf("opening the results: %w", err)
	}
	if end > 0 {
		return r, nil
	}
	return r, r.write([][]string{append([]string{byteOrderMark + resultHeadings[0]}, resultHeadings[1:]...)})
}

// scan reads what is there and gives where the last whole group ends.
func (r *results) scan(total int) (end int64, _ error) {
	in := csv.NewReader(bufio.NewReader(r.file))
	in.FieldsPerRecord = len(resultHeadings)
	in.ReuseRecord = true
	issued := 0
	for n := 0; ; n++ {
		record, err := in.Read()
		if err != nil {
			var torn *csv.ParseError
			if errors.Is(err, io.EOF) || errors.As(err, &torn) {
				return end, nil
			}
			return 0, fmt.Errorf("reading the results: %w", err)
		}
		at := in.InputOffset()
		if whole, err := endsLine(r.file, at); err != nil || !whole {
			return end, err
		}
		if n == 0 {
			end = at
			continue
		}
		if record[3] != "" {
			issued++
		}
		if row, err := strconv.Atoi(record[0]); err != nil || row != n {
			return end, nil
		}
		if n%GroupSize == 0 || n == total {
			end, r.done, r.issued = at, n, issued
		}
	}
}

// endsLine says whether a line break stands before the offset.
func endsLine(f *os.File, at int64) (bool, error) {
	var b [1]byte
	if _, err := f.ReadAt(b[:], at-1); err != nil {
		return false, fmt.Errorf("reading the results: %w", err)
	}
	return b[0] == '\n', nil
}

// add writes one group.
func (r *results) add(group []answered) error {
	lines := make([][]string, len(group))
	for n, a := range group {
		lines[n] = []string{strconv.Itoa(a.row.Number), strconv.Itoa(a.row.Line), inert(a.row.Key), "", "", "", ""}
		if len(a.faults) > 0 {
			f := a.faults[0]
			lines[n][6] = f.Reason + ": " + f.Message + " " + f.MessageZH
			continue
		}
		r.issued++
		lines[n][3], lines[n][4], lines[n][5] = a.identifier, a.number, a.text
	}
	r.done += len(group)
	return r.write(lines)
}

// write writes lines in one piece.
func (r *results) write(lines [][]string) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	if _, err := r.file.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

// close closes the file; one that has no row is taken away.
func (r *results) close() error {
	err := errors.Join(r.file.Sync(), r.file.Close())
	if r.done == 0 {
		err = errors.Join(err, os.Remove(r.file.Name()))
	}
	return err
}
