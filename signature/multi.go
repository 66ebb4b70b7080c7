package signature

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Multi is one payload with the signatures of several keys: the general JSON
// serialization of RFC 7515, 7.2.1, without unprotected headers. That it
// parsed says nothing about who made it; see [Multi.Verify].
type Multi struct {
	Payload    []byte
	Signatures []Part // in ascending order of their key ids
}

// Part is one signature of a [Multi]: over SigningInput(Header, Payload).
type Part struct {
	Header    Header
	Signature []byte
}

// multiJSON has the members in the order in which they are written.
type multiJSON struct {
	Payload    string     `json:"payload"`
	Signatures []partJSON `json:"signatures"`
}

type partJSON struct {
	Protected string `json:"protected"`
	Signature string `json:"signature"`
}

// ParseMulti reads what [Multi.MarshalJSON] writes, white space between
// members aside: {"payload":…,"signatures":[{"protected":…,"signature":…},…]}
// with these members in this order and none other, each part as strict as
// [Parse] is, every header with a key id, ascending, no two the same. The
// error is [ErrMalformed].
func ParseMulti(b []byte) (*Multi, error) {
	compact, err := compactJSON(b, MaxMulti)
	if err != nil {
		return nil, fmt.Errorf("reading JWS: %w", err)
	}
	var text multiJSON
	if err := json.Unmarshal(compact, &text); err != nil {
		return nil, fmt.Errorf("reading JWS: %w: not a JWS of several signatures", ErrMalformed)
	}
	if n := len(text.Signatures); n < 1 || n > MaxSignatures {
		return nil, fmt.Errorf("reading JWS: %w: %d signatures", ErrMalformed, n)
	}
	m := &Multi{Signatures: make([]Part, len(text.Signatures))}
	if m.Payload, err = decode(text.Payload); err != nil {
		return nil, fmt.Errorf("decoding payload: %w", err)
	}
	for i, part := range text.Signatures {
		if m.Signatures[i].Header, err = decodeHeader(part.Protected); err != nil {
			return nil, err
		}
		if m.Signatures[i].Signature, err = decode(part.Signature); err != nil {
			return nil, fmt.Errorf("decoding signature: %w", err)
		}
	}
	canonical, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(canonical, compact) {
		return nil, fmt.Errorf("reading JWS: %w: not in canonical form", ErrMalformed)
	}
	return m, nil
}

// MarshalJSON gives the canonical general JSON serialization. The error is
// [ErrMalformed] where there is none.
func (m *Multi) MarshalJSON() ([]byte, error) {
	enc := base64.RawURLEncoding
	text := multiJSON{Payload: enc.EncodeToString(m.Payload), Signatures: make([]partJSON, len(m.Signatures))}
	last := ""
	for i, part := range m.Signatures {
		canonical := part.Header.Canonical()
		switch {
		case canonical == nil:
			return nil, fmt.Errorf("%w: header has no canonical form", ErrMalformed)
		case part.Header.KeyID <= last:
			return nil, fmt.Errorf("%w: key ids do not ascend", ErrMalformed)
		case len(part.Signature) != SignatureSize:
			return nil, fmt.Errorf("%w: signature of %d bytes", ErrMalformed, len(part.Signature))
		}
		last = part.Header.KeyID
		text.Signatures[i] = partJSON{enc.EncodeToString(canonical), enc.EncodeToString(part.Signature)}
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads what [ParseMulti] reads.
func (m *Multi) UnmarshalJSON(b []byte) error {
	parsed, err := ParseMulti(b)
	if err != nil {
		return err
	}
	*m = *parsed
	return nil
}

// Verify says whether at least threshold of the keys signed the payload as a
// thing of type typ. A key counts once, however often it is given. Signatures
// by keys that are not given are passed over, so that old and new keys can
// sign together while keys change; a false signature under the id of a given
// key refuses the whole. Errors: [ErrThreshold], [ErrAlgorithm], [ErrType],
// [ErrSignature], [ErrHighS]; [ErrKey] where fewer different keys are given
// than the threshold asks for, or the threshold is below 1.
func (m *Multi) Verify(keys []PublicKey, threshold int, typ string) error {
	given := make(map[string]PublicKey, len(keys))
	for _, key := range keys {
		if key.IsZero() {
			return fmt.Errorf("%w: no key", ErrKey)
		}
		if other, found := given[key.KeyID()]; found && !other.Equal(key) {
			return fmt.Errorf("%w: two keys have the id %s", ErrKey, key.KeyID())
		}
		given[key.KeyID()] = key
	}
	if threshold < 1 || threshold > len(given) {
		return fmt.Errorf("%w: %d of %d can not sign", ErrKey, threshold, len(given))
	}
	signed := make(map[string]bool, len(given))
	for _, part := range m.Signatures {
		key, found := given[part.Header.KeyID]
		if !found {
			continue
		}
		if err := part.Header.matches(key, typ); err != nil {
			return err
		}
		if err := key.Verify(SigningInput(part.Header, m.Payload), part.Signature); err != nil {
			return fmt.Errorf("verifying by key %s: %w", key.KeyID(), err)
		}
		signed[key.KeyID()] = true
	}
	if len(signed) < threshold {
		return fmt.Errorf("%w: %d of %d", ErrThreshold, len(signed), threshold)
	}
	return nil
}

// SignMulti signs the payload with every signer and gives the canonical JSON.
// It fills the headers' algorithms and key ids and sorts the signatures.
func SignMulti(signers []Signer, h Header, payload []byte) ([]byte, error) {
	if len(signers) < 1 || len(signers) > MaxSignatures {
		return nil, fmt.Errorf("%w: %d signers", ErrMalformed, len(signers))
	}
	m := &Multi{Payload: payload}
	for _, s := range signers {
		header, sig, err := sign(s, h, payload)
		if err != nil {
			return nil, err
		}
		m.add(Part{header, sig})
	}
	b, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(b) > MaxMulti {
		return nil, fmt.Errorf("%w: JWS of %d bytes", ErrMalformed, len(b))
	}
	return b, nil
}

// add puts the part in its place in the order of key ids.
func (m *Multi) add(part Part) {
	at := 0
	for at < len(m.Signatures) && m.Signatures[at].Header.KeyID < part.Header.KeyID {
		at++
	}
	m.Signatures = append(m.Signatures[:at], append([]Part{part}, m.Signatures[at:]...)...)
}
