package scantest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yizheng/scan"
)

// Reader gives the texts of the QR codes that it finds in a picture. It may
// not be used by two at once.
type Reader struct {
	Name string
	Read func(*image.Gray) ([]string, error)
}

// Readers are zbar, gozxing and zxing-wasm, each as its makers mean it to be
// used, and our own [scan.Read]. What they run is ended with the test.
func Readers(tb testing.TB) []Reader {
	tb.Helper()
	return []Reader{zbar(tb), {"gozxing", readGozxing}, wasm(tb), {"yizheng", readOurs}}
}

// Others is how many of the readers are not ours. They come first.
const Others = 3

// zbar runs zbarimg, which looks for QR codes of either polarity.
func zbar(tb testing.TB) Reader {
	path := filepath.Join(tb.TempDir(), "picture.pgm")
	return Reader{"zbar", func(img *image.Gray) ([]string, error) {
		var b bytes.Buffer
		if err := errors.Join(writePGM(&b, img), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
			return nil, err
		}
		out, err := exec.Command("zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted", path).Output()
		var exit *exec.ExitError
		const nothing = 4 // found
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == nothing) {
			return nil, fmt.Errorf("running zbarimg, of zbar-tools: %w", err)
		}
		return strings.Fields(string(out)), nil
	}}
}

// readGozxing looks with the local threshold and the global one, first for one
// code and then for several, and then at the negative. Of a whole page the
// reader for one code takes three characters for its corners now and then.
func readGozxing(img *image.Gray) ([]string, error) {
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	source := gozxing.NewLuminanceSourceFromImage(img)
	for _, s := range []gozxing.LuminanceSource{source, source.Invert()} {
		for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(s), gozxing.NewGlobalHistgramBinarizer(s)} {
			bitmap, err := gozxing.NewBinaryBitmap(binarizer)
			if err != nil {
				return nil, err
			}
			if found, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
				return []string{found.GetText()}, nil
			}
			if found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints); err == nil && len(found) > 0 {
				return []string{found[0].GetText()}, nil
			}
		}
	}
	return nil, nil
}

// readOurs gives the picture to scan.Read as a file.
func readOurs(img *image.Gray) ([]string, error) {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		return nil, err
	}
	texts, err := scan.Read(b.Bytes())
	if errors.Is(err, scan.ErrNoCode) {
		return nil, nil
	}
	return texts, err
}

// wasm runs zxing-wasm in Node.js, one process for all pictures.
func wasm(tb testing.TB) Reader {
	tb.Helper()
	cmd := exec.Command("node", "zxing/read.mjs")
	var faults bytes.Buffer
	cmd.Stderr = &faults
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("starting Node.js: %v", err)
	}
	tb.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("zxing-wasm (make tools installs it): %v\n%s", err, faults.Bytes())
		}
	})
	lines := bufio.NewReader(out)
	return Reader{"zxing-wasm", func(img *image.Gray) (texts []string, err error) {
		head := binary.BigEndian.AppendUint32(nil, uint32(img.Rect.Dx()))
		head = binary.BigEndian.AppendUint32(head, uint32(img.Rect.Dy()))
		if _, err := io.Copy(in, io.MultiReader(bytes.NewReader(head), bytes.NewReader(img.Pix))); err != nil {
			return nil, fmt.Errorf("handing a picture to zxing-wasm: %w", err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("reading what zxing-wasm found: %w", err)
		}
		return texts, json.Unmarshal(line, &texts)
	}}
}
