package root

import (
	"errors"
	"fmt"

	"yizheng/license"
	"yizheng/trust"
)

// Assemble gives the bundle of a verifier that stands in region and was given
// these roots by hand, from documents that several signers have published, in
// any order. It fails where nothing of them can be believed.
func Assemble(region license.Region, roots []trust.AnchoredRoot, published ...[]byte) (b *trust.Bundle, err error) {
	anchor := trust.Anchor{Region: region, Roots: roots}
	var refused error
	for _, p := range published {
		if b == nil {
			b, err = anchor.Open(p)
		} else {
			b, err = b.Update(p)
		}
		refused = errors.Join(refused, err)
	}
	if b == nil {
		return nil, fmt.Errorf("root: nothing of what was published can be believed: %w", refused)
	}
	// Once more, for those that came before what they rest on.
	for _, p := range published {
		if n, err := b.Update(p); err == nil {
			b = n
		}
	}
	return b, nil
}
