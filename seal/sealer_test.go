package seal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yizheng/seal"
	"yizheng/seal/authority"
	"yizheng/seal/sealtest"
)

// want gives v, or ends the test.
func want[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// paperOf is [paper] with another room.
func paperOf(text string, space int) (before, after []byte) {
	head := "%PDF-1.7\n" + text + "\n"
	entry := "/ByteRange[0 %010d %010d %010d]/Contents"
	from := len(head) + len(fmt.Sprintf(entry, 0, 0, 0))
	tail := "\n%%EOF\n"
	return []byte(head + fmt.Sprintf(entry, from, from+2*space+2, len(tail))), []byte(tail)
}

func putIn(before, after, cms []byte, space int) []byte {
	hole := make([]byte, space)
	copy(hole, cms)
	return bytes.Join([][]byte{before, []byte("<" + hex.EncodeToString(hole) + ">"), after}, nil)
}

// document is a sealed paper and what was sealed.
type document struct {
	pdf, signed []byte
	seal.Signature
	space int
}

func sealOne(t testing.TB, s *seal.Sealer) document {
	t.Helper()
	return sealText(t, s, "a license")
}

func sealText(t testing.TB, s *seal.Sealer, text string) document {
	t.Helper()
	p := want(s.Prepare(context.Background()))(t)
	before, after := paperOf(text, p.Space())
	d := document{signed: append(bytes.Clone(before), after...), space: p.Space()}
	d.Signature = want(p.Seal(context.Background(), d.signed))(t)
	d.pdf = putIn(before, after, d.CMS, d.space)
	return d
}

func config(t testing.TB, w *sealtest.World, id seal.Identity, stamped, evidence bool) seal.Config {
	t.Helper()
	c := seal.Config{Identity: id}
	if stamped {
		c.Stamper = want(authority.NewStamper(w.TSAURL(), nil))(t)
		c.Authorities = []*x509.Certificate{w.Root}
	}
	if evidence {
		c.Revocation = authority.NewRevocation(nil, time.Now)
	}
	return c
}

// TestConfigurations makes a seal of each kind and has it verified here.
func TestConfigurations(t *testing.T) {
	w := sealtest.New(t)
	w.Know(w.TSA)
	ec := w.Seal("上海市长宁区行业综合许可专用章", sealtest.NewKey(t))
	rsa := w.Seal("上海市长宁区行业综合许可专用章", sealtest.NewRSAKey(t))
	list := w.Seal("seal without a responder", sealtest.NewKey(t), func(c *x509.Certificate) { c.OCSPServer = nil })
	w.Know(ec.Certificate)
	w.Know(rsa.Certificate)
	for _, c := range []struct {
		name              string
		id                seal.Identity
		stamped, evidence bool
	}{
		{"P-256 with chain", ec, false, false},
		{"RSA with chain", rsa, false, false},
		{"P-256 with chain and timestamp", ec, true, false},
		{"P-256 with chain and revocation", ec, false, true},
		{"P-256 with chain, timestamp and revocation", ec, true, true},
		{"RSA with chain, timestamp and revocation", rsa, true, true},
		{"P-256 with chain, timestamp and lists", list, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := want(seal.New(config(t, w, c.id, c.stamped, c.evidence)))(t)
			d := sealOne(t, s)
			began := time.Now()
			d = sealOne(t, s)
			t.Logf("%d bytes in a room of %d, made in %s", len(d.CMS), d.space, time.Since(began).Round(100*time.Microsecond))
			if left := d.space - len(d.CMS); !c.stamped && left > 4 { // the two numbers of ECDSA are a byte or two shorter now and then
				t.Errorf("%d bytes of the room are of no use", left)
			}
			trust := seal.Trust{Seals: []*x509.Certificate{c.id.Certificate}}
			if c.stamped {
				trust.Authorities = []*x509.Certificate{w.Root}
			}
			r := want(trust.Verify(d.pdf))(t)
			if !r.Accepted() || r.Timestamp.IsZero() == c.stamped || r.Space != d.space || !r.Timestamp.Equal(d.Timestamp) {
				t.Errorf("report is %+v", r)
			}
			if len(d.CMS)+600 < d.space {
				t.Errorf("%d bytes in a room of %d", len(d.CMS), d.space)
			}
		})
	}
}

// TestRoomIsComputed holds the room against the largest signature that any key
// of the kind makes.
func TestRoomIsComputed(t *testing.T) {
	for range 64 {
		key := newKey(t)
		s := want(seal.New(seal.Config{Identity: seal.Identity{Signer: key, Certificate: certify(t, key, "seal")}, Clock: func() time.Time { return signedAt }}))(t)
		if d := sealOne(t, s); d.space > 1024 {
			t.Fatalf("a room of %d for %d bytes", d.space, len(d.CMS))
		}
	}
}

func TestStartRefuses(t *testing.T) {
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	for _, c := range []struct {
		name, says string
		id         seal.Identity
		want       error
	}{
		{"another's certificate", "not the certificate's", seal.Identity{Signer: sealtest.NewKey(t), Certificate: w.Seal("seal", key).Certificate}, seal.ErrKey},
		{"nothing", "must be given", seal.Identity{}, seal.ErrKey},
		{"expired", "it expired at", w.Seal("seal", key, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }), seal.ErrCertificate},
		{"not yet in force", "in force only from", w.Seal("seal", key, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }), seal.ErrCertificate},
		{"key usage", "key usage forbids", w.Seal("seal", key, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), seal.ErrCertificate},
		{"extended key usage", "extended key usage forbids", w.Seal("seal", key, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), seal.ErrCertificate},
		{"an authority's", "for issuing certificates", w.Seal("seal", key, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }), seal.ErrCertificate},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := seal.New(seal.Config{Identity: c.id})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %v, want %v saying %q", err, c.want, c.says)
			}
		})
	}
	self := seal.Identity{Signer: key, Certificate: certify(t, key, "self-signed")}
	if _, err := seal.New(seal.Config{Identity: self, Revocation: authority.NewRevocation(nil, time.Now)}); !errors.Is(err, seal.ErrCertificate) {
		t.Errorf("revocation of a self-signed certificate: %v", err)
	}
	if _, err := seal.New(seal.Config{Identity: self, Authorities: []*x509.Certificate{w.Root}}); err == nil {
		t.Error("certificates of an authority without its address are taken")
	}
}

// TestExpiresWhileRunning seals nothing with a certificate that has expired
// since the start.
func TestExpiresWhileRunning(t *testing.T) {
	key, now := newKey(t), signedAt
	s := want(seal.New(seal.Config{Identity: seal.Identity{Signer: key, Certificate: certify(t, key, "seal")}, Clock: func() time.Time { return now }}))(t)
	now = now.AddDate(5, 0, 0)
	if _, err := s.Prepare(context.Background()); !errors.Is(err, seal.ErrCertificate) {
		t.Errorf("error is %v", err)
	}
}

// TestAuthorityAway has no seal without the timestamp that is configured, and
// none without the revocation data.
func TestAuthorityAway(t *testing.T) {
	w := sealtest.New(t)
	id := w.Seal("seal", sealtest.NewKey(t))
	w.Know(id.Certificate)
	w.Know(w.TSA)
	ctx := context.Background()
	t.Run("at first", func(t *testing.T) {
		w.Away.Store(true)
		defer w.Away.Store(false)
		for name, c := range map[string]seal.Config{"timestamp": config(t, w, id, true, false), "revocation": config(t, w, id, false, true)} {
			s := want(seal.New(c))(t)
			if _, err := s.Prepare(ctx); !errors.Is(err, seal.ErrUnavailable) {
				t.Errorf("%s: error is %v", name, err)
			}
		}
	})
	t.Run("between", func(t *testing.T) {
		s := want(seal.New(config(t, w, id, true, true)))(t)
		p := want(s.Prepare(ctx))(t)
		before := w.Stamps.Load()
		w.Away.Store(true)
		if _, err := p.Seal(ctx, nil); !errors.Is(err, seal.ErrUnavailable) {
			t.Errorf("error is %v", err)
		}
		if n := w.Stamps.Load() - before; n != 3 {
			t.Errorf("asked %d times", n)
		}
		w.Away.Store(false)
		if _, err := p.Seal(ctx, nil); err != nil {
			t.Error("when it is back:", err)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		revoked := w.Seal("seal", sealtest.NewKey(t))
		w.Revoke(revoked.Certificate)
		s := want(seal.New(config(t, w, revoked, false, true)))(t)
		if _, err := s.Prepare(ctx); !errors.Is(err, seal.ErrRevoked) {
			t.Errorf("by the responder: error is %v", err)
		}
		listed := w.Seal("seal", sealtest.NewKey(t), func(c *x509.Certificate) { c.OCSPServer = nil })
		w.Revoke(listed.Certificate)
		s = want(seal.New(config(t, w, listed, false, true)))(t)
		if _, err := s.Prepare(ctx); !errors.Is(err, seal.ErrRevoked) {
			t.Errorf("by the list: error is %v", err)
		}
	})
}

// TestAuthorityLies gives no seal for a timestamp that is not what was asked
// for.
func TestAuthorityLies(t *testing.T) {
	w := sealtest.New(t)
	id := w.Seal("seal", sealtest.NewKey(t))
	ctx := context.Background()
	var first []byte
	for name, tamper := range map[string]func([]byte) []byte{
		"the answer to another request": func(b []byte) []byte {
			if first == nil {
				first = b
			}
			return first
		},
		"a bit turned": func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-3] ^= 1; return b },
		"a refusal":    func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02} },
		"no token":     func([]byte) []byte { return []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00} },
		"nonsense":     func([]byte) []byte { return []byte("<html>") },
		"too much":     func([]byte) []byte { return make([]byte, 1<<20) },
		"nothing":      func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			w.Tamper = tamper
			s := want(seal.New(config(t, w, id, true, false)))(t)
			p, err := s.Prepare(ctx)
			if err == nil { // the first answer is to the first request
				_, err = p.Seal(ctx, nil)
			}
			if !errors.Is(err, seal.ErrUnavailable) {
				t.Errorf("error is %v", err)
			}
		})
	}
	w.Tamper = nil
	t.Run("an authority that is not trusted", func(t *testing.T) {
		c := config(t, w, id, true, false)
		c.Authorities = []*x509.Certificate{sealtest.New(t).Root}
		if _, err := want(seal.New(c))(t).Prepare(ctx); !errors.Is(err, seal.ErrUnavailable) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("a clock that is wrong", func(t *testing.T) {
		c := config(t, w, id, true, false)
		c.Clock = func() time.Time { return time.Now().Add(-time.Hour) }
		if _, err := want(seal.New(c))(t).Prepare(ctx); !errors.Is(err, seal.ErrClock) {
			t.Errorf("error is %v", err)
		}
	})
}

// TestTimeIsProved says what becomes of a seal whose certificate has expired.
func TestTimeIsProved(t *testing.T) {
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	id := w.Seal("seal", key)
	// Somebody who holds the key dates a signature into the certificate's term,
	// while the timestamp says otherwise.
	ended := w.Seal("seal", key, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-2 * time.Minute) })
	late := config(t, w, ended, true, false)
	late.Clock = func() time.Time { return time.Now().Add(-3 * time.Minute) }
	late.Random = rand.Reader
	good := sealOne(t, want(seal.New(config(t, w, id, true, false)))(t))
	backdated := sealOne(t, want(seal.New(late))(t))
	stranger := sealtest.New(t).Root
	for _, c := range []struct {
		name     string
		pdf      []byte
		trust    seal.Trust
		accepted bool
		proved   bool
	}{
		{"an authority that is trusted", good.pdf, seal.Trust{Seals: []*x509.Certificate{id.Certificate}, Authorities: []*x509.Certificate{w.Root}}, true, true},
		{"its own certificate", good.pdf, seal.Trust{Seals: []*x509.Certificate{id.Certificate}, Authorities: []*x509.Certificate{w.TSA}}, true, true},
		{"no authority named", good.pdf, seal.Trust{Seals: []*x509.Certificate{id.Certificate}}, true, false},
		{"another authority named", good.pdf, seal.Trust{Seals: []*x509.Certificate{id.Certificate}, Authorities: []*x509.Certificate{stranger}}, false, false},
		{"the seal not named", good.pdf, seal.Trust{Seals: []*x509.Certificate{w.Root, w.Intermediate}, Authorities: []*x509.Certificate{w.Root}}, false, true},
		{"backdated", backdated.pdf, seal.Trust{Seals: []*x509.Certificate{ended.Certificate}, Authorities: []*x509.Certificate{w.Root}}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := want(c.trust.Verify(c.pdf))(t)
			if r.Accepted() != c.accepted || r.Timestamp.IsZero() == c.proved {
				t.Errorf("report is %+v", r)
			}
		})
	}
}
