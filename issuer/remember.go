package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yizheng/license"
)

// Done is what is remembered of an act under its idempotency key: who repeats
// the request gets this answer, and nothing is done, whatever happened since.
type Done struct {
	Key        string
	Hash       [32]byte  // of the request under the key
	Identifier string    // the version that was current then
	Permit     PermitKey // that was acted on; empty where the license was withdrawn
	State      license.State
	At         time.Time
}

// doing is what is to be remembered of an act; nil without a key.
func (i *Issuer) doing(key string, hash [32]byte, d Done) *Done {
	if key == "" {
		return nil
	}
	d.Key, d.Hash, d.At = key, hash, i.now()
	return &d
}

// doneBefore gives what was remembered under the key of an act. Another
// request under it is refused.
func (i *Issuer) doneBefore(ctx context.Context, key string, hash [32]byte) (_ Done, found bool, _ error) {
	if key == "" {
		return Done{}, false, nil
	}
	done, err := i.c.Store.Done(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Done{}, false, nil
	}
	if err != nil {
		return Done{}, false, fmt.Errorf("looking up the idempotency key: %w", err)
	}
	if done.Hash != hash {
		return Done{}, false, keyReused()
	}
	return done, true, nil
}

func keyReused() license.Faults {
	return license.Faults{fault("", "idempotency_key_reused",
		"this Idempotency-Key was used for another request", "该幂等键已用于另一请求")}
}
