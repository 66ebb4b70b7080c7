//go:build !race

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// lone is a district with a root of its own, as init makes it, and its node at a
// clock that the test sets.
type lone struct {
	*node
	dir string
	now time.Time
	log bytes.Buffer
}

func newLone(t *testing.T, passphrase string, change func(dir string)) *lone {
	t.Helper()
	l := &lone{dir: filepath.Join(t.TempDir(), "district"), now: verifiertest.Now()}
	clock := func() time.Time { return l.now }
	secret := []byte(passphrase)
	err := initialise(t.Context(), initOptions{
		dir: l.dir, region: "310105", url: "https://zheng.example", demonstration: true, clock: clock, log: slog.New(slog.DiscardHandler), passphrase: secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	change(l.dir)
	log := slog.New(slog.NewTextHandler(&l.log, nil))
	d, err := openDeployment(t.Context(), l.dir, postgresSettings{}, clock, log, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	shared, err := openExchange(nil, nil, "", "310105", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shared.Close() })
	client, err := outward(time.Second, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if l.node, err = newNode(t.Context(), d, nodeOptions{client: client, shared: shared, passphrase: secret}); err != nil {
		t.Fatal(err)
	}
	return l
}

// renewal gives what /readyz says of how the trust documents are looked after.
func (l *lone) renewal(t *testing.T) string {
	t.Helper()
	for _, check := range l.checks() {
		if check.Name != "renewal" {
			continue
		}
		if !check.Spared {
			t.Error("a node that could serve is said to be unable to")
		}
		var missing *api.NotReady
		if err := check.Ready(t.Context()); errors.As(err, &missing) {
			return missing.Reason
		}
		return ""
	}
	t.Fatal("nothing is said")
	return ""
}

// TestLoneRoot: a district that was made without a root of others goes on by
// itself, with the folder of its root taken away: its node states anew that the
// trust documents count. A month before what the root has signed ends, it says so.
func TestLoneRoot(t *testing.T) {
	t.Parallel()
	for name, passphrase := range map[string]string{"plain": "", "encrypted": "a passphrase for keys"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var away string
			l := newLone(t, passphrase, func(dir string) {
				away = filepath.Join(filepath.Dir(dir), "safe")
				if err := os.Rename(filepath.Join(dir, "root"), away); err != nil {
					t.Fatal(err)
				}
			})
			info, err := os.Stat(filepath.Join(l.dir, "online.jwk"))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatal(info, err)
			}
			if k, err := keys.Load(filepath.Join(l.dir, "online.jwk"), []byte(passphrase)); err != nil || k.Use() != keys.UseOnline {
				t.Fatal(err)
			}
			for range 30 {
				l.now = l.now.AddDate(0, 0, 10)
				if err := l.tendOnce(t.Context()); err != nil {
					t.Fatal(err)
				}
				for _, part := range []trust.Part{trust.ListPart, trust.PolicyPart} {
					if left := l.trustEnds(part).Sub(l.now); left < 20*24*time.Hour {
						t.Fatalf("%s: %s of the %s are left", l.now, left, part)
					}
				}
				if said := l.renewal(t); said != "" {
					t.Fatalf("%s: %s", l.now, said)
				}
			}
			// The documents themselves were signed for a year.
			l.now = l.now.AddDate(0, 0, 45)
			if err := l.tendOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if said := l.renewal(t); said != "trust_to_be_signed" {
				t.Errorf("three weeks before their end: %q", said)
			}
			l.warnOfTrust()
			if told := l.log.String(); !strings.Contains(told, "trust_to_be_signed") || !strings.Contains(told, "signer=city-31") {
				t.Errorf("told %q", told)
			}
			if e := l.expiry(); !e.TrustLate || e.TrustList.Sub(l.now) > 24*24*time.Hour {
				t.Errorf("the desk says %+v", e)
			}
		})
	}
}

// TestPassphraseOnce: a node that takes its passphrase from a pipe, in which it
// is but once, begins to serve.
func TestPassphraseOnce(t *testing.T) {
	t.Parallel()
	const words = "a passphrase for keys"
	data, file := filepath.Join(t.TempDir(), "d"), filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(file, []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	if exit, _, said := runMain("", "init", "--data", data, "--demonstration", "--url", "https://zheng.example", "--passphrase-file", file); exit != 0 {
		t.Fatal(said)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	if _, err := write.WriteString(words); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	node, _ := serving(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--passphrase-file", fmt.Sprintf("/proc/self/fd/%d", read.Fd()))
	if said := answered(t, node+"/readyz"); !strings.Contains(said, `"status":"ok"`) {
		t.Error(said)
	}
}

// TestNobodyStates: where nobody states anew that the trust documents count, that
// is told days before they cease to.
func TestNobodyStates(t *testing.T) {
	t.Parallel()
	l := newLone(t, "", func(dir string) {
		s, err := loadSettings(dir)
		if err != nil {
			t.Fatal(err)
		}
		s.Trust = nil
		if err := os.WriteFile(filepath.Join(dir, settingsFile), s.bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	begin := l.now
	for day, want := range map[int]string{0: "", 24: "", 26: "trust_not_renewed", 31: "trust_not_renewed"} {
		l.now = begin.AddDate(0, 0, day)
		if said := l.renewal(t); said != want {
			t.Errorf("day %d: %q, want %q", day, said, want)
		}
		l.log.Reset()
		l.warnOfTrust()
		if told := l.log.String(); strings.Contains(told, "trust_not_renewed") != (want != "") {
			t.Errorf("day %d: told %q", day, told)
		}
	}
}

// TestPublishedWhileBeginning publishes at another node what the one that begins
// has not loaded any more: it takes it over, though nobody writes after that.
func TestPublishedWhileBeginning(t *testing.T) {
	l := newLone(t, "", func(string) {})
	other, err := openDeployment(t.Context(), l.dir, postgresSettings{}, l.d.clock, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	raw, err := os.ReadFile("../../examples/restaurant-3-permits.json")
	if err != nil {
		t.Fatal(err)
	}
	app, err := catalog.ParseApplication(raw)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := other.issuer.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: issuer.Operator("tester")})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := l.Verify(t.Context(), issued[0].Text); r.Outcome == verifier.Valid {
		t.Fatal("the node has it already")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	defer func() { stop(); <-ended }()
	for deadline := time.Now().Add(10 * time.Second); l.Verify(ctx, issued[0].Text).Outcome != verifier.Valid; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never takes it over: %v", l.Verify(ctx, issued[0].Text).Checks)
		}
	}
}
