package font

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

//go:generate go run ./subset -from /tmp/yizheng-fonts

// The files that the program beside them, subset, makes from the packages of
// source/fetch.sh; THIRD_PARTY.md says what they are and under which license.
var (
	//go:embed regular.otf.zst
	regular []byte
	//go:embed bold.otf.zst
	bold []byte
)

// Set are the fonts that a document is set in.
type Set struct {
	Regular *Face
	Bold    *Face

	// Version names the exact files: two sets with one version set the same
	// text alike.
	Version string
}

// Faces unpacks and parses the fonts that travel with the program: a Song
// (serif) face that holds every ideograph of the first Unicode block and of
// Extension A, the whole 通用规范汉字表 and some 2,300 rarer ones, and a bold
// one of the 通用规范汉字表 for titles and seals. It takes some 30 ms and 13 MB,
// so call it once.
func Faces() (Set, error) {
	s := Set{}
	sum := sha256.New()
	for _, f := range []struct {
		name string
		file []byte
		to   **Face
	}{
		{"NotoSerifSC-Regular", regular, &s.Regular},
		{"NotoSerifSC-Bold", bold, &s.Bold},
	} {
		sum.Write(f.file)
		file, err := unpack(f.file)
		if err != nil {
			return Set{}, fmt.Errorf("unpacking font %s: %w", f.name, err)
		}
		face, err := Parse(f.name, file)
		if err != nil {
			return Set{}, fmt.Errorf("parsing font %s: %w", f.name, err)
		}
		face.prepared = face.drawing.(*cff).charstrings
		own := sha256.Sum256(f.file)
		face.digest = hex.EncodeToString(own[:4])
		*f.to = face
	}
	s.Version = hex.EncodeToString(sum.Sum(nil)[:4])
	return s, nil
}

func unpack(b []byte) ([]byte, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.DecodeAll(b, nil)
}
