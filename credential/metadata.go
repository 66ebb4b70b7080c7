package credential

import (
	"encoding/json"
	"fmt"

	"yizheng/signature"
)

// Metadata is what an issuer publishes at /.well-known/jwt-vc-issuer (SD-JWT
// VC, JWT VC Issuer Metadata): the keys by which its exports verify. It
// should give those too that sign no more and whose exports are still good.
func Metadata(issuer string, keys []signature.PublicKey) ([]byte, error) {
	m := struct {
		Issuer string `json:"issuer"`
		JWKS   struct {
			Keys []signature.PublicKey `json:"keys"`
		} `json:"jwks"`
	}{Issuer: issuer}
	m.JWKS.Keys = append([]signature.PublicKey{}, keys...)
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding the issuer's metadata: %w", err)
	}
	return b, nil
}
