// Package scantest holds how well codes are read under the conditions of real
// life: a page is rendered as yizheng prints it, spoilt as paper, screens,
// lenses and copiers spoil it, and given to several readers. Start with
// [Documents], [Conditions] and [Readers].
//
// Everything is seeded: the same page gives the same pictures.
package scantest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/examples"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/signature"
	"yizheng/templates"
)

// Prefix is what the codes begin with, 24 characters.
const Prefix = "https://zheng.example/v/"

// Document is one license as it hangs on the wall.
type Document struct {
	Name   string // of the application in package examples
	Text   string // of the code
	Symbol qr.Symbol
	PDF    []byte // not sealed; what is visible of the seal is there
}

// Documents makes one for each application in package examples. The signature
// in the code is random digits from a seed, since nothing here judges it.
func Documents(tb testing.TB) []Document {
	tb.Helper()
	printer, err := templates.New(templates.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	paths, err := filepath.Glob("../../examples/*.json")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("%d examples, %v", len(paths), err)
	}
	var all []Document
	for i, path := range paths {
		all = append(all, document(tb, printer, filepath.Base(path), uint64(i)))
	}
	return all
}

// document makes one document.
func document(tb testing.TB, printer *templates.Printer, name string, seed uint64) Document {
	tb.Helper()
	l := issued(tb, name)
	code := Prefix + digits(tb, l, seed)
	symbol, err := qr.Encode(Prefix, code[len(Prefix):])
	if err != nil {
		tb.Fatal(err)
	}
	body, err := printer.Document(templates.Document{
		License: l, Text: code, Symbol: symbol,
		SealName: "上海市长宁区行业综合许可专用章", VerifyURL: "https://zheng.example/", Demonstration: true,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return Document{Name: strings.TrimSuffix(name, ".json"), Text: code, Symbol: symbol, PDF: body.Unsigned()}
}

// issued gives the license that an application becomes.
func issued(tb testing.TB, name string) license.License {
	tb.Helper()
	app, err := examples.Read(name)
	if err != nil {
		tb.Fatal(err)
	}
	day, err := license.ParseDate("2026-11-24")
	if err != nil {
		tb.Fatal(err)
	}
	return license.License{
		Identifier: license.Identifier{Type: "11310000MB2F056267001", Issuer: "11310000MB2F056267", Serial: "20261124000187", Version: 1},
		Number:     "沪长行综〔2026〕000187号", Region: region(name), Issuer: "上海市长宁区政务服务办公室", Industry: app.Industry, Catalogue: "2026-01",
		Holder: app.Holder, Permits: app.Permits, IssueDate: day, StatusIndex: 0x2a3b4c, Demonstration: true,
	}
}

// region is where the business of an application is; its dictionary is the one
// that the license is written with.
func region(name string) license.Region {
	switch name {
	case examples.JinganCafe:
		return "310106"
	case examples.JiaxingBookstore:
		return "330402"
	case examples.ShenzhenCafe:
		return "440305"
	}
	return "310105"
}

// digits writes the license as a code has it.
func digits(tb testing.TB, l license.License, seed uint64) string {
	tb.Helper()
	dictionary, ok := payload.Builtin(l.Region)
	if !ok {
		tb.Fatalf("no dictionary for %s", l.Region)
	}
	draft, err := payload.Encode(&l, dictionary, key(tb))
	if err != nil {
		tb.Fatal(err)
	}
	noise := rand.New(rand.NewPCG(seed, 1))
	sig := make([]byte, 64)
	for at := 0; at < len(sig); at += 8 {
		binary.BigEndian.PutUint64(sig[at:], noise.Uint64())
	}
	sig[0], sig[32] = sig[0]&0x7f, sig[32]&0x3f // below the order of the group, and low S
	code, err := draft.Sealed(sig)
	if err != nil {
		tb.Fatal(err)
	}
	return code.Digits()
}

// key gives the public key that the codes name.
func key(tb testing.TB) signature.PublicKey {
	tb.Helper()
	seed := sha256.Sum256([]byte("scantest"))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		tb.Fatal(err)
	}
	public, err := signature.NewPublicKey(&private.PublicKey)
	if err != nil {
		tb.Fatal(err)
	}
	return public
}

// Render makes a picture of the first page at so many dots per inch.
func Render(tb testing.TB, pdf []byte, dpi float64) *image.Gray {
	tb.Helper()
	cmd := exec.Command("pdftoppm", "-gray", "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("pdftoppm, of poppler-utils: %v", err)
	}
	img, err := readPGM(bytes.NewReader(out))
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

// readPGM reads a picture as pdftoppm writes it.
func readPGM(r *bytes.Reader) (*image.Gray, error) {
	var w, h, most int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &w, &h, &most); err != nil || most != 255 || w <= 0 || h <= 0 || w*h > r.Len() {
		return nil, fmt.Errorf("reading the head of a grey picture of %d × %d: %v", w, h, err)
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	if _, err := io.ReadFull(r, img.Pix); err != nil {
		return nil, fmt.Errorf("reading a grey picture: %w", err)
	}
	return img, nil
}

// writePGM writes a picture in the plainest form that readers take.
func writePGM(w io.Writer, img *image.Gray) error {
	if _, err := fmt.Fprintf(w, "P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy()); err != nil {
		return err
	}
	_, err := w.Write(img.Pix) // pictures here have no gaps between rows
	return err
}
