package notice_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/notice"
	"yizheng/signature"
)

const list = "https://zheng.example/status/7"

func newKey(t *testing.T, seed byte) *keys.Key {
	t.Helper()
	key, err := keys.Generate(keys.UseStatus, signature.ES256, bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// by believes one key for the lists of one issuer.
func by(key *keys.Key) func(id, uri string) (signature.PublicKey, bool) {
	return func(id, uri string) (signature.PublicKey, bool) {
		public := key.PublicKey()
		return public, id == public.KeyID() && strings.HasPrefix(uri, "https://zheng.example/status/")
	}
}

func TestRead(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	signed := func(n notice.Notice, by signature.Signer) string {
		token, err := notice.Sign(n, by)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	raw := func(typ, payload string) string {
		token, err := signature.SignCompact(key, signature.Header{Type: typ}, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := notice.Notice{At: time.Date(2026, 6, 1, 0, 0, 0, 5, time.UTC), Lists: []notice.List{{URI: list, Sequence: 9}}}
	many := notice.Notice{Lists: make([]notice.List, notice.MaxLists+1)}
	const payload = `{"at":"2026-06-01T00:00:00Z","lists":[{"uri":"https://zheng.example/status/7","seq":9}]}`
	tests := map[string]struct {
		token string
		want  error
	}{
		"as it is":            {signed(good, key), nil},
		"as it is, written":   {raw(notice.Type, payload), nil},
		"by another key":      {signed(good, other), signature.ErrKey},
		"of another's list":   {signed(notice.Notice{Lists: []notice.List{{URI: list, Sequence: 9}, {URI: "http://169.254.169.254/", Sequence: 1}}}, key), signature.ErrKey},
		"another thing":       {raw("statuslist+jwt", payload), signature.ErrType},
		"of nothing":          {signed(notice.Notice{}, key), notice.ErrMalformed},
		"of too much":         {signed(many, key), notice.ErrMalformed},
		"something more":      {raw(notice.Type, strings.Replace(payload, `"at"`, `"x":1,"at"`, 1)), notice.ErrMalformed},
		"no JSON":             {raw(notice.Type, "x"), notice.ErrMalformed},
		"nothing":             {"", notice.ErrMalformed},
		"far too long":        {strings.Repeat("a", notice.MaxToken+1), notice.ErrMalformed},
		"changed on the way":  {strings.Replace(signed(good, key), ".", ".A", 1), nil},
		"signature cut short": {signed(good, key)[:60], notice.ErrMalformed},
	}
	for name, tt := range tests {
		n, err := notice.Read(tt.token, by(key))
		if name == "changed on the way" {
			if err == nil {
				t.Error("what was changed on the way is read")
			}
			continue
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if err == nil && (len(n.Lists) != 1 || n.Lists[0] != good.Lists[0]) {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// TestSender: what is taken is not sent again, what fails is, the newest of
// each list in one notice, and one receiver keeps nothing from another.
func TestSender(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	type receiver struct {
		*httptest.Server
		asked atomic.Int32
		got   chan notice.Notice
	}
	receive := func(answer func(n int32, w http.ResponseWriter, r *http.Request) bool) *receiver {
		r := &receiver{got: make(chan notice.Notice, 16)}
		r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if !answer(r.asked.Add(1), w, request) {
				return
			}
			body, _ := io.ReadAll(request.Body)
			n, err := notice.Read(string(body), by(key))
			if err != nil {
				t.Error(err)
			}
			r.got <- n
		}))
		t.Cleanup(r.Close)
		return r
	}
	status := func(n int, then bool) func(int32, http.ResponseWriter, *http.Request) bool {
		return func(i int32, w http.ResponseWriter, _ *http.Request) bool {
			if then && i > 2 {
				return true
			}
			w.WriteHeader(n)
			return false
		}
	}
	good := receive(func(int32, http.ResponseWriter, *http.Request) bool { return true })
	busy := receive(status(http.StatusServiceUnavailable, true))
	refusing := receive(status(http.StatusForbidden, false))
	sending := receive(func(_ int32, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, good.URL, http.StatusTemporaryRedirect)
		return false
	})
	var log bytes.Buffer
	s := notice.NewSender(notice.Config{
		Addresses: []string{"http://127.0.0.1:1/", refusing.URL, sending.URL, busy.URL, good.URL},
		Client:    &http.Client{Timeout: time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, Signer: key, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	s.Put(list, 3)
	s.Put(list, 5)
	s.Put(list, 4)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	for _, r := range []*receiver{good, busy} {
		select {
		case n := <-r.got:
			if len(n.Lists) != 1 || n.Lists[0] != (notice.List{URI: list, Sequence: 5}) {
				t.Errorf("%+v", n)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("no notice came")
		}
	}
	s.Put(list, 6)
	if n := <-good.got; n.Lists[0].Sequence != 6 {
		t.Errorf("%+v", n)
	}
	stop()
	<-ended
	if refusing.asked.Load() > 2 || sending.asked.Load() > 2 || good.asked.Load() != 2 {
		t.Errorf("asked: refusing %d, sending elsewhere %d, good %d", refusing.asked.Load(), sending.asked.Load(), good.asked.Load())
	}
}

// TestKeysOfOneID holds that a notice whose lists are of two issuers with keys
// of one id is neither's, in whichever order they stand.
func TestKeysOfOneID(t *testing.T) {
	t.Parallel()
	victim, attacker := newKey(t, 1), newKey(t, 2)
	token, err := notice.Sign(notice.Notice{At: time.Now(), Lists: []notice.List{{URI: "https://a.example/status/0", Sequence: 2}, {URI: "https://b.example/status/0", Sequence: 2}}}, attacker)
	if err != nil {
		t.Fatal(err)
	}
	keys := []signature.PublicKey{victim.PublicKey(), attacker.PublicKey()}
	for range 2 {
		if _, err := notice.Read(token, func(_, uri string) (signature.PublicKey, bool) {
			return keys[map[string]int{"https://a.example/status/0": 0, "https://b.example/status/0": 1}[uri]], true
		}); !errors.Is(err, signature.ErrKey) {
			t.Errorf("read: %v", err)
		}
		keys[0], keys[1] = keys[1], keys[0]
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		_, err := notice.Read(token, func(string, string) (signature.PublicKey, bool) { return signature.PublicKey{}, true })
		if err == nil {
			t.Error("read without a key")
		}
	})
}
