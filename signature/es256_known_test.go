//go:build amd64 || arm64

package signature

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"filippo.io/nistec"
)

// keyTimes is the key whose private part is d.
func keyTimes(t testing.TB, d *big.Int) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ways are the ways to multiply a key's point, by name: as it is, which is all
// that a browser does, and by its multiples.
func ways(t testing.TB, key *ecdsa.PublicKey) map[string]multiplier {
	t.Helper()
	encoded, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	k, err := newES256Key(encoded[1:])
	if err != nil {
		t.Fatal(err)
	}
	k.prepare()
	if k.multiples == nil {
		t.Fatal("the key has no multiples")
	}
	point, err := nistec.NewP256Point().SetBytes(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]multiplier{"as it is": times(point), "multiples": k.multiples.add}
}

// TestKnownKeyAgrees holds both ways to the standard library: good
// signatures, and the same with one bit of anything turned over.
func TestKnownKeyAgrees(t *testing.T) {
	for range 40 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m := ways(t, &key.PublicKey)
		for n := range 12 {
			digest := sha256.Sum256([]byte{byte(n)})
			r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
			if err != nil {
				t.Fatal(err)
			}
			sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
			spoilt := slices.Clone(sig)
			spoilt[n*5] ^= 1 << (n % 8)
			want := ecdsa.VerifyASN1(&key.PublicKey, digest[:], der(spoilt))
			for way, add := range m {
				if !satisfied(digest, sig, add) {
					t.Fatalf("%s: %x over %x is refused", way, sig, digest)
				}
				if satisfied(digest, spoilt, add) != want {
					t.Fatalf("%s: %x over %x", way, spoilt, digest)
				}
			}
		}
	}
}

// TestKnownKeyAtEdges signs so that chosen multiples of G and Q are added:
// equal points, opposite points, and none. For a key d and k = u1 + u2·d, the
// signature r = x(k·G), s = r/u2 over e = u1·s has just these multiples.
func TestKnownKeyAtEdges(t *testing.T) {
	n := elliptic.P256().Params().N
	minus := func(v int64) *big.Int { return new(big.Int).Sub(n, big.NewInt(v)) }
	for _, d := range []*big.Int{big.NewInt(1), big.NewInt(2), big.NewInt(32), minus(1), minus(2), minus(1 << 5)} {
		key := keyTimes(t, d)
		m := ways(t, &key.PublicKey)
		for _, u1 := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), big.NewInt(31), big.NewInt(32), minus(1), minus(5), new(big.Int).Lsh(big.NewInt(1), 255)} {
			for _, u2 := range []*big.Int{big.NewInt(1), big.NewInt(5), big.NewInt(31), big.NewInt(32), big.NewInt(33), minus(1), minus(32), new(big.Int).Lsh(big.NewInt(1), 255)} {
				t.Run(fmt.Sprintf("d=%x u1=%x u2=%x", d, u1, u2), func(t *testing.T) {
					k := new(big.Int).Mul(u2, d)
					k.Add(k, u1).Mod(k, n)
					at := k
					if k.Sign() == 0 {
						at = big.NewInt(1) // the sum is the point at infinity, and no r is its
					}
					r := new(big.Int).SetBytes(pointX(t, at))
					r.Mod(r, n)
					s := new(big.Int).ModInverse(u2, n)
					s.Mul(s, r).Mod(s, n)
					e := new(big.Int).Mul(u1, s)
					e.Mod(e, n)
					digest := [32]byte(e.FillBytes(make([]byte, 32)))
					sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
					want := ecdsa.VerifyASN1(&key.PublicKey, digest[:], der(sig))
					if want != (k.Sign() != 0) {
						t.Fatal("the case is not what it says")
					}
					for way, add := range m {
						if got := satisfied(digest, sig, add); got != want {
							t.Errorf("%s: %v, want %v", way, got, want)
						}
					}
				})
			}
		}
	}
}

// pointX is the x coordinate of k·G.
func pointX(t testing.TB, k *big.Int) []byte {
	t.Helper()
	point, err := keyTimes(t, k).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return point[1:33]
}

// TestKnownKeyRefuses holds that numbers out of range are no signature.
func TestKnownKeyRefuses(t *testing.T) {
	n := elliptic.P256().Params().N
	key := keyTimes(t, big.NewInt(7))
	m := ways(t, &key.PublicKey)
	whole := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for _, digest := range [][32]byte{{}, sha256.Sum256(nil), [32]byte(whole.Bytes())} {
		for _, r := range []*big.Int{new(big.Int), big.NewInt(1), n, whole} {
			for _, s := range []*big.Int{new(big.Int), big.NewInt(1), n, whole} {
				sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
				for way, add := range m {
					if satisfied(digest, sig, add) {
						t.Errorf("%s: %x is a signature over %x", way, sig, digest)
					}
				}
			}
		}
	}
}

// FuzzKnownKey holds both ways to the standard library's answer.
func FuzzKnownKey(f *testing.F) {
	key := keyTimes(f, big.NewInt(1234567))
	m := ways(f, &key.PublicKey)
	digest := sha256.Sum256(nil)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(digest[:], append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	f.Fuzz(func(t *testing.T, digest, sig []byte) {
		if len(digest) != 32 || len(sig) != 64 {
			return
		}
		want := ecdsa.VerifyASN1(&key.PublicKey, digest, der(sig))
		for way, add := range m {
			if satisfied([32]byte(digest), sig, add) != want {
				t.Errorf("%s: %x over %x", way, sig, digest)
			}
		}
	})
}
