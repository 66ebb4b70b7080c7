package seal

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
)

// What a signature may bring along, since whoever hands it in chose it, and it is
// read and calculated with before anybody is known to stand behind it.
const (
	// maxSignature is how many bytes a signature may have, with certificates and
	// timestamp: one with a chain of sixteen has some 60 kB.
	maxSignature = 1 << 20
	// maxModulus is how many bits an RSA key may have; the time that a signature
	// takes grows with their square, and with a million is more than a minute. TLS
	// of the standard library has the same bound.
	maxModulus = 8192
)

// certificatesOf reads certificates one after another in DER. A key that nobody
// could check a signature with in good time is an error.
func certificatesOf(der []byte) ([]*x509.Certificate, error) {
	certificates, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, err
	}
	for _, c := range certificates {
		if key, is := c.PublicKey.(*rsa.PublicKey); is && key.N.BitLen() > maxModulus {
			return nil, fmt.Errorf("an RSA key of %d bits, %d at most", key.N.BitLen(), maxModulus)
		}
	}
	return certificates, nil
}
