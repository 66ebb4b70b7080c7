package status_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/status"
)

const address = "https://zheng.example/status/7"

var issued = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func newKey(t testing.TB, seed byte) *keys.Key {
	t.Helper()
	key, err := keys.Generate(keys.UseStatus, signature.ES256, bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func config(values map[uint32]status.Value) status.Config {
	return status.Config{
		Subject: address, IssuedAt: issued, Lifetime: 7 * 24 * time.Hour, TTL: time.Hour, Sequence: 42, Values: values,
	}
}

func build(t testing.TB, c status.Config, signer signature.Signer) string {
	t.Helper()
	token, err := status.Build(c, signer)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestBuildAndParse(t *testing.T) {
	key := newKey(t, 1)
	values := map[uint32]status.Value{
		0: status.Valid, 1: status.Suspended, 2: status.Superseded, 100: status.Withdrawn,
		101: status.Cancelled, 102: status.Revoked, status.ChunkSize - 1: status.Valid,
	}
	token := build(t, config(values), key)
	list, err := status.Parse(token, key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if list.Subject != address || !list.IssuedAt.Equal(issued) || !list.Expires.Equal(issued.AddDate(0, 0, 7)) ||
		list.TTL != time.Hour || list.Sequence != 42 || list.KeyID != key.PublicKey().KeyID() {
		t.Errorf("%+v", list)
	}
	for offset := range uint32(status.ChunkSize) {
		want, assigned := values[offset]
		if !assigned {
			want = status.Revoked
		}
		if got := list.At(offset); got != want {
			t.Errorf("entry %d: %s, want %s", offset, got, want)
		}
	}
	for _, beyond := range []uint32{status.ChunkSize, status.ChunkSize + 1, 1<<32 - 1} {
		if got := list.At(beyond); got != status.Revoked {
			t.Errorf("entry %d: %s, want %s", beyond, got, status.Revoked)
		}
	}
	if claimed, err := status.Peek(token); err != nil || claimed.Subject != address || claimed.KeyID != key.PublicKey().KeyID() {
		t.Errorf("%+v, %v", claimed, err)
	}
}

// TestDraftVector packs what the draft's test vector for 4 bits holds, chunk by
// chunk, and compares byte by byte.
func TestDraftVector(t *testing.T) {
	b, err := os.ReadFile("testdata/draft-4-bits.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Lst     string
		Entries map[uint32]status.Value
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	whole := inflate(t, v.Lst)
	if len(whole) != 1<<19 || len(v.Entries) != 15 {
		t.Fatalf("%d bytes, %d entries", len(whole), len(v.Entries))
	}
	key := newKey(t, 1)
	unknown := 0
	for chunk := range uint32(1<<20) / status.ChunkSize {
		values := make(map[uint32]status.Value, status.ChunkSize)
		for offset := range uint32(status.ChunkSize) {
			values[offset] = status.Valid
			if value, set := v.Entries[status.Index(chunk, offset)]; set && value.Known() {
				values[offset] = value
			} else if set {
				// Build writes only values that mean something; it takes these
				// out of the comparison.
				unknown++
				at := status.Index(chunk, offset)
				if got := whole[at/2] >> (at % 2 * 4) & 0xf; got != byte(value) {
					t.Errorf("entry %d of the vector: %x, want %x", at, got, value)
				}
				whole[at/2] &^= 0xf << (at % 2 * 4)
			}
		}
		var claims struct {
			StatusList struct{ Lst string } `json:"status_list"`
		}
		jws, err := signature.Parse(build(t, config(values), key))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(jws.Payload, &claims); err != nil {
			t.Fatal(err)
		}
		size := status.ChunkSize / 2
		if want := whole[int(chunk)*size:][:size]; !bytes.Equal(inflate(t, claims.StatusList.Lst), want) {
			t.Errorf("chunk %d differs", chunk)
		}
	}
	if unknown != 10 {
		t.Errorf("%d values of the vector are unknown to us, want 10", unknown)
	}
}

func inflate(t *testing.T, lst string) []byte {
	t.Helper()
	compressed, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBuildRefuses(t *testing.T) {
	key := newKey(t, 1)
	tests := []struct {
		name   string
		change func(c *status.Config)
		want   error
	}{
		{"as it is", func(*status.Config) {}, nil},
		{"empty", func(c *status.Config) { c.Values = nil }, nil},
		{"longest lifetime", func(c *status.Config) { c.Lifetime = status.MaxLifetime }, nil},
		{"no subject", func(c *status.Config) { c.Subject = "" }, status.ErrClaims},
		{"subject with space", func(c *status.Config) { c.Subject = "https://a b" }, status.ErrClaims},
		{"subject in Chinese", func(c *status.Config) { c.Subject = "https://一证" }, status.ErrClaims},
		{"subject that JSON escapes", func(c *status.Config) { c.Subject = "https://a?b&c" }, status.ErrClaims},
		{"long subject", func(c *status.Config) { c.Subject = strings.Repeat("a", status.MaxSubject+1) }, status.ErrClaims},
		{"no time", func(c *status.Config) { c.IssuedAt = time.Time{} }, status.ErrClaims},
		{"time far away", func(c *status.Config) { c.IssuedAt = time.Unix(1<<40, 0) }, status.ErrClaims},
		{"no lifetime", func(c *status.Config) { c.Lifetime = 0 }, status.ErrClaims},
		{"less than none", func(c *status.Config) { c.Lifetime = -time.Hour }, status.ErrClaims},
		{"too long", func(c *status.Config) { c.Lifetime = status.MaxLifetime + time.Second }, status.ErrClaims},
		{"no ttl", func(c *status.Config) { c.TTL = 0 }, status.ErrClaims},
		{"ttl beyond the end", func(c *status.Config) { c.TTL = c.Lifetime + time.Second }, status.ErrClaims},
		{"no sequence", func(c *status.Config) { c.Sequence = 0 }, status.ErrClaims},
		{"sequence that JSON loses", func(c *status.Config) { c.Sequence = 1 << 53 }, status.ErrClaims},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config(map[uint32]status.Value{1: status.Valid})
			test.change(&c)
			if _, err := status.Build(c, key); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	for name, values := range map[string]map[uint32]status.Value{
		"entry beyond the chunk": {status.ChunkSize: status.Valid},
		"unknown value":          {1: 7},
		"value of eight bits":    {1: 0x10},
	} {
		if _, err := status.Build(config(values), key); err == nil {
			t.Errorf("%s is built", name)
		}
	}
}

// zlibOf gives the claim lst of anything.
func zlibOf(b []byte, behind ...byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return base64.RawURLEncoding.EncodeToString(append(out.Bytes(), behind...))
}

// TestParseRefuses signs properly what should never have been signed.
func TestParseRefuses(t *testing.T) {
	key := newKey(t, 1)
	full := make([]byte, status.ChunkSize/2)
	lst := zlibOf(full)
	broken := []byte(lst)
	broken[len(broken)-2] ^= 1 // in zlib's sum
	claims := func(bits int, lst, more string) string {
		return fmt.Sprintf(`{"exp":1800000000,"iat":1799999000,"seq":1,"status_list":{"bits":%d,"lst":"%s"%s},"sub":"%s","ttl":60}`, bits, lst, more, address)
	}
	good := claims(4, lst, "")
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	tests := []struct {
		name, payload string
		want          error
	}{
		{"as it is", good, nil},
		{"one bit", claims(1, zlibOf(full[:status.ChunkSize/8]), ""), signature.ErrMalformed},
		{"eight bits", claims(8, lst, ""), signature.ErrMalformed},
		{"aggregation", claims(4, lst, `,"aggregation_uri":"https://a.example"`), signature.ErrMalformed},
		{"short", claims(4, zlibOf(full[1:]), ""), signature.ErrMalformed},
		{"long by a byte", claims(4, zlibOf(append(full, 0)), ""), signature.ErrMalformed},
		{"zip bomb", claims(4, zlibOf(make([]byte, 8<<20)), ""), signature.ErrMalformed},
		{"empty", claims(4, "", ""), signature.ErrMalformed},
		{"no zlib", claims(4, "AAAA", ""), signature.ErrMalformed},
		{"bytes behind", claims(4, zlibOf(full, 0), ""), signature.ErrMalformed},
		{"wrong sum", claims(4, string(broken), ""), signature.ErrMalformed},
		{"padding", claims(4, lst+"=", ""), signature.ErrMalformed},
		{"line break", claims(4, lst[:4]+`\n`+lst[4:], ""), signature.ErrMalformed},
		{"white space", replace(`{"exp"`, `{ "exp"`), signature.ErrMalformed},
		{"behind it more", good + "0", signature.ErrMalformed},
		{"unknown member", replace(`{"exp"`, `{"aaa":1,"exp"`), signature.ErrMalformed},
		{"member twice", replace(`{"exp"`, `{"exp":1,"exp"`), signature.ErrMalformed},
		{"fraction", replace(`"ttl":60`, `"ttl":60.5`), signature.ErrMalformed},
		{"exponent", replace(`"ttl":60`, `"ttl":6e1`), signature.ErrMalformed},
		{"negative sequence", replace(`"seq":1`, `"seq":-1`), signature.ErrMalformed},
		{"no sequence", replace(`"seq":1,`, ``), signature.ErrMalformed},
		{"no exp", replace(`"exp":1800000000,`, ``), signature.ErrMalformed},
		{"sequence 0", replace(`"seq":1`, `"seq":0`), status.ErrClaims},
		{"ends before it begins", replace(`"exp":1800000000`, `"exp":1700000000`), status.ErrClaims},
		{"ends as it begins", replace(`"exp":1800000000`, `"exp":1799999000`), status.ErrClaims},
		{"lives for years", replace(`"exp":1800000000`, `"exp":1900000000`), status.ErrClaims},
		{"overflows", replace(`"iat":1799999000`, `"iat":-9223372036854775808`), status.ErrClaims},
		{"far away", strings.Replace(replace("1800000000", "9223372036854775807"), "1799999000", "9223372036854775000", 1), status.ErrClaims},
		{"ttl 0", replace(`"ttl":60`, `"ttl":0`), status.ErrClaims},
		{"subject escaped", replace(`https:`, `https:\u002f`), signature.ErrMalformed},
		{"null", "null", signature.ErrMalformed},
		{"nothing", "", signature.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			token, err := signature.SignCompact(key, signature.Header{Type: status.Type}, []byte(test.payload))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := status.Parse(token, key.PublicKey()); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestParseRefusesOthersSignatures(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	token := build(t, config(nil), key)
	if _, err := status.Parse(token, other.PublicKey()); !errors.Is(err, signature.ErrKey) {
		t.Errorf("other key: %v", err)
	}
	if _, err := status.Parse(token, signature.PublicKey{}); !errors.Is(err, signature.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	jws, err := signature.Parse(token)
	if err != nil {
		t.Fatal(err)
	}
	renamed := jws.Header
	renamed.KeyID = other.PublicKey().KeyID()
	if _, err := status.Parse(signature.Compact(renamed, jws.Payload, jws.Signature), other.PublicKey()); !errors.Is(err, signature.ErrSignature) {
		t.Errorf("renamed key: %v", err)
	}
	elsewhere, err := signature.SignCompact(key, signature.Header{Type: "yz-license"}, jws.Payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := status.Parse(elsewhere, key.PublicKey()); !errors.Is(err, signature.ErrType) {
		t.Errorf("other type: %v", err)
	}
	if _, err := status.Peek(elsewhere); !errors.Is(err, signature.ErrType) {
		t.Errorf("other type, peeked: %v", err)
	}
	if _, err := status.Peek(strings.Repeat("a", status.MaxToken+1)); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("size: %v", err)
	}
}

// TestWorstListFits builds lists that compress badly: they must stay below the
// cap on reading.
func TestWorstListFits(t *testing.T) {
	known := []status.Value{status.Valid, status.Revoked, status.Suspended, status.Superseded, status.Withdrawn, status.Cancelled}
	values := map[uint32]status.Value{}
	state := uint32(1)
	for offset := range uint32(status.ChunkSize) {
		state = state*1664525 + 1013904223
		values[offset] = known[state>>16%uint32(len(known))]
	}
	key := newKey(t, 1)
	token := build(t, config(values), key)
	if _, err := status.Parse(token, key.PublicKey()); err != nil {
		t.Error(err)
	}
	t.Logf("%d bytes of at most %d", len(token), status.MaxToken)
}

func TestLocate(t *testing.T) {
	for _, test := range []struct{ index, chunk, offset uint32 }{
		{0, 0, 0}, {status.ChunkSize - 1, 0, status.ChunkSize - 1}, {status.ChunkSize, 1, 0},
		{3*status.ChunkSize + 5, 3, 5}, {1<<32 - 1, 1<<17 - 1, status.ChunkSize - 1},
	} {
		chunk, offset := status.Locate(test.index)
		if chunk != test.chunk || offset != test.offset || status.Index(chunk, offset) != test.index {
			t.Errorf("%d: %d, %d", test.index, chunk, offset)
		}
	}
	if got := status.Address("https://zheng.example/status/", 7); got != address {
		t.Error(got)
	}
}

func TestValueNames(t *testing.T) {
	names := map[string]bool{}
	for v := range status.Value(16) {
		if known := !strings.HasPrefix(v.String(), "unknown"); known != v.Known() {
			t.Errorf("%d: %s, known %v", v, v, v.Known())
		}
		names[v.String()] = true
	}
	if len(names) != 16 {
		t.Errorf("%d names: %v", len(names), maps.Keys(names))
	}
}

func FuzzParse(f *testing.F) {
	key := newKey(f, 1)
	token := build(f, config(map[uint32]status.Value{1: status.Valid}), key)
	jws, err := signature.Parse(token)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(jws.Payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		token, err := signature.SignCompact(key, signature.Header{Type: status.Type}, payload)
		if err != nil {
			t.Skip()
		}
		list, err := status.Parse(token, key.PublicKey())
		if err != nil {
			return
		}
		c := status.Config{
			Subject: list.Subject, IssuedAt: list.IssuedAt, Lifetime: list.Expires.Sub(list.IssuedAt),
			TTL: list.TTL, Sequence: list.Sequence, Values: map[uint32]status.Value{},
		}
		for offset := range uint32(status.ChunkSize) {
			if v := list.At(offset); v.Known() {
				c.Values[offset] = v
			}
		}
		if _, err := status.Build(c, key); err != nil {
			t.Errorf("reads what can not be built: %v", err)
		}
	})
}

func benchValues() map[uint32]status.Value {
	values := map[uint32]status.Value{}
	for offset := range uint32(status.ChunkSize / 2) {
		values[offset*2] = status.Valid
		if offset%100 == 0 {
			values[offset*2] = status.Suspended
		}
	}
	return values
}

func BenchmarkBuild(b *testing.B) {
	key, c := newKey(b, 1), config(benchValues())
	for b.Loop() {
		build(b, c, key)
	}
}

func BenchmarkParse(b *testing.B) {
	key := newKey(b, 1)
	token := build(b, config(benchValues()), key)
	b.ReportMetric(float64(len(token)), "bytes")
	for b.Loop() {
		if _, err := status.Parse(token, key.PublicKey()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	key := newKey(b, 1)
	list, err := status.Parse(build(b, config(benchValues()), key), key.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_ = list.At(12345)
	}
}
