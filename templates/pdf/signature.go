package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

// SignatureSpace is how many bytes a signature may have where nothing else is
// asked for.
const SignatureSpace = 4096

// Gap is the place in a file that its signature does not cover, because the
// signature lies there: from the "<" to the ">" of a hexadecimal string.
type Gap struct{ From, To int }

const (
	byteRange = "/ByteRange[0 0000000000 0000000000 0000000000]"
	contents  = "/Contents"
)

// Signature makes room for one digital signature (ETSI.CAdES.detached) that
// covers the whole file and permits no change after it, shown on the first
// page at the given rectangle. The rectangle itself stays empty: what is
// drawn there is part of the page. The signature may have as many bytes as
// space says, [SignatureSpace] where that is 0. It must be called before the
// first Page.
func (f *File) Signature(field, by, reason string, space int, x, y, w, h, pageHeight float64) {
	if space <= 0 {
		space = SignatureSpace
	}
	f.space = space
	sig := fmt.Appendf(nil, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached%s%s<", byteRange, contents)
	sig = append(append(sig, bytes.Repeat([]byte("0"), 2*space)...), ">/Name"...)
	sig = text(append(text(sig, by), "/Reason"...), reason)
	f.signature = f.addApart(append(sig, "/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1/V/1.2>>>>]>>"...))
	blank := f.reserve()
	f.setData(blank, formDict(w, h), []byte{})
	b := append(text([]byte("<</Type/Annot/Subtype/Widget/FT/Sig/T"), field), "/TU"...)
	b = fmt.Appendf(text(b, by), "/StructParent %d/F 132/Rect[", fieldKey)
	for _, v := range []float64{x, pageHeight - y - h, x + w, pageHeight - y} {
		b = append(number(b, v*perMM), ' ')
	}
	f.widget = f.add(fmt.Sprintf("%s]/AP<</N %s>>/V %s>>", b, blank, f.signature))
}

// gapWithin finds the gap of the signature object, which begins at offset.
func (f *File) gapWithin(offset int, body []byte) Gap {
	from := bytes.Index(body, []byte(contents+"<")) + len(contents)
	return Gap{offset + from, offset + from + 2*f.space + 2}
}

// fill states in the file which bytes the signature covers.
func (g Gap) fill(b []byte) {
	if g.To == 0 {
		return
	}
	at := g.From - len(contents) - len(byteRange)
	copy(b[at:], fmt.Sprintf("/ByteRange[0 %010d %010d %010d]", g.From, g.To, len(b)-g.To))
}

// Space is how many bytes the signature may have.
func (g Gap) Space() int { return (g.To - g.From - 2) / 2 }

// ErrSignatureSize says that a signature is larger than its room.
var ErrSignatureSize = errors.New("the signature does not fit into the document")

// Put gives a copy of the file b with the signature in its place.
func (g Gap) Put(b, signature []byte) ([]byte, error) {
	if len(signature) > g.Space() {
		return nil, fmt.Errorf("%w: %d of at most %d bytes", ErrSignatureSize, len(signature), g.Space())
	}
	out := bytes.Clone(b)
	hex.Encode(out[g.From+1:], signature)
	return out, nil
}
