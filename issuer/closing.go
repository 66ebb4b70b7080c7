package issuer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/trust"
)

// ErrClosed says that a key was closed before, with other particulars.
var ErrClosed = errors.New("the key was closed already")

// ClosedKey is a key by which nothing is issued any more.
type ClosedKey struct {
	KeyID string    // empty for all keys of the issuer
	Since time.Time // from when on somebody else may have had it; zero where nobody is known to
	At    time.Time
	Actor string
	List  string // digest of its closing list; empty until that is made
}

// Closings is what closing a key needs of the register.
type Closings interface {
	// CloseKey closes a key. Once it returns, no process completes anything by
	// that key, and what was completed is there for EachSigned to give. The
	// same a second time changes nothing; other particulars are ErrClosed.
	CloseKey(ctx context.Context, k ClosedKey) error
	ClosedKeys(ctx context.Context) ([]ClosedKey, error)
	// EachSigned gives the text of every version that was signed by a key, or
	// by any where keyID is empty, whatever became of it; it ends at the first
	// error of yield and returns it.
	EachSigned(ctx context.Context, keyID string, yield func(text string) error) error
	// PutClosing keeps the closing list of a closed key with all its parts, the
	// list among them, by their digests. Another list than the one that is kept
	// is ErrMoved.
	PutClosing(ctx context.Context, keyID, digest string, parts map[string][]byte) error
	// SignAnew has every list and record signed anew when they are next
	// published: a key that signed them counts no more.
	SignAnew(ctx context.Context) error
}

// Close closes a key and makes its closing list: from then on nothing is issued
// by it, and the list holds everything that was. It may be called again after a
// crash, and gives the same list.
func Close(ctx context.Context, store Closings, region license.Region, k ClosedKey, algorithmOf func(keyID string) (signature.Algorithm, bool)) (ClosedKey, error) {
	k.At = k.At.UTC().Truncate(time.Second)
	if err := store.CloseKey(ctx, k); err != nil {
		return k, err
	}
	closed, err := closedKey(ctx, store, k.KeyID)
	if err != nil || closed.List != "" {
		return closed, err
	}
	sums, err := signedBy(ctx, store, k.KeyID, algorithmOf)
	if err != nil {
		return closed, err
	}
	// The instant is that of the closing, so that a second run makes the same.
	list, chunks, err := trust.BuildClosing(trust.ClosingList{Region: region, Key: k.KeyID, Since: closed.Since, Issued: closed.At}, sums)
	if err != nil {
		return closed, err
	}
	closed.List = trust.Digest(list)
	parts := map[string][]byte{closed.List: list}
	for _, chunk := range chunks {
		parts[trust.Digest(chunk)] = chunk
	}
	return closed, store.PutClosing(ctx, k.KeyID, closed.List, parts)
}

func closedKey(ctx context.Context, store Closings, id string) (ClosedKey, error) {
	all, err := store.ClosedKeys(ctx)
	if err != nil {
		return ClosedKey{}, err
	}
	for _, k := range all {
		if k.KeyID == id {
			return k, nil
		}
	}
	return ClosedKey{}, fmt.Errorf("reading the closed key %s: %w", id, ErrNotFound)
}

// signedBy gives the sum of everything that a key has signed.
func signedBy(ctx context.Context, store Closings, keyID string, algorithmOf func(string) (signature.Algorithm, bool)) (sums [][sha256.Size]byte, _ error) {
	err := store.EachSigned(ctx, keyID, func(text string) error {
		_, code, err := payload.Find(text)
		if err != nil {
			return fmt.Errorf("reading a code of the register: %w", err)
		}
		algorithm, known := algorithmOf(code.KeyID)
		if !known {
			return fmt.Errorf("the register has a code by key %s, which the trust list does not name", code.KeyID)
		}
		sums = append(sums, sha256.Sum256(code.SigningInput(algorithm)))
		return nil
	})
	return sums, err
}
