package trust_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

const codeOf = "91310105MA1FW0XQ4U"

func generate(t testing.TB) *keys.Key {
	t.Helper()
	k, err := keys.Generate(keys.UseRecord, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func record(versions ...int) trust.Record {
	id := license.Identifier{Type: codeOf + "001", Issuer: codeOf, Serial: "20260001"}
	r := trust.Record{License: id.Base(), Sequence: 3, Issued: now}
	for _, v := range versions {
		id.Version = v
		r.Versions = append(r.Versions, trust.Version{Identifier: id, Issued: verifiertest.Day("2026-03-01")})
	}
	return r
}

func TestRecord(t *testing.T) {
	key, other := generate(t), generate(t)
	token, err := trust.BuildRecord(record(1, 2), key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := trust.ParseRecord(token, key.PublicKey())
	if err != nil || got.Newest().Identifier.Version != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	var refusal *trust.Error
	if _, err := trust.ParseRecord(token, other.PublicKey()); !errors.As(err, &refusal) || refusal.Reason != trust.BadSignature {
		t.Errorf("by another key: %v", err)
	}
	foreign, err := signature.SignCompact(key, signature.Header{Type: "yz-license"}, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.ParseRecord(foreign, key.PublicKey()); !errors.As(err, &refusal) || refusal.Reason != trust.BadSignature {
		t.Errorf("of another typ: %v", err)
	}
}

func TestBuildRecordRefuses(t *testing.T) {
	key := generate(t)
	foreign := record(1, 2)
	foreign.Versions[1].Identifier.Serial = "20260002"
	for name, r := range map[string]trust.Record{
		"no version":         record(),
		"the same twice":     record(1, 1),
		"backwards":          record(2, 1),
		"of another license": foreign,
		"no sequence":        {License: record(1).License, Versions: record(1).Versions, Issued: now},
		"beyond all readers": {License: record(1).License, Versions: record(1).Versions, Issued: now, Sequence: 1 << 53},
		"no instant":         {License: record(1).License, Versions: record(1).Versions, Sequence: 1},
	} {
		if _, err := trust.BuildRecord(r, key); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}
