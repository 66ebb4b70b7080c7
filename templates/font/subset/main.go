// Subset makes the font files that travel with the program from the packages
// that they come from. It is run by "go generate" in the folder above, after
// source/fetch.sh has fetched the packages into a folder outside the project:
//
//	go run ./subset -from DIR
//
// The same sources give the same files: their SHA-256 is checked first. Every
// character of the 通用规范汉字表 is drawn as it was and as it has become, and
// one that differs too much ends the program.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"yizheng/templates/font"
)

// source is a font that glyphs are taken from.
type source struct {
	file   string // below the folder that the packages were fetched into
	sha256 string
	member int // of a collection
}

// recipe says what one file is made of. Characters that the first source
// lacks are taken from the next.
type recipe struct {
	out        string
	name       string
	sources    []source
	unitsPerEm int
	chars      []rune
	common     []rune // those whose pictures are held against the source's
}

// Members of the Noto collections: 2 is the face for simplified Chinese.
var (
	serif      = source{"NotoSerifCJK-Regular.ttc", "a04178ec485dffdff7cc0c0c20e1fce9202d7e2160d805e8e44a4c8841c58481", 2}
	serifBold  = source{"NotoSerifCJK-Bold.ttc", "a5d4b046c127da3d7c72f98b46c41489cd29bf52abfdf18aba920903e920d4ac", 2}
	serifLater = source{"NotoSerifSC_400Regular.ttf", "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742", 0}
)

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
	// The thin strokes of the regular face are 30 thousandths of an em thick:
	// 4 units of 133. Multiples of that, and no grid between them, keep them so.
	for _, r := range []recipe{
		{"regular.otf.zst", "NotoSerifSC-Regular", []source{serif, serifLater}, 133, slices.Concat(symbols(), gbk(), ideographs(), table), table},
		{"bold.otf.zst", "NotoSerifSC-Bold", []source{serifBold}, 333, slices.Concat(symbols(), table), table},
	} {
		if err := r.make(from); err != nil {
			return fmt.Errorf("making %s: %w", r.out, err)
		}
	}
	return nil
}

func (r recipe) make(from string) error {
	var faces []*font.Face
	for _, s := range r.sources {
		f, err := s.open(from, r.name)
		if err != nil {
			return err
		}
		faces = append(faces, f)
	}
	slices.Sort(r.chars)
	var drawn []drawing
	for _, char := range slices.Compact(r.chars) {
		for _, f := range faces {
			if g, ok := f.Glyph(char); ok {
				drawn = append(drawn, drawing{char, f, g, grid{r.scale(f)}.outline(f.Outline(g))})
				break
			}
		}
	}
	prices := learn(r.typical(drawn))
	glyphs, seen := make([]font.Glyph, len(drawn)), make([]float64, len(drawn))
	each(len(drawn), func(i int) {
		d := drawn[i]
		outline := prices.outline(d.contours)
		if slices.Contains(r.common, d.char) {
			was := picture(d.face.Outline(d.glyph), side/float64(d.face.UnitsPerEm))
			seen[i] = difference(was, picture(outline, side/float64(r.unitsPerEm)))
		}
		advance := int(math.Round(float64(d.face.Advance(d.glyph)) * r.scale(d.face)))
		glyphs[i] = font.Glyph{Char: d.char, Advance: advance, Code: shortest(outline, advance, r.unitsPerEm)}
	})
	compared := comparison{}
	for i, d := range seen {
		if d > 0 {
			if err := compared.add(drawn[i].char, d); err != nil {
				return err
			}
		}
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(16<<20))
	if err != nil {
		return err
	}
	file := font.Build(faces[0], r.unitsPerEm, glyphs)
	packed := w.EncodeAll(file, nil)
	fmt.Printf("%s: %d characters, %d bytes, packed %d; %s\n", r.out, len(glyphs), len(file), len(packed), compared)
	return os.WriteFile(r.out, packed, 0o644)
}

// each calls do for every number below n, on all cores.
func each(n int, do func(int)) {
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for first := range workers {
		wait.Go(func() {
			for i := first; i < n; i += workers {
				do(i)
			}
		})
	}
	wait.Wait()
}

// drawing is a character with its contours on the grid.
type drawing struct {
	char     rune
	face     *font.Face
	glyph    uint16
	contours []font.Contour
}

func (r recipe) scale(f *font.Face) float64 { return float64(r.unitsPerEm) / float64(f.UnitsPerEm) }

// typical are the contours of characters from which prices are learned: one in
// twelve of the common ones.
func (r recipe) typical(drawn []drawing) (glyphs [][]font.Contour) {
	for i, d := range drawn {
		if i%12 == 0 && slices.Contains(r.common, d.char) {
			glyphs = append(glyphs, d.contours)
		}
	}
	return glyphs
}

// open reads a source and refuses any file but the one expected.
func (s source) open(from, name string) (*font.Face, error) {
	b, err := os.ReadFile(filepath.Join(from, s.file))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != s.sha256 {
		return nil, fmt.Errorf("%s has the SHA-256 %x and not the one expected", s.file, sum)
	}
	f, err := font.ParseMember(name, b, s.member)
	if err != nil {
		return nil, err
	}
	return f, f.Check()
}
