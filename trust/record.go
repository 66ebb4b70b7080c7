package trust

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/signature"
)

// Record is an issuer's signed statement of the versions that a license has
// had. The status list says that a version is superseded; the record says by
// which. It is a compact JWS of typ [TypeRecord], signed with a key of the
// issuer's entry whose use is [UseRecord].
type Record struct {
	License  string    `json:"license"`  // what all versions share: license.Identifier.Base
	Versions []Version `json:"versions"` // ascending; the last is the newest
	Sequence uint64    `json:"sequence"` // never lower for the same license
	Issued   time.Time `json:"issued"`   // UTC, whole seconds
}

// Version is one version of a license and the day of its issue.
type Version struct {
	Identifier license.Identifier `json:"identifier"`
	Issued     license.Date       `json:"issued"`
}

// Newest is the last version of the record.
func (r *Record) Newest() Version { return r.Versions[len(r.Versions)-1] }

// maxRecord bounds the payload of a record: 999 versions can be stated.
const maxRecord = 256 << 10

// BuildRecord signs r with the issuer's record key and gives the compact JWS.
func BuildRecord(r Record, signer signature.Signer) (string, error) {
	if err := r.check(); err != nil {
		return "", refuse("record", err)
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encoding a license record: %w", err)
	}
	token, err := signature.SignCompact(signer, signature.Header{Type: TypeRecord}, payload)
	if err != nil {
		return "", fmt.Errorf("signing a license record: %w", err)
	}
	return token, nil
}

// ParseRecord reads a record and checks its signature by key. That the key is
// one for records, and of the issuer that the license names, is for the
// caller to see. Its errors are of type [*Error].
func ParseRecord(token string, key signature.PublicKey) (*Record, error) {
	jws, err := signature.Parse(token)
	if err != nil {
		return nil, refuse("record", err)
	}
	if err := jws.Verify(key, TypeRecord); err != nil {
		return nil, refuse("record", fmt.Errorf("%w: %w", errSigned, err))
	}
	var r Record
	if err := Decode(jws.Payload, maxRecord, &r); err != nil {
		return nil, refuse("record", err)
	}
	if err := r.check(); err != nil {
		return nil, refuse("record", err)
	}
	return &r, nil
}

func (r *Record) check() error {
	switch {
	case len(r.Versions) == 0:
		return breaks("it names no version")
	case len(r.Versions) > license.MaxVersion:
		return breaks("it names %d versions", len(r.Versions))
	case r.Sequence == 0 || r.Sequence > maxNumber:
		return breaks("sequence %d: they go from 1 to %d", r.Sequence, uint64(maxNumber))
	case !wholeUTC(r.Issued):
		return breaks("its instant must be UTC and whole seconds")
	}
	for i, v := range r.Versions {
		switch {
		case v.Identifier.Base() != r.License:
			return breaks("%s is no version of %s", v.Identifier, r.License)
		case i > 0 && v.Identifier.Version <= r.Versions[i-1].Identifier.Version:
			return breaks("version %03d does not follow %03d", v.Identifier.Version, r.Versions[i-1].Identifier.Version)
		case v.Issued.IsZero():
			return breaks("%s has no day of issue", v.Identifier)
		}
	}
	return nil
}
