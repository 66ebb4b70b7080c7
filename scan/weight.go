package scan

import (
	"bytes"
	"encoding/binary"
)

// maxWeight is how many bytes a picture may take while it is decoded and made
// grey: a photograph of 50 megapixels, or 27 megapixels of colour without loss.
const maxWeight = 128 << 20

// heaviest is what a pixel of a picture that is not understood is counted as.
const heaviest = 32

// weightPNG is how many bytes a pixel of a PNG takes at most. What is transparent
// is said behind the header, and makes of grey a colour.
func weightPNG(b []byte) float64 {
	const header = 29 // up to the interlacing
	if len(b) < header {
		return heaviest
	}
	depth, colour, interlaced := b[24], b[25], b[28] != 0
	const grey, palette = 0, 3
	weight := 4.0
	if colour == palette || colour == grey && !bytes.Contains(b, []byte("tRNS")) {
		weight = 1
	}
	if depth == 16 {
		weight *= 2
	}
	if interlaced { // each pass is a picture of its own before
		weight *= 2
	}
	return weight + 1
}

// weightJPEG is how many bytes a pixel of a JPEG takes at most: its samples, four
// bytes for each of them where they come in several scans, and four where a
// picture in another form is made of them.
func weightJPEG(b []byte) float64 {
	progressive, parts := frame(b)
	var most, sum int
	var letters []byte
	for ; len(parts) >= 3; parts = parts[3:] {
		area := int(parts[1]>>4) * int(parts[1]&15)
		most, sum, letters = max(most, area), sum+area, append(letters, parts[0])
	}
	if most == 0 {
		return heaviest
	}
	samples := float64(sum) / float64(most)
	weight := samples + 1
	if progressive {
		weight += 4 * samples
	}
	if len(letters) == 4 || string(letters) == "RGB" || bytes.Contains(b, []byte("Adobe")) {
		weight += 4
	}
	return weight
}

// frame finds the header of a JPEG's frame as image/jpeg does, and gives what it
// says of the components, three bytes each.
func frame(b []byte) (progressive bool, parts []byte) {
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff || b[at+1] == 0 || b[at+1] == 0xff {
			at++
			continue
		}
		marker := b[at+1]
		if at += 2; 0xd0 <= marker && marker <= 0xd7 { // has no length
			continue
		}
		length := int(binary.BigEndian.Uint16(b[at:]))
		if length < 2 || length > len(b)-at {
			return false, nil
		}
		if 0xc0 <= marker && marker <= 0xc2 {
			if length < 8 {
				return false, nil
			}
			return marker == 0xc2, b[at+8 : at+length]
		}
		at += length
	}
	return false, nil
}
