package desk

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"yizheng/issuer"
)

// newKey draws the key of a form, by which it does what it is for once,
// however often it is sent.
func (d *Desk) newKey() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(d.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a key: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// ownKey binds a form's key to whoever sends it: a person's keys are their
// own, and those of the desk no program's.
func ownKey(q *request, key string) string {
	return fmt.Sprintf("desk %q %q %s", q.who.Issuer, q.who.Subject, key)
}

// order is what a form with a key asks for, in the name of actor. A form
// without one is none of ours.
func order(q *request, actor issuer.Actor, key string) (issuer.Order, error) {
	if b, err := hex.DecodeString(key); err != nil || len(b) != 16 {
		return issuer.Order{}, refuse(http.StatusBadRequest, badRequest, nil)
	}
	return issuer.Order{Actor: actor, Key: ownKey(q, key)}, nil
}
