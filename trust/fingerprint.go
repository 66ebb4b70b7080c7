package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// Fingerprint names a root in a form that two people can compare by reading it
// out: the first 16 bytes of a SHA-256 over its name, a zero byte, its version
// (8 bytes, big-endian), the threshold (1 byte) and the sorted RFC 7638
// thumbprints, as eight groups of four hexadecimal digits. For which regions it
// is believed is not part of it.
func (r AnchoredRoot) Fingerprint() string {
	thumbprints := make([][]byte, 0, len(r.Keys))
	for _, k := range r.Keys {
		t := k.Thumbprint()
		thumbprints = append(thumbprints, t[:])
	}
	slices.SortFunc(thumbprints, bytes.Compare)
	b := append([]byte(r.Name), 0)
	b = binary.BigEndian.AppendUint64(b, r.Version)
	b = append(b, byte(r.Threshold))
	for _, t := range thumbprints {
		b = append(b, t...)
	}
	sum := sha256.Sum256(b)
	digits := hex.EncodeToString(sum[:16])
	groups := make([]string, 0, 8)
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}
