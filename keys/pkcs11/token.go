//go:build pkcs11

package pkcs11

import (
	"errors"
	"fmt"
	"time"

	"github.com/ThalesGroup/crypto11"
)

// patience is how long a signature waits for a session of the token's.
const patience = 30 * time.Second

// Open loads the library, logs in at the token and finds the key. A wrong PIN
// counts as an attempt there, and few tokens allow many: it is tried once.
func Open(c Config) (*Token, error) {
	context, err := crypto11.Configure(&crypto11.Config{Path: c.Module, TokenLabel: c.Token, Pin: string(c.PIN), PoolWaitTimeout: patience})
	if err != nil {
		return nil, fmt.Errorf("opening token %q of %s: %w", c.Token, c.Module, err)
	}
	found, err := context.FindKeyPairs(nil, []byte(c.Key))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%w: %q: there are %d", ErrKey, c.Key, len(found))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("looking for the key in token %q: %w", c.Token, err), context.Close())
	}
	return &Token{Signer: found[0], close: context.Close}, nil
}
