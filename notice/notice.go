// Package notice lets the deployment of an issuer tell others that a status
// list has changed, so that a revocation is seen there at once. A [Notice] says
// of which list there is which sequence, and no more: whoever receives one
// fetches the list from its own address and verifies it as ever. It is signed
// by the issuer's status key, so that only those on the trust list can make
// anybody fetch. [Sender] sends; docs/decisions/notices.md has the form.
package notice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yizheng/signature"
)

// Type is the typ of a notice.
const Type = "yz-notice"

// Bounds on what is read.
const (
	MaxToken = 64 << 10 // bytes
	MaxLists = 256

	maxSequence = 1<<53 - 1 // as of a status list
)

// ErrMalformed: what was received is no notice.
var ErrMalformed = errors.New("no notice")

// Notice says which sequence each of some lists has. Its JSON is written in
// one way only: these members in this order.
type Notice struct {
	At    time.Time `json:"at"` // UTC, whole seconds
	Lists []List    `json:"lists"`
}

// List is the address of a list and the sequence that it has now.
type List struct {
	URI      string `json:"uri"`
	Sequence uint64 `json:"seq"`
}

// Sign gives the compact JWS of a notice.
func Sign(n Notice, signer signature.Signer) (string, error) {
	n.At = n.At.UTC().Truncate(time.Second)
	payload, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("writing a notice: %w", err)
	}
	token, err := signature.SignCompact(signer, signature.Header{Type: Type}, payload)
	if err != nil {
		return "", fmt.Errorf("signing a notice: %w", err)
	}
	return token, nil
}

// Read verifies a notice by the key that keyOf gives for an id and an address
// of a list; all lists must be of one key. That the key is one for status
// lists of that address is for keyOf to see: it gives false where it is not.
func Read(token string, keyOf func(id, uri string) (signature.PublicKey, bool)) (Notice, error) {
	if len(token) > MaxToken {
		return Notice{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(token))
	}
	jws, err := signature.Parse(token)
	if err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var n Notice
	if err := json.Unmarshal(jws.Payload, &n); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if canonical, err := json.Marshal(n); err != nil || !bytes.Equal(canonical, jws.Payload) {
		return Notice{}, fmt.Errorf("%w: not in canonical form", ErrMalformed)
	}
	if len(n.Lists) == 0 || len(n.Lists) > MaxLists {
		return Notice{}, fmt.Errorf("%w: of %d lists", ErrMalformed, len(n.Lists))
	}
	if _, offset := n.At.Zone(); offset != 0 || n.At.Nanosecond() != 0 {
		return Notice{}, fmt.Errorf("%w: its instant is no whole second of UTC", ErrMalformed)
	}
	var key signature.PublicKey
	for _, list := range n.Lists {
		if list.Sequence < 1 || list.Sequence > maxSequence {
			return Notice{}, fmt.Errorf("%w: sequence %d", ErrMalformed, list.Sequence)
		}
		of, known := keyOf(jws.Header.KeyID, list.URI)
		if !known || !key.IsZero() && !key.Equal(of) {
			return Notice{}, fmt.Errorf("%w: key %.32q is none for the lists of %.256q", signature.ErrKey, jws.Header.KeyID, list.URI)
		}
		key = of
	}
	if err := jws.Verify(key, Type); err != nil {
		return Notice{}, fmt.Errorf("verifying a notice: %w", err)
	}
	return n, nil
}
