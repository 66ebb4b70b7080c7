package root_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

var now = time.Date(2026, 11, 24, 10, 0, 0, 5, time.FixedZone("", 8*3600))

func day(s string) license.Date {
	d, err := license.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func create(t *testing.T, c root.Config) (*root.Root, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "root")
	r, err := root.Create(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

func entry(t *testing.T, region license.Region) trust.Issuer {
	t.Helper()
	k, err := keys.Generate(keys.UseLicense, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const code = "91310105MA1FW0XQ4U"
	return trust.Issuer{
		Region: region, Name: "演示政务服务办公室", Code: code, TypeCode: code + "001",
		Keys:      []trust.Key{{PublicKey: k.PublicKey(), Use: trust.UseLicense, NotBefore: day("2026-01-01")}},
		VerifyURL: "https://" + string(region) + ".example/v/", StatusBase: "https://" + string(region) + ".example/status/",
		ValidFrom: day("2026-01-01"), Demonstration: true,
	}
}

func authority(name string) license.Authority {
	return license.Authority{Name: name, Region: "310105", Demonstration: true}
}

func TestBundle(t *testing.T) {
	r, dir := create(t, root.Config{})
	if err := r.Enroll(entry(t, "310105"), []license.Authority{authority("甲局"), authority("乙局")}); err != nil {
		t.Fatal(err)
	}
	first, err := r.Bundle("310106", now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := trust.Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if b.Anchor.Region != "310106" || b.Anchor.Threshold != 2 || len(b.Anchor.Roots) != 3 {
		t.Errorf("anchor %+v", b.Anchor)
	}
	if want := now.UTC().Truncate(time.Second); !b.List.Issued.Equal(want) || b.List.Expires.Sub(want) != trust.Lifetime {
		t.Errorf("term %+v", b.List.Term)
	}
	if b.IssuerOf("310105") == nil || len(b.Directory.Entries) != 2 || len(b.Policy.Agreements) == 0 {
		t.Error("something is missing")
	}

	again, err := root.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	published, err := again.Update(now)
	if err != nil {
		t.Fatal(err)
	}
	newer, err := b.Update(published)
	if err != nil {
		t.Fatal(err)
	}
	if newer.List.Sequence <= b.List.Sequence {
		t.Errorf("sequence %d after %d", newer.List.Sequence, b.List.Sequence)
	}
}

func TestDefaultPolicyIsSound(t *testing.T) {
	agreements := root.DefaultPolicy()
	if err := trust.CheckAgreements(agreements); err != nil {
		t.Fatal(err)
	}
	for _, a := range agreements {
		if a.Scope == trust.YangtzeDelta && !a.Demonstration {
			t.Errorf("%s claims an agreement that does not exist", a.ID)
		}
		if a.Basis.Number == "" && !a.Demonstration {
			t.Errorf("%s names no document", a.ID)
		}
	}
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	_, dir := create(t, root.Config{})
	if _, err := root.Create(dir, root.Config{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
	if _, err := root.Open(t.TempDir(), nil); err == nil {
		t.Error("an empty folder was opened")
	}
	if _, err := root.Create(filepath.Join(t.TempDir(), "x"), root.Config{Roots: 1, Threshold: 2}); err == nil {
		t.Error("a threshold out of reach was accepted")
	}
}

func TestPassphrase(t *testing.T) {
	_, dir := create(t, root.Config{Roots: 1, Threshold: 1, Passphrase: []byte("test passphrase")})
	if _, err := root.Open(dir, []byte("another")); err == nil {
		t.Error("opened by another passphrase")
	}
	if _, err := root.Open(dir, nil); err == nil {
		t.Error("opened without a passphrase")
	}
	if _, err := root.Open(dir, []byte("test passphrase")); err != nil {
		t.Error(err)
	}
}

func TestEnroll(t *testing.T) {
	r, dir := create(t, root.Config{})
	one := entry(t, "310105")
	if err := r.Enroll(one, []license.Authority{authority("甲局")}); err != nil {
		t.Fatal(err)
	}
	shared := entry(t, "310106")
	shared.Keys = one.Keys
	moved := authority("甲局")
	moved.Address = "别处"
	elsewhere := moved
	elsewhere.Region = "310106"
	otherCode := one
	otherCode.Code = "91310105MA7BKL2P8K"
	for _, c := range []struct {
		name string
		act  func() error
		want error
	}{
		{"the same once more", func() error { return r.Enroll(one, nil) }, nil},
		{"the same with another authority", func() error { return r.Enroll(one, []license.Authority{authority("乙局")}) }, nil},
		{"another entry of the region", func() error { return r.Enroll(entry(t, "310105"), nil) }, root.ErrEnrolled},
		{"abolished region", func() error { return r.Enroll(entry(t, "310108"), nil) }, root.ErrAbolished},
		{"unknown region", func() error { return r.Enroll(entry(t, "319999"), nil) }, root.ErrRegion},
		{"key of another", func() error { return r.Enroll(shared, nil) }, errAny},
		{"authority with other particulars", func() error { return r.Enroll(entry(t, "310107"), []license.Authority{moved}) }, root.ErrAuthority},
		{"authority that moved", func() error { return r.Relist([]license.Authority{moved}) }, nil},
		{"authority of another region", func() error { return r.Relist([]license.Authority{elsewhere}) }, root.ErrAuthority},
		{"replacing with new keys", func() error { return r.Replace(entry(t, "310105")) }, nil},
		{"replacing by another organ", func() error { return r.Replace(otherCode) }, root.ErrEnrolled},
		{"replacing what is not there", func() error { return r.Replace(entry(t, "310112")) }, root.ErrEnrolled},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.act()
			if c.want == errAny && err != nil {
				return
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	again, err := root.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Issuers(); len(got) != 1 {
		t.Errorf("%d entries after refusals", len(got))
	}
	published, err := again.Update(now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := again.Anchor("310105").Open(published)
	if err != nil || len(b.Directory.Entries) != 2 {
		t.Errorf("directory: %v", err)
	}
	if a, _ := b.Directory.Authority("甲局"); a.Address != moved.Address {
		t.Errorf("relisted, the directory has %+v", a)
	}
}

var errAny = errors.New("any error")

func TestSequenceIsNeverUsedTwice(t *testing.T) {
	r, dir := create(t, root.Config{})
	var mu sync.Mutex
	seen := make(map[uint64]bool)
	var wg sync.WaitGroup
	for range 4 {
		other, err := root.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 5 {
				published, err := other.Update(now)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := r.Anchor("310105").Open(published)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[b.List.Sequence] {
					t.Errorf("sequence %d twice", b.List.Sequence)
				}
				seen[b.List.Sequence] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 20 {
		t.Errorf("%d sequences", len(seen))
	}
}

func TestLostSequenceIsNotBegunAgain(t *testing.T) {
	r, dir := create(t, root.Config{})
	if err := os.RemoveAll(filepath.Join(dir, "sequence")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sequence"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Update(now); err == nil {
		t.Error("signed with a sequence that began again")
	}
}

func TestBrokenPolicyIsNotSigned(t *testing.T) {
	r, dir := create(t, root.Config{})
	path := filepath.Join(dir, "policy.json")
	for name, text := range map[string]string{
		"no JSON":        "{",
		"unknown member": `{"agreements":[],"more":1}`,
		"broken rule":    `{"agreements":[{"id":"x"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Update(now); err == nil {
				t.Error("it was signed")
			}
		})
	}
}

func TestRootKeyOfAnotherFolder(t *testing.T) {
	_, dir := create(t, root.Config{})
	_, other := create(t, root.Config{})
	b, err := os.ReadFile(filepath.Join(other, "root-2.jwk"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "root-2.jwk"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Open(dir, nil); err == nil {
		t.Error("a foreign root key was loaded")
	}
}
