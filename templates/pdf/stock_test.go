package pdf_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

const stocked = "一业专个中为之事二人代会作依信全公共关具内出别力务区十华发可号名和四围国场复子字定实局市平年序应府当径律"

// TestStockedFonts sets all kinds of texts in a font with a stock: as its
// program is compressed in pieces of which each is made but once, all of them
// are inflated again, which compares their checksums. The longest go beyond
// the window of deflate.
func TestStockedFonts(t *testing.T) {
	faces, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 8))
	used := pdf.NewStock(faces.Regular, stocked)
	z := pdf.NewCompressor(6)
	var texts [][]rune
	for from := rune(0x4E00); from < 0x9F00; from += 0x400 {
		var text []rune
		for c := from; c < from+0x400; c++ {
			if r.IntN(3) > 0 {
				text = append(text, c)
			}
		}
		texts = append(texts, text, text[:r.IntN(20)])
	}
	texts = append(texts, []rune(stocked), []rune("国国证证𬭎A(1)"), nil)
	var wait sync.WaitGroup
	for _, text := range texts {
		wait.Go(func() {
			first := set(t, z, used, text)
			if alone := set(t, z, pdf.NewStock(faces.Regular, stocked), text); !bytes.Equal(first, alone) {
				t.Errorf("%.20q is compressed otherwise when others were before", string(text))
			}
			if size := checked(t, first); len(text) > 400 && size < 32<<10 {
				t.Errorf("the font has %d bytes, less than the window", size)
			}
		})
	}
	wait.Wait()
}

// TestStockOfNothing has a stock whose characters the face lacks.
func TestStockOfNothing(t *testing.T) {
	faces, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	checked(t, set(t, pdf.NewCompressor(6), pdf.NewStock(faces.Regular, "\U0003FFFD"), []rune("国国证")))
}

// set makes a file with a text, once close and once with space between.
func set(t *testing.T, z *pdf.Compressor, stock *pdf.Stock, text []rune) []byte {
	t.Helper()
	f := pdf.New(z)
	c := pdf.NewContent(100)
	regular := f.Stocked(stock)
	c.Text(regular, 9, 10, 10, 0, string(text))
	c.Text(regular, 9, 10, 20, 1, string(text[:len(text)/3]))
	f.Page(100, 100, c)
	b, _ := f.Bytes(pdf.Info{Title: "a", Creator: "test"})
	return b
}

// checked inflates the font program of a file and gives its size.
func checked(t *testing.T, file []byte) int {
	t.Helper()
	at := regexp.MustCompile(`/Subtype/CIDFontType0C/Filter/FlateDecode/Length (\d+)>>stream\n`).FindSubmatchIndex(file)
	if at == nil {
		t.Error("there is no font program")
		return 0
	}
	length, err := strconv.Atoi(string(file[at[2]:at[3]]))
	if err != nil {
		t.Error(err)
		return 0
	}
	inflater, err := zlib.NewReader(bytes.NewReader(file[at[1] : at[1]+length]))
	if err != nil {
		t.Error(err)
		return 0
	}
	program, err := io.ReadAll(inflater)
	if err != nil {
		t.Errorf("after %d bytes: %v", len(program), err)
	}
	return len(program)
}
