package root

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yizheng/signature"
	"yizheng/trust"
)

// Draft is an unsigned document in a form that a person can read: what is
// signed is its payload without the white space.
type Draft struct {
	Type    string          `json:"typ"`
	SHA256  string          `json:"sha256"` // of what is signed, to be read out to each other
	Payload json.RawMessage `json:"payload"`
}

// policySource is policy.json: the agreements as an editor leaves them. What
// has a sequence and a term is made from it at each signing.
type policySource struct {
	Agreements []trust.Agreement `json:"agreements"`
}

// kinds are the documents that a signer signs off line, by the names that
// people give them.
var kinds = map[string]string{
	"root": trust.TypeRoot, "list": trust.TypeList, "policy": trust.TypePolicy, "authorities": trust.TypeAuthorities,
}

// Kinds gives the names of the documents that can be drafted.
func Kinds() []string { return []string{"root", "list", "policy", "authorities"} }

// Draft gives the next document of a kind as the folder has it now, for a year
// from now. It takes a sequence number, which is not given out again.
func (f *Folder) Draft(kind string, now time.Time) (Draft, error) {
	typ, known := kinds[kind]
	if !known || kind == "root" && f.under != "" {
		return Draft{}, fmt.Errorf("root: %s signs no document %q", f.Path(), kind)
	}
	issued := now.UTC().Truncate(time.Second)
	if kind == "root" {
		return f.draftRoot(issued)
	}
	content, err := f.content(kind)
	if err != nil {
		return Draft{}, err
	}
	sequence, err := f.reserve()
	if err != nil {
		return Draft{}, err
	}
	return newDraft(typ, content(trust.Term{Signer: f.Path(), Sequence: sequence, Issued: issued, Expires: issued.Add(trust.Lifetime)}))
}

// content gives a kind's document without its term.
func (f *Folder) content(kind string) (func(trust.Term) any, error) {
	switch kind {
	case "list":
		return func(t trust.Term) any { return trust.List{Term: t, Issuers: f.issuers} }, trust.CheckIssuers(f.issuers)
	case "authorities":
		return func(t trust.Term) any { return trust.Directory{Term: t, Entries: f.authorities} }, nil
	}
	var source policySource
	if err := readJSON(filepath.Join(f.dir, policyFile), &source); err != nil {
		return nil, err
	}
	if source.Agreements == nil {
		source.Agreements = []trust.Agreement{}
	}
	if err := trust.CheckAgreements(source.Agreements); err != nil {
		return nil, fmt.Errorf("root: %s: %w", policyFile, err)
	}
	return func(t trust.Term) any { return trust.Policy{Term: t, Agreements: source.Agreements} }, nil
}

func (f *Folder) draftRoot(issued time.Time) (Draft, error) {
	r := trust.Root{Version: 1, Issued: issued, Expires: issued.Add(trust.Lifetime), Signer: f.next, Delegates: f.delegates}
	if held := f.root(); held != nil {
		r.Version = held.Version + 1
	}
	if err := r.Check(); err != nil {
		return Draft{}, fmt.Errorf("root: %w", err)
	}
	return newDraft(trust.TypeRoot, r)
}

// root is the root's newest document, nil where there is none.
func (f *Folder) root() *trust.Root {
	if p := f.published(); p != nil {
		return p.Root
	}
	return nil
}

// published is what the signer has published, nil where it is named by no root
// document yet.
func (f *Folder) published() *trust.Publication {
	if f.bundle == nil {
		return nil
	}
	return f.bundle.Of(f.Path())
}

func newDraft(typ string, document any) (Draft, error) {
	payload, err := json.Marshal(document)
	if err != nil {
		return Draft{}, fmt.Errorf("root: encoding: %w", err)
	}
	return Draft{Type: typ, SHA256: trust.Digest(payload), Payload: payload}, nil
}

// Marshal gives the draft as a file, indented.
func (d Draft) Marshal() ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("root: encoding a draft: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseDraft reads what Marshal wrote. Who edits the payload has made another
// document: the digest refuses it.
func ParseDraft(b []byte) (Draft, error) {
	var d Draft
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Draft{}, fmt.Errorf("root: reading a draft: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, d.Payload); err != nil {
		return Draft{}, fmt.Errorf("root: reading a draft: %w", err)
	}
	d.Payload = compact.Bytes()
	if got := trust.Digest(d.Payload); got != d.SHA256 {
		return Draft{}, fmt.Errorf("root: the draft was changed: its digest is %s, and it says %s", got, d.SHA256)
	}
	return d, nil
}

// Sign signs a draft with the given keys.
func Sign(d Draft, signers ...signature.Signer) ([]byte, error) {
	if !strings.HasPrefix(d.Type, "yz-") {
		return nil, fmt.Errorf("root: %q is no typ of a trust document", d.Type)
	}
	return signature.SignMulti(signers, signature.Header{Type: d.Type}, d.Payload)
}

// Combine joins the signatures that several people have made on the same
// document.
func Combine(parts ...[]byte) ([]byte, error) {
	var all *signature.Multi
	for _, b := range parts {
		m, err := signature.ParseMulti(b)
		switch {
		case err != nil:
			return nil, err
		case all == nil:
			all = m
			continue
		case !bytes.Equal(m.Payload, all.Payload):
			return nil, fmt.Errorf("root: these are signatures on different documents: %s and %s", trust.Digest(all.Payload), trust.Digest(m.Payload))
		}
		for _, part := range m.Signatures {
			at, held := slices.BinarySearchFunc(all.Signatures, part, func(a, b signature.Part) int {
				return strings.Compare(a.Header.KeyID, b.Header.KeyID)
			})
			if !held {
				all.Signatures = slices.Insert(all.Signatures, at, part)
			}
		}
	}
	if all == nil {
		return nil, fmt.Errorf("root: nothing to combine")
	}
	return all.MarshalJSON()
}
