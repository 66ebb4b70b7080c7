package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"

	"yizheng/signature"
)

// sm2UserID is the user id of the profile SM2-SM3.
const sm2UserID = "1234567812345678"

// Sign gives the signature over message in the 64 bytes that
// [signature.PublicKey.Verify] accepts: r ‖ s with low s for ES256, r ‖ s for
// SM2, R ‖ S for EdDSA.
func (k *Key) Sign(message []byte) ([]byte, error) {
	switch k.public.Algorithm() {
	case signature.EdDSA:
		sig, err := k.held.signer.Sign(k.random, message, crypto.Hash(0))
		if err != nil {
			return nil, fmt.Errorf("signing by %s: %w", k.public, err)
		}
		return sig, nil
	case signature.SM2:
		public, ok := k.public.CryptoKey().(*ecdsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("signing by %s: %w", k.public, signature.ErrAlgorithm)
		}
		digest, err := sm2.CalculateSM2Hash(public, message, []byte(sm2UserID))
		if err != nil {
			return nil, fmt.Errorf("hashing for %s: %w", k.public, err)
		}
		// SM3 has no crypto.Hash; 0 says that nothing is left to be hashed.
		return k.signDigest(digest, crypto.Hash(0))
	default:
		digest := sha256.Sum256(message)
		return k.signDigest(digest[:], crypto.SHA256)
	}
}

// signDigest signs and turns the ASN.1 of [crypto.Signer] into r ‖ s.
func (k *Key) signDigest(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	encoded, err := k.held.signer.Sign(k.random, digest, opts)
	if err != nil {
		return nil, fmt.Errorf("signing by %s: %w", k.public, err)
	}
	var sig struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(encoded, &sig)
	if err != nil || len(rest) > 0 || !fits(sig.R) || !fits(sig.S) {
		return nil, fmt.Errorf("signing by %s: the signer gave no signature", k.public)
	}
	if k.public.Algorithm() == signature.ES256 {
		// (r, s) and (r, n − s) both verify; only the lower s is ours.
		n := elliptic.P256().Params().N
		if high := new(big.Int).Sub(n, sig.S); high.Cmp(sig.S) < 0 {
			sig.S = high
		}
	}
	raw := make([]byte, signature.SignatureSize)
	if !fits(sig.S) {
		return nil, fmt.Errorf("signing by %s: the signer gave no signature", k.public)
	}
	sig.R.FillBytes(raw[:32])
	sig.S.FillBytes(raw[32:])
	return raw, nil
}

// fits says whether n can be half of a signature of 64 bytes.
func fits(n *big.Int) bool { return n != nil && n.Sign() > 0 && n.BitLen() <= 256 }
