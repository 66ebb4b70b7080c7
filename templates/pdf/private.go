package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// MaxPrivate is the most that [ReadPrivate] gives, in bytes.
const MaxPrivate = 1 << 20

var (
	// ErrNoPrivate says that a file has no private data that can be read.
	ErrNoPrivate = errors.New("the file carries no private data of this program")
	// ErrOlderPrivate says that a file has them in a form that is not written
	// any more: compressed as the streams that readers read.
	ErrOlderPrivate = errors.New("the file carries private data of an earlier form")
)

// privateType begins the dictionary of the stream, so that it can be found
// without reading the file's structure.
const privateType = "/Type/YizhengPrivate"

// Private keeps data of the program's own in the file, which readers pass
// over (a page-piece dictionary, ISO 32000-1, 14.5). [ReadPrivate] gives it
// back. A file has at most one. It is not compressed here: whoever keeps it knows
// better what it is.
func (f *File) Private(data []byte) {
	f.private = f.reserve()
	f.setData(f.private, privateType, data)
}

// pieces is the entry of the catalog that names the private data.
func (f *File) pieces(info Info) string {
	if f.private == 0 {
		return ""
	}
	return fmt.Sprintf("/PieceInfo<</yizheng<</LastModified(%s)/Private %s>>>>", info.Created.UTC().Format(dateLayout), f.private)
}

// ReadPrivate gives the private data of a file that this package wrote. It
// looks for the bytes that the package writes and for nothing else: of other
// files, and of those that were written anew by another program, it knows
// nothing. What it gives is worth as much as the file's signature.
func ReadPrivate(file []byte) ([]byte, error) {
	_, rest, found := bytes.Cut(file, []byte("<<"+privateType))
	if !found {
		return nil, ErrNoPrivate
	}
	if bytes.HasPrefix(rest, []byte("/Filter")) {
		return nil, ErrOlderPrivate
	}
	rest, found = bytes.CutPrefix(rest, []byte("/Length "))
	digits, rest, ended := bytes.Cut(rest[:min(len(rest), MaxPrivate)], []byte(">>stream\n"))
	length, err := strconv.Atoi(string(digits))
	if !found || !ended || err != nil || length < 0 || length > len(rest) {
		return nil, fmt.Errorf("%w: it is damaged", ErrNoPrivate)
	}
	return rest[:length], nil
}
