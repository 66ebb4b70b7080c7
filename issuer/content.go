package issuer

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"yizheng/catalog"
	"yizheng/license"
)

// content is the digest of what makes two licenses the same: industry,
// holder and permits. The order in which permits are listed is no content.
func content(a catalog.Application) ([32]byte, error) {
	a.Permits = slices.Clone(a.Permits)
	slices.SortStableFunc(a.Permits, func(x, y license.Permit) int {
		return cmp.Or(cmp.Compare(x.Authority, y.Authority), cmp.Compare(x.Number, y.Number), cmp.Compare(x.Matter, y.Matter))
	})
	return digest(a)
}

// requestHash is the digest of what was asked under an idempotency key: the
// verb, the license it is about, and the applications in their order.
func requestHash(verb, id string, apps []catalog.Application) ([32]byte, error) {
	return digest(struct {
		Verb, ID string
		Apps     []catalog.Application
	}{verb, id, apps})
}

func digest(v any) ([32]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return [32]byte{}, fmt.Errorf("digesting the content: %w", err)
	}
	return sha256.Sum256(b), nil
}

// keysOf gives the keys of the permits.
func keysOf(permits []license.Permit) []PermitKey {
	keys := make([]PermitKey, len(permits))
	for i, p := range permits {
		keys[i] = PermitKey{Authority: p.Authority, Number: p.Number}
	}
	return keys
}
