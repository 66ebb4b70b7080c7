package batch

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// What the parts of a workbook may unpack to. The lines and their texts go to
// temporary files; all else is held in memory.
const (
	maxBeside = 32 << 20 // octets, of what is neither lines nor texts
	maxFold   = 200      // times the size, of a part that unpacks to more than that
)

// checkBook refuses, by the directory of its archive and before anything is
// unpacked, a file that is no workbook, and one that would unpack to far more
// than lists do. That a part does not unpack to more than the directory says
// is seen to in unpacking it.
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
		if !strings.HasPrefix(part.Name, "xl/worksheets/") && part.Name != "xl/sharedStrings.xml" {
			beside += size
		}
		if all > MaxFile || beside > maxBeside || size > maxBeside && size/maxFold > part.CompressedSize64 {
			return refused(f.Path, "workbook_too_large",
				fmt.Sprintf("the workbook unpacks to far more than a list does (%s): copy the list into a new workbook, without pictures", part.Name),
				"工作簿解压后远大于清单应有的大小，请将清单复制到新的工作簿（不含图片）")
		}
	}
	return nil
}

func notAWorkbook(path string, err error) error {
	return refused(path, "not_a_workbook", fmt.Sprintf("this is no XLSX workbook that can be read: %v", err), "无法作为XLSX工作簿读取")
}
