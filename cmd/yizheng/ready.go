package main

import (
	"context"
	"errors"

	"yizheng/api"
	"yizheng/keys"
	"yizheng/license"
	"yizheng/register"
)

// register says whether the register can be worked with.
func (n *node) register(ctx context.Context) error {
	if err := n.d.store.Ready(ctx); err != nil {
		return &api.NotReady{Reason: registerReason(err), Cause: err}
	}
	return nil
}

// registerReason says in a word why a register cannot be worked with.
func registerReason(err error) string {
	switch {
	case errors.Is(err, register.ErrOlder):
		return "register_older"
	case errors.Is(err, register.ErrNewer):
		return "register_newer"
	case errors.Is(err, register.ErrMovedAway):
		return "register_moved"
	}
	return "register_unavailable"
}

// keys says whether what this node signs counts: since it started, another
// trust list may have come.
func (n *node) keys(context.Context) error {
	today, bundle := license.DateOf(n.clock()), n.view.Load().bundle
	for _, use := range []keys.Use{keys.UseLicense, keys.UseStatus, keys.UseRecord} {
		key, err := n.d.ring.Key(use)
		if err != nil {
			return &api.NotReady{Reason: "key_missing", Cause: err}
		}
		of, named := bundle.KeyIn(n.d.settings.Region, key.PublicKey().KeyID())
		if !named || string(of.Key.Use) != string(use) {
			return &api.NotReady{Reason: "key_not_on_trust_list", Cause: errors.New("use " + string(use))}
		}
		if of.Closing == "" && !of.Key.SignsOn(today) { // of a closed one, issues says it
			return &api.NotReady{Reason: "key_expired", Cause: errors.New("use " + string(use))}
		}
	}
	return nil
}

// issues says whether anything is issued. Where the key was closed, this node
// goes on verifying, and waits to be restarted with another.
func (n *node) issues(context.Context) error {
	key, err := n.d.ring.Key(keys.UseLicense)
	if err != nil {
		return nil // keys says it
	}
	of, named := n.view.Load().bundle.KeyIn(n.d.settings.Region, key.PublicKey().KeyID())
	if named && (of.Closing != "" || of.Issuer.Closing != "") {
		return &api.NotReady{Reason: "key_closed"}
	}
	return nil
}

// seal says whether documents can be sealed. Without, licenses are issued, and
// their documents wait.
func (n *node) seal(context.Context) error {
	if n.clock().Unix() >= int64(n.d.press.seal.expires()) {
		return &api.NotReady{Reason: "seal_expired"}
	}
	return nil
}
