package keys

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// String names the key by use, algorithm and id, and shows nothing secret.
func (k Key) String() string {
	if k.public.IsZero() {
		return "no key"
	}
	return string(k.use) + " key " + k.public.String()
}

// GoString is the same as String.
func (k Key) GoString() string { return k.String() }

// Format writes the same as String for every verb; without it, %d would print
// the bytes of a private key.
func (k Key) Format(f fmt.State, _ rune) {
	// fmt ignores the errors of its own writer, which has none.
	_, _ = io.WriteString(f, k.String())
}

// LogValue is the same as String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// errSecret answers whoever would write a key by accident.
var errSecret = errors.New("a private key is only written by Save")

// MarshalJSON refuses: a private key is only written by [Save].
func (k Key) MarshalJSON() ([]byte, error) { return nil, errSecret }

// MarshalText refuses: a private key is only written by [Save].
func (k Key) MarshalText() ([]byte, error) { return nil, errSecret }

// GobEncode refuses: a private key is only written by [Save].
func (k Key) GobEncode() ([]byte, error) { return nil, errSecret }
