package seal

import "encoding/asn1"

// evidence is Adobe's revocation information (ISO 32000-1, 12.8.3.3.2), which
// is signed with the document: PDF readers look for it there.
type evidence struct {
	CRLs  []asn1.RawValue `asn1:"explicit,optional,omitempty,tag:0"`
	OCSPs []asn1.RawValue `asn1:"explicit,optional,omitempty,tag:1"`
}

// Proof is what says that one certificate is not revoked: an OCSP response
// (RFC 6960) or, where its issuer has no responder, a CRL (RFC 5280), in DER.
// The other one is nil.
type Proof struct {
	OCSP, CRL []byte
}

// gather puts proofs together, each once.
func gather(proofs []Proof) *evidence {
	if len(proofs) == 0 {
		return nil
	}
	e := new(evidence)
	seen := make(map[string]bool)
	add := func(to *[]asn1.RawValue, der []byte) {
		if len(der) > 0 && !seen[string(der)] {
			seen[string(der)] = true
			*to = append(*to, asn1.RawValue{FullBytes: der})
		}
	}
	for _, p := range proofs {
		add(&e.CRLs, p.CRL)
		add(&e.OCSPs, p.OCSP)
	}
	return e
}
