// Package scan finds the texts of QR codes in pictures (PNG, JPEG) and PDF
// documents. Start with [Read].
//
// A PDF is read without rendering it: the dark fills of a page, of which a
// code drawn as vectors consists, are painted alone, and the pictures of a
// scanned page are taken out. What the texts mean, and whether they are worth
// anything, is for others to say.
package scan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
)

var (
	// ErrNoCode says that a picture or document holds no QR code that can be
	// read.
	ErrNoCode = errors.New("no QR code found")
	// ErrFormat marks input that is neither PNG nor JPEG nor PDF, or damaged.
	ErrFormat = errors.New("not a PNG or JPEG picture or a PDF document")
	// ErrBusy says that no file can be read just now; see the package apart.
	ErrBusy = errors.New("no file can be read just now")
	// ErrTooLarge marks input beyond [MaxSize] or [MaxPixels], and pictures that
	// would take too much memory, since they have much to each pixel.
	ErrTooLarge = errors.New("the picture or document is too large")
)

// The most that is read.
const (
	MaxSize   = 32 << 20 // bytes
	MaxPixels = 50 << 20 // of one picture: an A4 page at 600 dpi has 35 million; fewer in colour without loss
	MaxPages  = 16       // of a document; a code beyond them is not found
)

// Read gives the texts of the QR codes in b, each once, in the order in which
// they are found. The errors are [ErrNoCode], [ErrFormat] and [ErrTooLarge].
func Read(b []byte) (texts []string, err error) {
	// The readers beneath are not ours, and the input is anybody's.
	defer func() {
		if r := recover(); r != nil {
			texts, err = nil, fmt.Errorf("%w: it is damaged", ErrFormat)
		}
	}()
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, %d at most", ErrTooLarge, len(b), MaxSize)
	}
	if IsPDF(b) {
		texts, err = document(b)
	} else {
		var img image.Image
		if img, err = decode(b); err == nil {
			texts = codes(img)
		}
	}
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return nil, ErrNoCode
	}
	return texts, nil
}

// IsPDF says whether [Read] reads b as a PDF document, as viewers of documents
// do too: they allow for what stands before its header in files that passed
// through mail. Whoever asks what a document is worth beside its code is to go by
// this, or something before the header would spare it the question.
func IsPDF(b []byte) bool { return bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")) }

// decode reads a picture after it has looked at how large it would be.
func decode(b []byte) (image.Image, error) {
	read, config, weight := png.Decode, png.DecodeConfig, weightPNG
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		read, config, weight = jpeg.Decode, jpeg.DecodeConfig, weightJPEG
	default:
		return nil, ErrFormat
	}
	c, err := config(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxPixels/c.Height {
		return nil, fmt.Errorf("%w: %d × %d pixels, %d at most", ErrTooLarge, c.Width, c.Height, MaxPixels)
	}
	if takes := float64(c.Width*c.Height) * weight(b); takes > maxWeight {
		return nil, fmt.Errorf("%w: %d × %d pixels would take %.0f bytes, %d at most", ErrTooLarge, c.Width, c.Height, takes, maxWeight)
	}
	img, err := read(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return img, nil
}

// merge appends the texts that are new.
func merge(texts []string, more ...string) []string {
	for _, t := range more {
		if t != "" && !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	return texts
}
