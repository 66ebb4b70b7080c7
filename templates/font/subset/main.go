// Subset makes the font files that travel with the program from the packages
// that they come from. It is run by "go generate" in the folder above, after
// source/fetch.sh has fetched the packages into a folder outside the project:
//
//	go run ./subset -from DIR
//
// The same sources give the same files: their SHA-256 is checked first.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yizheng/templates/font"
)

// recipe says what one file is made of.
type recipe struct {
	out    string
	in     string // below the folder that the packages were fetched into
	sha256 string
	chars  []rune
}

func main() {
	from := flag.String("from", "", "the `folder` that source/fetch.sh filled")
	flag.Parse()
	if err := run(*from); err != nil {
		fmt.Fprintln(os.Stderr, "subset:", err)
		os.Exit(1)
	}
}

func run(from string) error {
	table, err := list("source/tgh.txt")
	if err != nil {
		return err
	}
	rare, err := list("source/rare.txt")
	if err != nil {
		return err
	}
	frequent := append(append(symbols(), gb2312()...), table...)
	for _, r := range []recipe{
		{"regular.ttf.zst", "NotoSerifSC_400Regular.ttf", "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742", append(ideographs(), frequent...)},
		{"bold.ttf.zst", "NotoSerifSC_700Bold.ttf", "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6", frequent},
		{"rare.ttf.zst", "HanaMinB.ttf", "829543436cdf7b4c6730e2af5806fa406f8ddf0d4b656e0cd49c58d4db1c8d3c", rare},
	} {
		if err := cutOne(from, r); err != nil {
			return fmt.Errorf("making %s: %w", r.out, err)
		}
	}
	return nil
}

func cutOne(from string, r recipe) error {
	b, err := os.ReadFile(filepath.Join(from, r.in))
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != r.sha256 {
		return fmt.Errorf("%s has the SHA-256 %x and not the one expected", r.in, sum)
	}
	face, err := font.Parse(r.in, b)
	if err != nil {
		return err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(16<<20))
	if err != nil {
		return err
	}
	packed := w.EncodeAll(face.SubsetCharacters(r.chars), nil)
	fmt.Printf("%s: %d bytes\n", r.out, len(packed))
	return os.WriteFile(r.out, packed, 0o644)
}

// list reads a file of characters; line breaks do not count.
func list(name string) ([]rune, error) {
	b, err := os.ReadFile(name)
	return []rune(strings.ReplaceAll(string(b), "\n", "")), err
}

// ideographs are the whole first block of unified ideographs.
func ideographs() []rune {
	var out []rune
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		out = append(out, r)
	}
	return out
}

// gb2312 are all characters of GB 2312, its symbols among them.
func gb2312() []rune {
	var out []rune
	decoder := simplifiedchinese.GBK.NewDecoder()
	for row := byte(0xA1); row <= 0xF7; row++ {
		for cell := byte(0xA1); cell <= 0xFE; cell++ {
			b, err := decoder.Bytes([]byte{row, cell})
			if r := []rune(string(b)); err == nil && len(r) == 1 && r[0] != 0xFFFD {
				out = append(out, r[0])
			}
		}
	}
	return out
}

// symbols are Latin letters, punctuation, letterlike and numeric signs, and
// the full-width forms that addresses and numbers are typed with.
func symbols() []rune {
	var out []rune
	for _, block := range [][2]rune{
		{0x20, 0x7E}, {0xA0, 0x17F}, {0x2000, 0x206F}, {0x20A0, 0x22FF}, {0x2460, 0x24FF},
		{0x2500, 0x27BF}, {0x2E80, 0x2FDF}, {0x3000, 0x303F}, {0x3200, 0x33FF}, {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
	} {
		for r := block[0]; r <= block[1]; r++ {
			out = append(out, r)
		}
	}
	return out
}
