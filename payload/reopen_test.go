package payload_test

import (
	"bytes"
	"testing"

	"yizheng/license"
	"yizheng/payload"
)

// TestReopen wants a draft that was kept to be what it was.
func TestReopen(t *testing.T) {
	for _, l := range fixtures(t) {
		reopen(t, l, builtin(t, "310105"))
	}
}

func reopen(t *testing.T, l *license.License, d *payload.Dictionary) {
	t.Helper()
	key := publicKey(t)
	draft, err := payload.Encode(l, d, key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := payload.Reopen(draft.SigningInput())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.SigningInput(), draft.SigningInput()) || !again.Wants(key, d) {
		t.Error("the draft is another one")
	}
	sig := bytes.Repeat([]byte{1}, 64)
	one, err := draft.Sealed(sig)
	if err != nil {
		t.Fatal(err)
	}
	other, err := again.Sealed(sig)
	if err != nil || one.Digits() != other.Digits() {
		t.Errorf("sealed it has other digits, %v", err)
	}
	most, err := payload.MostDigits(l)
	if err != nil || most < len(one.Digits()) {
		t.Errorf("at most %d digits are promised, and there are %d, %v", most, len(one.Digits()), err)
	}
	for _, bad := range [][]byte{nil, []byte("a.b"), draft.SigningInput()[1:]} {
		if _, err := payload.Reopen(bad); err == nil {
			t.Errorf("%q is reopened", bad)
		}
	}
}
