package batch

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// What the parts of a workbook may unpack to. The lines and their texts go to
// temporary files; all else is held in memory.
const (
	maxBeside = 32 << 20 // octets, of what is neither lines nor texts
	maxFold   = 200      // times the size, of a part that unpacks to more than that
	maxNested = 256      // elements within each other
)

// checkBook refuses, by the directory of its archive and before anything is
// unpacked, a file that is no workbook, and one that would unpack to far more
// than lists do. That a part does not unpack to more than the directory says
// is seen to in unpacking it. Then it refuses a workbook with a damaged part.
func (f *File) checkBook() error {
	in, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("opening the file: %w", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	start := make([]byte, 8)
	if _, err := io.ReadFull(in, start); err == nil && bytes.Equal(start, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}) {
		return refused(f.Path, "old_workbook", "this is an old workbook (.xls), or one with a password: save it as .xlsx, without a password",
			"这是旧格式（.xls）或者加密的工作簿，请另存为不带密码的.xlsx")
	}
	archive, err := zip.NewReader(in, f.Size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return notAWorkbook(f.Path, err)
	}
	var all, beside uint64
	for _, part := range archive.File {
		size := part.UncompressedSize64
		all += size
		if !onDisk(part.Name) {
			beside += size
		}
		if all > MaxFile || beside > maxBeside || size > maxBeside && size/maxFold > part.CompressedSize64 {
			return refused(f.Path, "workbook_too_large",
				fmt.Sprintf("the workbook unpacks to far more than a list does (%s): copy the list into a new workbook, without pictures", part.Name),
				"工作簿解压后远大于清单应有的大小，请将清单复制到新的工作簿（不含图片）")
		}
	}
	for _, part := range archive.File {
		// The first sheet may lie anywhere in here, and some programs write \ for /.
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if !strings.HasPrefix(name, "xl/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		if offset, err := readPart(part); err != nil {
			return refused(f.Path, "not_a_workbook", fmt.Sprintf("the workbook is damaged: %s, at byte %d: %v", part.Name, offset, err),
				fmt.Sprintf("工作簿已损坏（%s第%d字节处），请用办公软件打开并另存后再试", part.Name, offset))
		}
	}
	return nil
}

// onDisk says whether the reader of workbooks unpacks a part to a file, where it is
// large.
func onDisk(part string) bool {
	return strings.HasPrefix(part, "xl/worksheets/sheet") || part == "xl/sharedStrings.xml"
}

// readPart reads a part to its end, as strictly as lines are read later: then,
// what is damaged is taken for the end of the sheet, and the lines behind it
// would be left out without a word. It says how far it came.
func readPart(part *zip.File) (offset int64, err error) {
	in, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }() // it was only read
	guard := &guarded{from: in}
	reader := xml.NewDecoder(guard)
	lines, depth, number := 0, 0, 0
	for err == nil {
		guard.left = maxRunaway
		var token xml.Token
		token, err = reader.Token()
		switch element := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxNested {
				err = errors.New("it is nested too deeply")
			}
			if element.Name.Local == "row" {
				lines++
				number, err = lineNumber(element, number)
			}
		case xml.EndElement:
			depth--
		}
	}
	switch offset = reader.InputOffset(); {
	case errors.Is(err, io.EOF):
		return offset, nil
	case lines > 0:
		err = fmt.Errorf("in line %d of those that are not empty: %w", lines, err)
	}
	return offset, err
}

// lineNumber is the number of a sheet's line, which comes after that of the one
// before: of two with one number, one would be left out without a word.
func lineNumber(row xml.StartElement, before int) (int, error) {
	for _, a := range row.Attr {
		if a.Name.Local != "r" {
			continue
		}
		n, err := strconv.Atoi(a.Value)
		if err != nil || n <= before {
			return n, fmt.Errorf("line %q comes after line %d", a.Value, before)
		}
		return n, nil
	}
	return before + 1, nil
}

func notAWorkbook(path string, err error) error {
	return refused(path, "not_a_workbook", fmt.Sprintf("this is no XLSX workbook that can be read: %v", err), "无法作为XLSX工作簿读取")
}
