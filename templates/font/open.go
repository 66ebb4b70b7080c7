package font

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf16"
)

// MaxFile is how large a font file may be, in bytes. The largest collections
// of Chinese fonts have some 30 MB.
const MaxFile = 64 << 20

// ErrEmbedding says that the license within a font file does not let it be
// embedded in documents as subsets (OpenType, OS/2 table, fsType).
var ErrEmbedding = errors.New("the font does not permit embedding")

// Open reads a font file of the operator's own: TrueType or OpenType (.ttf,
// .otf), or a collection (.ttc, .otc), of which the first font is taken or,
// where the path ends in "#2", the one with that number, counted from 0. All
// outlines are read once, so that a damaged file is refused here. The errors
// are [ErrFont], [ErrEmbedding], and those of reading files.
func Open(path string) (*Face, error) {
	file, member, err := parted(path)
	if err != nil {
		return nil, err
	}
	b, err := readFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading font: %w", err)
	}
	t, err := tables(b, member)
	if err != nil {
		return nil, fmt.Errorf("reading font %s: %w", path, err)
	}
	if err := embeddable(t["OS/2"]); err != nil {
		return nil, fmt.Errorf("reading font %s: %w", path, err)
	}
	name := postScriptName(t["name"])
	if name == "" {
		name = plain(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	}
	if name == "" {
		name = "Font"
	}
	f, err := ParseMember(name, b, member)
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading font %s: %w", path, err)
	}
	sum := sha256.Sum256(b)
	f.digest = hex.EncodeToString(sum[:4])
	if member > 0 {
		f.digest += "." + strconv.Itoa(member)
	}
	return f, nil
}

// Version names the exact font: its name and, of one that was opened, the
// beginning of the file's SHA-256.
func (f *Face) Version() string {
	if f.digest == "" {
		return f.name
	}
	return f.name + "-" + f.digest
}

// parted parts a path from the number of a font in a collection.
func parted(path string) (file string, member int, err error) {
	at := strings.LastIndexByte(path, '#')
	if at < 0 {
		return path, 0, nil
	}
	member, err = strconv.Atoi(path[at+1:])
	if err != nil || member < 0 {
		return "", 0, fmt.Errorf("reading font %s: %q is no number of a font", path, path[at+1:])
	}
	return path[:at], member, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: no regular file", path, ErrFont)
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, fmt.Errorf("%s: %w: more than %d MB", path, ErrFont, MaxFile>>20)
	}
	return b, nil
}

// Bits of fsType that forbid what a document does with a font.
const (
	restricted   = 0x0002
	noSubsetting = 0x0100
	bitmapsOnly  = 0x0200
)

func embeddable(os2 []byte) error {
	if len(os2) < 10 {
		return nil // a font that does not say may be embedded
	}
	switch kind := u16(os2, 8); {
	case kind&0xF == restricted:
		return fmt.Errorf("%w: its license is restricted", ErrEmbedding)
	case kind&(noSubsetting|bitmapsOnly) != 0:
		return fmt.Errorf("%w as a subset of its outlines", ErrEmbedding)
	}
	return nil
}

// postScriptName reads the name by which programs know a font, empty where
// the name table has none that is readable.
func postScriptName(b []byte) string {
	const postScript = 6
	if len(b) < 6 {
		return ""
	}
	strs := int(u16(b, 4))
	for i := range int(u16(b, 2)) {
		e := 6 + 12*i
		if e+12 > len(b) {
			break
		}
		platform, id := u16(b, e), u16(b, e+6)
		from := strs + int(u16(b, e+10))
		to := from + int(u16(b, e+8))
		if id != postScript || to > len(b) || from > to {
			continue
		}
		s := string(b[from:to])
		if platform != 1 { // UTF-16, but for the Macintosh
			var units []uint16
			for ; from+2 <= to; from += 2 {
				units = append(units, u16(b, from))
			}
			s = string(utf16.Decode(units))
		}
		if s = plain(s); s != "" {
			return s
		}
	}
	return ""
}

// plain keeps of a name what may stand in a name of PDF without escapes, and
// no more than 63 characters of it.
func plain(s string) string {
	keep := func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}
	s = strings.Map(keep, s)
	return s[:min(len(s), 63)]
}
