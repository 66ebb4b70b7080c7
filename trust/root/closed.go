package root

import (
	"errors"
	"fmt"
	"slices"

	"yizheng/trust"
)

// ErrReopened: a list would make good again what a published list has closed.
var ErrReopened = errors.New("what was closed stays closed, by the same closing list")

// stayClosed refuses a list after which a key or an entry that was closed would
// not be: one that was drawn up before it was closed, and is signed only now.
// An entry may go as a whole, since nothing by its keys counts then.
func stayClosed(before []trust.Issuer, after *trust.List) error {
	for _, was := range before {
		i := -1
		if after != nil {
			i = slices.IndexFunc(after.Issuers, func(is trust.Issuer) bool { return is.Region == was.Region })
		}
		if i < 0 {
			continue
		}
		is := after.Issuers[i]
		if was.Closing != "" && is.Closing != was.Closing {
			return fmt.Errorf("root: publishing for %s: %w", was.Region, ErrReopened)
		}
		for _, key := range was.Keys {
			if next := keyOf(is.Keys, key); key.Closing != "" && next != nil && next.Closing != key.Closing {
				return fmt.Errorf("root: publishing key %s of %s: %w; ask for the district's keys again (yizheng keys compromise)",
					key.PublicKey.KeyID(), was.Region, ErrReopened)
			}
		}
	}
	return nil
}
