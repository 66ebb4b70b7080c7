// Package verifiertest is a small world to test verifiers in: roots, issuers
// of several regions, an agreement or two, and licenses, with keys that are
// made from their names and so are worth nothing. The vectors in
// testdata/vectors are made from it. Start with [New].
package verifiertest

import (
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
)

// Now is the instant at which the tests run, 2026-11-24 10:00 in Shanghai.
func Now() time.Time { return time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC) }

// World is everything that there is.
type World struct {
	Roots       []*Root
	Issuers     []*Issuer
	Agreements  []trust.Agreement   // each signed by the nearest who speaks for all its members
	Authorities []license.Authority // each listed by the nearest who speaks for its region
	Signed      time.Time           // when the documents were signed; the day before they were stated to count, where zero
}

// Issuer is an entry of the trust list with the keys that it names.
type Issuer struct {
	trust.Issuer
	Signer, Status, Record, Presenter *Key
	Dictionary                        *payload.Dictionary
}

// New makes the world: two districts of Shanghai (ES256, EdDSA), one city of
// Zhejiang (SM2, with a dictionary of its own), one district outside the
// Delta, and a district that was abolished. Those of the Delta stand under a root
// of the Delta, with Shanghai and Zhejiang for delegates; the one in Beijing
// under a root of its own.
func New() (*World, error) {
	roots, err := newRoots()
	if err != nil {
		return nil, err
	}
	w := &World{Roots: roots, Agreements: agreements()}
	builtin, ok := payload.Builtin("310105")
	if !ok {
		return nil, fmt.Errorf("there is no dictionary for 310105")
	}
	own, err := payload.NewDictionary([]byte("嘉兴市市场监督管理局嘉兴市行政审批局食品经营许可"))
	if err != nil {
		return nil, err
	}
	for _, s := range []struct {
		region license.Region
		name   string
		stem   string
		alg    signature.Algorithm
		d      *payload.Dictionary
	}{
		{"310105", "上海市长宁区行政服务中心", "11310105MB0000001", signature.ES256, builtin},
		{"310106", "上海市静安区行政服务中心", "11310106MB0000001", signature.EdDSA, builtin},
		{"330400", "嘉兴市政务服务中心", "11330400MB0000001", signature.SM2, own},
		{"110105", "北京市朝阳区政务服务中心", "11110105MB0000001", signature.ES256, builtin},
		{"310108", "上海市闸北区行政服务中心", "11310108MB0000001", signature.ES256, builtin},
	} {
		issuer, err := newIssuer(s.region, s.name, s.stem, s.alg, s.d)
		if err != nil {
			return nil, err
		}
		w.Issuers = append(w.Issuers, issuer)
	}
	w.Issuers[2].Dictionaries = [][]byte{own.Bytes()}
	w.Authorities = authorities()
	return w, nil
}

func newIssuer(region license.Region, name, stem string, alg signature.Algorithm, d *payload.Dictionary) (*Issuer, error) {
	code, err := license.NewCreditCode(stem)
	if err != nil {
		return nil, err
	}
	i := &Issuer{Dictionary: d, Issuer: trust.Issuer{
		Region: region, Name: name, Code: code, TypeCode: string(code) + "001",
		Address: "演示地址", Telephone: "021-00000000",
		VerifyURL: "https://" + string(region) + ".example/v/", StatusBase: "https://" + string(region) + ".example/status/",
		ValidFrom: Day("2020-01-01"), Demonstration: true,
	}}
	for _, k := range []struct {
		use  trust.Use
		into **Key
	}{{trust.UseLicense, &i.Signer}, {trust.UseStatus, &i.Status}, {trust.UseRecord, &i.Record}, {trust.UsePresentation, &i.Presenter}} {
		key, err := NewKey(alg, string(region)+" "+string(k.use))
		if err != nil {
			return nil, err
		}
		*k.into = key
		i.Keys = append(i.Keys, trust.Key{PublicKey: key.PublicKey(), Use: k.use, NotBefore: Day("2020-01-01")})
	}
	return i, nil
}

// Issuer finds the issuer of a region; nil where there is none.
func (w *World) Issuer(region license.Region) *Issuer {
	for _, i := range w.Issuers {
		if i.Region == region {
			return i
		}
	}
	return nil
}

// Issue writes and signs a license.
func (i *Issuer) Issue(l *license.License) (payload.Code, error) {
	return Seal(l, i.Dictionary, i.Signer)
}

// Seal writes a license with any dictionary and signs it with any key, as a
// forger might.
func Seal(l *license.License, d *payload.Dictionary, k *Key) (payload.Code, error) {
	draft, err := payload.Encode(l, d, k.PublicKey())
	if err != nil {
		return payload.Code{}, err
	}
	sig, err := k.Sign(draft.SigningInput())
	if err != nil {
		return payload.Code{}, err
	}
	return draft.Sealed(sig)
}

// Live is the license as a live code that was made at the instant at.
func (i *Issuer) Live(l *license.License, at time.Time) (payload.Code, error) {
	c, err := i.Issue(l)
	if err != nil {
		return payload.Code{}, err
	}
	return Attach(c, payload.Presentation{At: at, Nonce: [payload.NonceSize]byte([]byte("a number"))}, i.Presenter)
}

// Copy is the license as a derived copy.
func (i *Issuer) Copy(l *license.License, content payload.Copy) (payload.Code, error) {
	c, err := i.Issue(l)
	if err != nil {
		return payload.Code{}, err
	}
	return Attach(c, content, i.Presenter)
}

// Attach writes a statement about a code and signs it with any key, as a
// forger might.
func Attach(c payload.Code, content payload.Content, k *Key) (payload.Code, error) {
	draft, err := payload.Attach(c, content, k.PublicKey())
	if err != nil {
		return payload.Code{}, err
	}
	sig, err := k.Sign(draft.SigningInput())
	if err != nil {
		return payload.Code{}, err
	}
	return draft.Sealed(sig)
}

// List signs the status list of the chunk in which the license stands: the
// license's entries are as given, the version's first; those left out are
// valid.
func (i *Issuer) List(l *license.License, sequence uint64, at time.Time, values ...status.Value) (string, error) {
	chunk, _ := status.Locate(l.StatusIndex)
	return i.ListOf(chunk, l, sequence, at, values...)
}

// ListOf is List for a chunk in which some of the license's entries stand.
func (i *Issuer) ListOf(chunk uint32, l *license.License, sequence uint64, at time.Time, values ...status.Value) (string, error) {
	entries := make(map[uint32]status.Value)
	for n := range 1 + len(l.Permits) {
		of, offset := status.Locate(l.StatusIndex + uint32(n))
		if of != chunk {
			continue
		}
		entries[offset] = status.Valid
		if n < len(values) {
			entries[offset] = values[n]
		}
	}
	return status.Build(status.Config{
		Subject: status.Address(i.StatusBase, chunk), IssuedAt: at,
		Lifetime: 7 * 24 * time.Hour, TTL: time.Hour, Sequence: sequence, Values: entries,
	}, i.Status)
}

// Versions signs the record of a license that had the given versions.
func (i *Issuer) Versions(l *license.License, sequence uint64, at time.Time, versions int) (string, error) {
	r := trust.Record{License: l.Identifier.Base(), Sequence: sequence, Issued: at}
	id := l.Identifier
	for v := 1; v <= versions; v++ {
		id.Version = v
		r.Versions = append(r.Versions, trust.Version{Identifier: id, Issued: l.IssueDate})
	}
	return trust.BuildRecord(r, i.Record)
}

//go:embed licenses/*.json
var applications embed.FS

// License makes a license from one of the files in licenses, named without
// its ending, issued by i on 2026-06-03.
func (i *Issuer) License(name string) (*license.License, error) {
	b, err := applications.ReadFile("licenses/" + name + ".json")
	if err != nil {
		return nil, err
	}
	l := &license.License{}
	if err := json.Unmarshal(b, l); err != nil {
		return nil, err
	}
	l.Region, l.Issuer = i.Region, i.Name
	l.Identifier = license.Identifier{Type: i.TypeCode, Issuer: string(i.Code), Serial: string(i.Region) + "2026000042", Version: 1}
	l.Number = l.Identifier.Serial
	l.Catalogue = "2024-1"
	l.IssueDate = Day("2026-06-03")
	l.StatusIndex = 34567
	l.Demonstration = true
	return l, nil
}

// Day reads a day; it is no day where s is none.
func Day(s string) license.Date {
	d, err := license.ParseDate(s)
	if err != nil {
		return 0
	}
	return d
}
