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

// create makes the folder of a root for Shanghai.
func create(t *testing.T, c root.Config) (*root.Folder, string) {
	t.Helper()
	if c.Name == "" {
		c.Name, c.Title, c.Territory = "shanghai", "上海市(演示)", trust.Territory{"31"}
	}
	dir := filepath.Join(t.TempDir(), c.Name)
	r, err := root.Create(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, dir
}

// reopen closes a folder and opens it again, as the next command does.
func reopen(t *testing.T, f *root.Folder, dir string) *root.Folder {
	t.Helper()
	f.Close()
	again, err := root.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	return again
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

// update has the folder sign, and gives the bundle.
func update(t *testing.T, f *root.Folder, at time.Time) *trust.Bundle {
	t.Helper()
	if err := f.Update(at); err != nil {
		t.Fatal(err)
	}
	return f.Bundle()
}

func TestUpdate(t *testing.T) {
	r, dir := create(t, root.Config{Policy: root.DefaultPolicy(trust.Territory{"31"}, false)})
	if err := r.Enroll(entry(t, "310105"), []license.Authority{authority("甲局"), authority("乙局")}); err != nil {
		t.Fatal(err)
	}
	raw, err := r.BundleFor("310106", now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := trust.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	if a := b.Anchor; a.Region != "310106" || len(a.Roots) != 1 || a.Roots[0].Threshold != 2 || len(a.Roots[0].Keys) != 3 || a.Roots[0].Version != 1 {
		t.Errorf("anchor %+v", a)
	}
	p := b.Of("shanghai")
	if want := now.UTC().Truncate(time.Second); !p.List.Issued.Equal(want) || p.List.Expires.Sub(want) != trust.Lifetime {
		t.Errorf("term %+v", p.List.Term)
	}
	if b.IssuerOf("310105") == nil || len(p.Directory.Entries) != 2 || len(p.Policy.Agreements) == 0 || len(b.Faults) > 0 {
		t.Errorf("something is missing: %v", b.Faults)
	}

	// The next day nothing has changed, and only the statement is new.
	again := reopen(t, r, dir)
	n := update(t, again, now.AddDate(0, 0, 1)).Of("shanghai")
	if n.List.Sequence != p.List.Sequence || n.Root.Version != 1 || n.Freshness.Sequence <= p.Freshness.Sequence {
		t.Errorf("list %d, root %d, statement %d after %d", n.List.Sequence, n.Root.Version, n.Freshness.Sequence, p.Freshness.Sequence)
	}
	// What changes is signed anew, and the rest is not.
	if err := again.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	m := update(t, again, now.AddDate(0, 0, 1)).Of("shanghai")
	if m.List.Sequence <= n.List.Sequence || m.Policy.Sequence != n.Policy.Sequence || m.Freshness.Sequence <= n.Freshness.Sequence {
		t.Errorf("list %d, policy %d", m.List.Sequence, m.Policy.Sequence)
	}
	// What is half a year old is signed anew as well.
	o := update(t, again, now.AddDate(0, 7, 0)).Of("shanghai")
	if o.List.Sequence <= m.List.Sequence || o.Root.Version != 2 || !o.Root.Expires.After(m.Root.Expires) {
		t.Errorf("list %d, root %d", o.List.Sequence, o.Root.Version)
	}
}

func TestDefaultPolicyIsSound(t *testing.T) {
	for _, c := range []struct {
		territory trust.Territory
		delegate  bool
		want      int
	}{
		{trust.Territory{"31"}, false, 3}, {trust.Territory{"31"}, true, 1}, {trust.Territory{"31", "32", "33", "34"}, false, 2},
		{trust.Territory{"3304"}, false, 2}, {trust.Territory{"33"}, true, 0}, {trust.Territory{"4403"}, false, 0},
	} {
		if got := root.DefaultPolicy(c.territory, c.delegate); len(got) != c.want {
			t.Errorf("%v begins with %d agreements, want %d", c.territory, len(got), c.want)
		}
	}
	agreements := root.DefaultPolicy(trust.Territory{"31"}, false)
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
	for name, c := range map[string]root.Config{
		"threshold out of reach": {Name: "x", Title: "x", Territory: trust.Territory{"31"}, Keys: 1, Threshold: 2},
		"no name":                {Title: "x", Territory: trust.Territory{"31"}},
		"no territory":           {Name: "x", Title: "x"},
		"no such root":           {Name: "x", Title: "x", Territory: trust.Territory{"31"}, Under: "A/b"},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if _, err := root.Create(path, c); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s left a folder behind", name)
		}
	}
}

func TestPassphrase(t *testing.T) {
	r, dir := create(t, root.Config{Keys: 1, Passphrase: []byte("test passphrase")})
	r.Close()
	if _, err := root.Open(dir, []byte("another")); err == nil {
		t.Error("opened by another passphrase")
	}
	if _, err := root.Open(dir, nil); err == nil {
		t.Error("opened without a passphrase")
	}
	again, err := root.Open(dir, []byte("test passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
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
		{"region of others", func() error { return r.Enroll(entry(t, "330402"), nil) }, root.ErrTerritory},
		{"authority of others", func() error {
			return r.Enroll(entry(t, "310107"), []license.Authority{{Name: "丙局", Region: "330402"}})
		}, root.ErrTerritory},
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
	again := reopen(t, r, dir)
	if got := again.Issuers(); len(got) != 1 {
		t.Errorf("%d entries after refusals", len(got))
	}
	d := update(t, again, now).Of("shanghai").Directory
	if a, _ := d.Authority("甲局"); len(d.Entries) != 2 || a.Address != moved.Address {
		t.Errorf("relisted, the directory has %+v", d.Entries)
	}
}

var errAny = errors.New("any error")

// TestClosedStaysClosed holds that a key which was closed is not made good
// again, neither by asking nor by a folder that was opened before.
func TestClosedStaysClosed(t *testing.T) {
	r, dir := create(t, root.Config{})
	issuer := entry(t, "310105")
	if err := r.Enroll(issuer, nil); err != nil {
		t.Fatal(err)
	}
	update(t, r, now)
	early, err := os.ReadFile(filepath.Join(dir, "issuers.json"))
	if err != nil {
		t.Fatal(err)
	}
	closed := issuer.Keys[0]
	closed.Closing = trust.Digest([]byte("list"))
	if changes, err := r.Rekey(asked(t, r, closed)); err != nil || len(changes) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	if got := update(t, r, now.Add(time.Minute)).Issuers[0].Keys[0].Closing; got != closed.Closing {
		t.Fatalf("closed by %q", got)
	}
	for name, keys := range map[string][]trust.Key{"open again": issuer.Keys, "gone": {}} {
		if _, err := r.Rekey(asked(t, r, keys...)); err == nil {
			t.Errorf("%s: asked for and given", name)
		}
	}

	if err := os.WriteFile(filepath.Join(dir, "issuers.json"), early, 0o600); err != nil { // out of a backup
		t.Fatal(err)
	}
	again := reopen(t, r, dir)
	if err := again.Update(now.Add(2 * time.Minute)); !errors.Is(err, root.ErrReopened) {
		t.Errorf("the folder of before: %v", err)
	}
	if got := again.Bundle().Issuers[0].Keys[0].Closing; got != closed.Closing {
		t.Errorf("published: closed by %q", got)
	}
	issuer.Keys = []trust.Key{closed}
	if err := again.Replace(issuer); err != nil {
		t.Fatal(err)
	}
	update(t, again, now.Add(3*time.Minute))
}

// asked is what the district asks for who goes by what the folder published.
func asked(t *testing.T, r *root.Folder, keys ...trust.Key) root.KeyRequest {
	t.Helper()
	request, err := root.RequestKeys(r.Bundle(), trust.Issuer{Region: "310105", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestSequenceIsNeverUsedTwice(t *testing.T) {
	f, _ := create(t, root.Config{})
	var mu sync.Mutex
	seen := make(map[string]bool)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				d, err := f.Draft("list", now)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[d.SHA256] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 20 {
		t.Errorf("%d different drafts", len(seen))
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
	if err := r.Update(now); err == nil {
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
			if err := r.Update(now); err == nil {
				t.Error("it was signed")
			}
		})
	}
}

func TestKeyOfAnotherUse(t *testing.T) {
	r, dir := create(t, root.Config{})
	r.Close()
	k, err := keys.Generate(keys.UseLicense, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Save(filepath.Join(dir, "key-x.jwk"), k, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Open(dir, nil); err == nil {
		t.Error("a key for licenses was loaded to sign trust lists with")
	}
}
