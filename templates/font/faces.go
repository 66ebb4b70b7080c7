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
	//go:embed regular.ttf.zst
	regular []byte
	//go:embed bold.ttf.zst
	bold []byte
	//go:embed rare.ttf.zst
	rare []byte
)

// Set are the fonts that a document is set in.
type Set struct {
	Regular *Face
	Bold    *Face
	Rare    *Face // characters beyond U+FFFF that the other two lack

	// Version names the exact files: two sets with one version set the same
	// text alike.
	Version string
}

// Faces unpacks and parses the fonts that travel with the program: a Song
// (serif) face in two weights that holds all of the 通用规范汉字表, GB 2312 and,
// in the regular weight, every ideograph of the first Unicode block; and one
// for rarer characters. It takes some 50 ms and 15 MB, so call it once.
func Faces() (Set, error) {
	s := Set{}
	sum := sha256.New()
	for _, f := range []struct {
		name   string
		packed []byte
		to     **Face
	}{
		{"NotoSerifSC-Regular", regular, &s.Regular},
		{"NotoSerifSC-Bold", bold, &s.Bold},
		{"HanaMinB", rare, &s.Rare},
	} {
		sum.Write(f.packed)
		b, err := unpack(f.packed)
		if err != nil {
			return Set{}, fmt.Errorf("unpacking font %s: %w", f.name, err)
		}
		if *f.to, err = Parse(f.name, b); err != nil {
			return Set{}, fmt.Errorf("parsing font %s: %w", f.name, err)
		}
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
