package scan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"yizheng/scan"
)

// begun is the beginning of a PNG of a size: what a scanner sees before it
// decides whether to decode the rest.
func begun(side uint32, depth, colour, interlaced byte) []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)...)
	header = append(header, depth, colour, 0, 0, interlaced)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\r"), header...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(header))
	if colour == 3 { // a palette of one colour
		palette := []byte("PLTE\x00\x00\x00")
		b = binary.BigEndian.AppendUint32(append(b, append([]byte{0, 0, 0, 3}, palette...)...), crc32.ChecksumIEEE(palette))
	}
	// A picture that says where its pixels begin, and has none.
	data := []byte("IDAT\x78\x01")
	return binary.BigEndian.AppendUint32(append(b, append([]byte{0, 0, 0, 2}, data...)...), crc32.ChecksumIEEE(data))
}

// photograph is the beginning of a JPEG: three components, of which the first is
// sampled h by v times as often as the others.
func photograph(side uint16, start, h, v byte) []byte {
	b := []byte{0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, start, 0, 17, 8}
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, side), side)
	return append(b, 3, 1, h<<4|v, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 2)
}

// TestPicturesThatWeighTooMuch: what a picture takes in memory is known before it
// is decoded. Those that may be decoded are found damaged, since they end there.
func TestPicturesThatWeighTooMuch(t *testing.T) {
	for _, c := range []struct {
		name    string
		picture []byte
		want    error
	}{
		{"50 megapixels of one bit", begun(7240, 1, 0, 0), scan.ErrFormat},
		{"50 megapixels of grey", begun(7240, 8, 0, 0), scan.ErrFormat},
		{"50 megapixels of a palette", begun(7240, 8, 3, 0), scan.ErrFormat},
		{"50 megapixels of colour", begun(7240, 8, 2, 0), scan.ErrTooLarge},
		{"50 megapixels of deep colour with transparency", begun(7240, 16, 6, 0), scan.ErrTooLarge},
		{"25 megapixels of colour", begun(5000, 8, 2, 0), scan.ErrFormat},
		{"25 megapixels of colour, interlaced", begun(5000, 8, 2, 1), scan.ErrTooLarge},
		{"16 megapixels of deep colour", begun(4000, 16, 2, 0), scan.ErrTooLarge},
		{"a photograph of 50 megapixels", photograph(7200, 0xc0, 2, 2), scan.ErrFormat},
		{"of 50 megapixels without subsampling", photograph(7200, 0xc0, 1, 1), scan.ErrTooLarge},
		{"of 50 megapixels, progressive", photograph(7200, 0xc2, 2, 2), scan.ErrTooLarge},
		{"of 12 megapixels, progressive", photograph(3464, 0xc2, 2, 2), scan.ErrFormat},
		{"of 16 megapixels without subsampling, progressive", photograph(4000, 0xc2, 1, 1), scan.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := scan.Read(c.picture); !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestWeight reads the heaviest pictures that are read, and looks at how much
// memory is in use meanwhile.
func TestWeight(t *testing.T) {
	photograph := image.NewYCbCr(image.Rect(0, 0, 7200, 7200), image.YCbCrSubsampleRatio420)
	for i := range photograph.Cb {
		photograph.Cb[i], photograph.Cr[i] = 128, 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photograph, nil); err != nil {
		t.Fatal(err)
	}
	photograph = nil
	for name, picture := range map[string][]byte{
		"deep colour":                   encoded(t, image.NewNRGBA64(image.Rect(0, 0, 3800, 3800))),
		"a photograph of 50 megapixels": b.Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			const most = 160 << 20 // with what is not yet swept
			before := live()
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before) + 128<<20))
			done := make(chan error)
			go func() {
				_, err := scan.Read(picture)
				done <- err
			}()
			var peak uint64
			for ended := false; !ended; {
				select {
				case err := <-done:
					ended = true
					if !errors.Is(err, scan.ErrNoCode) {
						t.Error(err)
					}
				case <-time.After(5 * time.Millisecond):
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapAlloc)
				}
			}
			t.Logf("%d bytes take %d MiB", len(picture), (peak-before)>>20)
			if peak-before > most {
				t.Errorf("%d bytes are in use", peak-before)
			}
		})
	}
}

// live is the memory that is in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
