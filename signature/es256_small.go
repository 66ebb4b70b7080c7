//go:build !amd64 && !arm64

package signature

import (
	"crypto/sha256"
	"fmt"

	"filippo.io/nistec"
)

// es256Key verifies by the standard library's P-256 under its other name,
// where there is no assembly for it, as in a browser: crypto/ecdsa would bring
// the three other curves along, and multiples of the key gain nothing for
// their size.
type es256Key struct{ point *nistec.P256Point }

// newES256Key makes the key of the point x ‖ y; nistec checks that it is on the
// curve and its coordinates canonical. The point at infinity has no such form.
func newES256Key(raw []byte) (*es256Key, error) {
	if len(raw) != 64 {
		return nil, fmt.Errorf("%w: a point of %d bytes", ErrKey, len(raw))
	}
	point, err := nistec.NewP256Point().SetBytes(append([]byte{4}, raw...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &es256Key{point}, nil
}

// verify says whether r ‖ s, 64 bytes, is a signature over a digest.
func (k *es256Key) verify(digest [sha256.Size]byte, sig []byte) bool {
	return satisfied(digest, sig, times(k.point))
}
