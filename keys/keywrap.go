package keys

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// wrapIV is the initial value of RFC 3394, 2.2.3.1.
const wrapIV = "\xa6\xa6\xa6\xa6\xa6\xa6\xa6\xa6"

// wrapKey is AES Key Wrap (RFC 3394, 2.2.1): key, of a multiple of 8 bytes,
// under kek, 8 bytes longer.
func wrapKey(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, fmt.Errorf("wrapping key: %w", err)
	}
	if len(key) < 16 || len(key)%8 != 0 {
		return nil, fmt.Errorf("wrapping key: %d bytes", len(key))
	}
	out := append([]byte(wrapIV), key...)
	var buf [16]byte
	copy(buf[:8], wrapIV)
	n := len(key) / 8
	for step := range 6 * n {
		r := out[8*(step%n+1):][:8]
		copy(buf[8:], r)
		block.Encrypt(buf[:], buf[:])
		binary.BigEndian.PutUint64(buf[:], binary.BigEndian.Uint64(buf[:])^uint64(step+1))
		copy(r, buf[8:])
	}
	copy(out, buf[:8])
	return out, nil
}

// unwrapKey undoes wrapKey (RFC 3394, 2.2.2). Another kek gives
// [ErrPassphrase], as that is where ours come from.
func unwrapKey(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, fmt.Errorf("unwrapping key: %w", err)
	}
	if len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, fmt.Errorf("%w: wrapped key of %d bytes", ErrMalformed, len(wrapped))
	}
	out := append([]byte(nil), wrapped...)
	var buf [16]byte
	copy(buf[:8], wrapped)
	n := len(wrapped)/8 - 1
	for step := 6*n - 1; step >= 0; step-- {
		r := out[8*(step%n+1):][:8]
		binary.BigEndian.PutUint64(buf[:], binary.BigEndian.Uint64(buf[:])^uint64(step+1))
		copy(buf[8:], r)
		block.Decrypt(buf[:], buf[:])
		copy(r, buf[8:])
	}
	if subtle.ConstantTimeCompare(buf[:8], []byte(wrapIV)) != 1 {
		clear(out)
		return nil, ErrPassphrase
	}
	return out[8:], nil
}
