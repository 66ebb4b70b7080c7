package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// MaxPrivate is the most that [ReadPrivate] gives, in bytes.
const MaxPrivate = 1 << 20

// ErrNoPrivate says that a file has no private data that can be read.
var ErrNoPrivate = errors.New("the file carries no private data of this program")

// privateType begins the dictionary of the stream, so that it can be found
// without reading the file's structure.
const privateType = "/Type/YizhengPrivate"

// Private keeps data of the program's own in the file, which readers pass
// over (a page-piece dictionary, ISO 32000-1, 14.5). [ReadPrivate] gives it
// back. A file has at most one, and the data is not to be changed before
// [File.Bytes].
func (f *File) Private(data []byte) {
	f.private = f.packed(privateType, data)
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
	_, rest, found := bytes.Cut(file, []byte("<<"+privateType+"/Filter/FlateDecode/Length "))
	if !found {
		return nil, ErrNoPrivate
	}
	digits, rest, found := bytes.Cut(rest[:min(len(rest), MaxPrivate)], []byte(">>stream\n"))
	length, err := strconv.Atoi(string(digits))
	if !found || err != nil || length < 0 || length > len(rest) {
		return nil, fmt.Errorf("%w: it is damaged", ErrNoPrivate)
	}
	r, err := zlib.NewReader(bytes.NewReader(rest[:length]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPrivate, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxPrivate+1))
	if err != nil || len(data) > MaxPrivate {
		return nil, fmt.Errorf("%w: it is damaged or too large", ErrNoPrivate)
	}
	return data, nil
}
