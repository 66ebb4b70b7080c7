package seal_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/seal"
	"yizheng/seal/sealtest"
)

// element is a piece of DER that can be taken apart and put together again.
type element struct {
	head asn1.RawValue // class, tag and, where there are no kids, content
	kids []*element
}

func take(t testing.TB, der []byte) *element {
	t.Helper()
	var e element
	if _, err := asn1.Unmarshal(der, &e.head); err != nil {
		t.Fatal(err)
	}
	if e.head.IsCompound {
		for rest := e.head.Bytes; len(rest) > 0; {
			var kid asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &kid); err != nil {
				t.Fatal(err)
			}
			e.kids = append(e.kids, take(t, kid.FullBytes))
		}
	}
	return &e
}

func (e *element) bytes(t testing.TB) []byte {
	t.Helper()
	head := asn1.RawValue{Class: e.head.Class, Tag: e.head.Tag, IsCompound: e.head.IsCompound, Bytes: e.head.Bytes}
	if e.head.IsCompound {
		head.Bytes = nil
		for _, kid := range e.kids {
			head.Bytes = append(head.Bytes, kid.bytes(t)...)
		}
	}
	return want(asn1.Marshal(head))(t)
}

// at goes down by places.
func (e *element) at(places ...int) *element {
	for _, p := range places {
		e = e.kids[p]
	}
	return e
}

// The places of what forgers change, from the ContentInfo down.
var (
	certificatesAt = []int{1, 0, 3}
	signersAt      = []int{1, 0, 4}
	signerAt       = []int{1, 0, 4, 0}
)

const (
	digestPlace    = 2
	attributePlace = 3
	valuePlace     = 5
	unsignedPlace  = 6
)

// TestForgedSignatures changes what lies in the signature's place, where no
// signature reaches. Nothing of it may be accepted.
func TestForgedSignatures(t *testing.T) {
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	id, again := w.Seal("seal", key), w.Seal("seal", key)
	stranger := w.Seal("seal", sealtest.NewKey(t))
	d := sealOne(t, want(seal.New(config(t, w, id, true, false)))(t))
	other := sealText(t, want(seal.New(config(t, w, id, true, false)))(t), "another license")
	elsewhere := sealtest.New(t) // has a time stamping authority of its own
	strangersStamp := sealOne(t, want(seal.New(config(t, elsewhere, id, true, false)))(t))
	strangers := sealOne(t, want(seal.New(config(t, w, stranger, true, false)))(t))
	trust := seal.Trust{Seals: []*x509.Certificate{id.Certificate}, Authorities: []*x509.Certificate{w.Root}}

	before, after := paperOf("a license", d.space)
	filled := func(cms []byte) []byte { return putIn(before, after, cms, d.space) }
	if r := want(trust.Verify(filled(d.CMS)))(t); !r.Accepted() {
		t.Fatalf("the good one: %+v", r)
	}
	root := func() *element { return take(t, d.CMS) }
	certificate := func(c *x509.Certificate) *element { return take(t, c.Raw) }
	sorted := func(kids []*element) []*element {
		slices.SortFunc(kids, func(a, b *element) int { return bytes.Compare(a.bytes(t), b.bytes(t)) })
		return kids
	}
	with := func(change func(root, signer *element)) []byte {
		e := root()
		change(e, e.at(signerAt...))
		return e.bytes(t)
	}
	serialOf := func(c *x509.Certificate) *element { return take(t, want(asn1.Marshal(c.SerialNumber))(t)) }
	swap := func(to *x509.Certificate) func(root, signer *element) {
		return func(root, signer *element) {
			certs := root.at(certificatesAt...)
			certs.kids = sorted([]*element{certificate(to), certificate(w.Intermediate)})
			signer.at(1).kids[1] = serialOf(to)
		}
	}
	token := func(of document) *element {
		return take(t, of.CMS).at(signerAt...).at(unsignedPlace)
	}
	direct := func(hash crypto.Hash, digest []byte) []byte {
		value := want(key.Sign(rand.Reader, digest, hash))(t)
		return with(func(root, signer *element) {
			signer.kids[valuePlace].head.Bytes = value
			signer.kids = slices.Delete(signer.kids, attributePlace, attributePlace+1)
		})
	}
	content := sha256.Sum256(d.signed)
	weak := sha1.Sum(d.signed)
	sha1ID := take(t, []byte{0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a})

	for name, cms := range map[string][]byte{
		"another certificate for the same key": with(swap(again.Certificate)),
		"the certificate of a stranger":        with(swap(stranger.Certificate)),
		"a stranger's signature":               strangers.CMS,
		"a stranger's signature by our certificate": with(func(root, signer *element) {
			*signer.kids[valuePlace] = *take(t, strangers.CMS).at(signerAt...).at(valuePlace)
		}),
		"two signers, a stranger second": with(func(root, _ *element) {
			s := root.at(signersAt...)
			s.kids = sorted(append(s.kids, take(t, strangers.CMS).at(signerAt...)))
		}),
		"two signers, the same twice": with(func(root, signer *element) { s := root.at(signersAt...); s.kids = append(s.kids, signer) }),
		"no signer":                   with(func(root, _ *element) { root.at(signersAt...).kids = nil }),
		"an extra certificate": with(func(root, _ *element) {
			c := root.at(certificatesAt...)
			c.kids = sorted(append(c.kids, certificate(stranger.Certificate)))
		}),
		"the root among the certificates, not fitting": with(func(root, _ *element) {
			c := root.at(certificatesAt...)
			c.kids = sorted(append(c.kids, certificate(elsewhere.Root)))
		}),
		"a certificate twice": with(func(root, _ *element) {
			c := root.at(certificatesAt...)
			c.kids = sorted(append(c.kids, certificate(id.Certificate)))
		}),
		"certificates in another order": with(func(root, _ *element) { slices.Reverse(root.at(certificatesAt...).kids) }),
		"no certificates":               with(func(root, _ *element) { root.at(certificatesAt...).kids = nil }),
		"attributes in another order":   with(func(_, signer *element) { slices.Reverse(signer.at(attributePlace).kids) }),
		"an attribute twice":            with(func(_, signer *element) { a := signer.at(attributePlace); a.kids = append(a.kids, a.kids[0]) }),
		"an attribute taken away":       with(func(_, signer *element) { a := signer.at(attributePlace); a.kids = a.kids[1:] }),
		"the attributes of another document": with(func(_, signer *element) {
			*signer.at(attributePlace) = *take(t, other.CMS).at(signerAt...).at(attributePlace)
		}),
		"no signed attributes, signed directly":      direct(crypto.SHA256, content[:]),
		"no signed attributes, SHA-1":                direct(crypto.SHA1, weak[:]),
		"SHA-1 named as the digest":                  with(func(_, signer *element) { *signer.at(digestPlace) = *sha1ID }),
		"SHA-1 named among the digests":              with(func(root, _ *element) { s := root.at(1, 0, 1); s.kids = append(s.kids, sha1ID) }),
		"the attributes passed off as the document":  with(func(_, signer *element) { signer.kids = slices.Delete(signer.kids, attributePlace, attributePlace+1) }),
		"the timestamp stripped":                     with(func(_, signer *element) { signer.kids = signer.kids[:unsignedPlace] }),
		"no unsigned attribute in their set":         with(func(_, signer *element) { signer.at(unsignedPlace).kids = nil }),
		"the timestamp of another document":          with(func(_, signer *element) { signer.kids[unsignedPlace] = token(other) }),
		"a stranger's timestamp of another document": with(func(_, signer *element) { signer.kids[unsignedPlace] = token(strangersStamp) }),
		"two timestamps":                             with(func(_, signer *element) { u := signer.at(unsignedPlace); u.kids = append(u.kids, token(other).kids[0]) }),
		"two tokens in one attribute": with(func(_, signer *element) {
			v := signer.at(unsignedPlace, 0, 1)
			v.kids = append(v.kids, token(other).at(0, 1, 0))
		}),
		"an unsigned attribute of another kind": with(func(_, signer *element) { *signer.at(unsignedPlace, 0, 0) = *signer.at(attributePlace, 0, 0) }),
		"the document within the signature": with(func(root, _ *element) {
			c := root.at(1, 0, 2)
			c.kids = append(c.kids, take(t, []byte{0xa0, 0x02, 0x04, 0x00}))
		}),
		"revocation lists beside it": with(func(root, _ *element) {
			s := root.at(1, 0)
			s.kids = slices.Insert(s.kids, 4, take(t, []byte{0xa1, 0x00}))
		}),
		"another version":                        with(func(root, _ *element) { root.at(1, 0, 0).head.Bytes = []byte{3} }),
		"something within the structure":         with(func(root, _ *element) { s := root.at(1, 0); s.kids = append(s.kids, take(t, []byte{0x04, 0x01, 0x00})) }),
		"something within the signer":            with(func(_, signer *element) { signer.kids = append(signer.kids, take(t, []byte{0x04, 0x01, 0x00})) }),
		"BER: a length that is not the shortest": longLength(d.CMS),
		"BER: an indefinite length":              slices.Concat([]byte{0x30, 0x80}, contentOf(t, d.CMS), []byte{0, 0}),
		"BER: an octet string in pieces":         with(func(_, signer *element) { signer.kids[valuePlace] = pieces(signer.kids[valuePlace]) }),
		"something behind the structure":         append(bytes.Clone(d.CMS), 0, 0, 1),
		"cut off":                                d.CMS[:len(d.CMS)-1],
	} {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(cms, d.CMS) {
				t.Fatal("nothing was changed")
			}
			space := max(d.space, len(cms))
			b, a := before, after
			if space > d.space {
				b, a = paperOf("a license", space)
			}
			if r, err := trust.Verify(putIn(b, a, cms, space)); err == nil && r.Accepted() {
				t.Errorf("accepted: %+v", r)
			}
		})
	}
}

// TestForgedBareSignatures does the same to a seal without timestamp.
func TestForgedBareSignatures(t *testing.T) {
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	id := w.Seal("seal", key)
	bare := sealOne(t, want(seal.New(config(t, w, id, false, false)))(t))
	stamped := sealOne(t, want(seal.New(config(t, w, id, true, false)))(t))
	trust := seal.Trust{Seals: []*x509.Certificate{id.Certificate}, Authorities: []*x509.Certificate{w.Root}}
	with := func(change func(signer *element)) []byte {
		e := take(t, bare.CMS)
		change(e.at(signerAt...))
		return e.bytes(t)
	}
	for name, cms := range map[string][]byte{
		"the twin": with(func(signer *element) {
			value := signer.at(valuePlace)
			var pair struct{ R, S *big.Int }
			want(asn1.Unmarshal(value.head.Bytes, &pair))(t)
			pair.S.Sub(key.Params().N, pair.S)
			value.head.Bytes = want(asn1.Marshal(pair))(t)
		}),
		"a timestamp that was not promised": with(func(signer *element) {
			signer.kids = append(signer.kids, take(t, stamped.CMS).at(signerAt...).at(unsignedPlace))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			space := max(bare.space, len(cms))
			before, after := paperOf("a license", space)
			// The room is signed too, so that both are over the same paper.
			signed := want(seal.Sign(key, id.Certificate, time.Now(), rand.Reader, slices.Concat(before, after)))(t)
			if r := want(trust.Verify(putIn(before, after, signed, space)))(t); !r.Accepted() {
				t.Fatalf("the good one: %+v", r)
			}
			if r, err := trust.Verify(putIn(before, after, cms, space)); err == nil {
				t.Errorf("read: %+v", r)
			}
		})
	}
}

// longLength writes the outer length with a byte more than it needs.
func longLength(der []byte) []byte {
	return slices.Concat([]byte{0x30, 0x83, 0}, der[2:4], der[4:])
}

func contentOf(t testing.TB, der []byte) []byte {
	var v asn1.RawValue
	want(asn1.Unmarshal(der, &v))(t)
	return v.Bytes
}

// pieces makes a constructed octet string of two.
func pieces(e *element) *element {
	half := len(e.head.Bytes) / 2
	return &element{head: asn1.RawValue{Tag: asn1.TagOctetString, IsCompound: true}, kids: []*element{
		{head: asn1.RawValue{Tag: asn1.TagOctetString, Bytes: e.head.Bytes[:half]}},
		{head: asn1.RawValue{Tag: asn1.TagOctetString, Bytes: e.head.Bytes[half:]}},
	}}
}

// page is a PDF with the shape of ours: an entry that permits no change, one
// page, room for one signature.
func page(space int) (before, after []byte) {
	head := "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 4 0 R>>>>\nendobj\n" +
		"2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 5 0 R>>\nendobj\n" +
		"4 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
	entry := "/ByteRange[0 %010d %010d %010d]/Contents"
	tail := "/Reference[<</TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]>>\nendobj\n%%EOF\n"
	from := len(head) + len(fmt.Sprintf(entry, 0, 0, 0))
	return []byte(head + fmt.Sprintf(entry, from, from+2*space+2, len(tail))), []byte(tail)
}

// TestForgedFiles leaves the signature as it is and changes what lies around
// it.
func TestForgedFiles(t *testing.T) {
	key := newKey(t)
	cert := certify(t, key, "seal")
	const space = 1024
	before, after := page(space)
	cms := want(seal.Sign(key, cert, signedAt, rand.Reader, slices.Concat(before, after)))(t)
	good := putIn(before, after, cms, space)
	if r := want(seal.Verify(good, cert))(t); !r.Accepted() {
		t.Fatalf("the good one: %+v", r)
	}
	hole := slices.Concat([]byte("<"), []byte(hex.EncodeToString(append(bytes.Clone(cms), make([]byte, space-len(cms))...))), []byte(">"))
	replace := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	ranged := func(numbers string) []byte {
		i := bytes.Index(good, []byte("/ByteRange["))
		j := i + bytes.IndexByte(good[i:], ']')
		pad := strings.Repeat(" ", j-i-len("/ByteRange[")-len(numbers))
		return slices.Concat(good[:i], []byte("/ByteRange["+numbers+pad), good[j:])
	}
	from, to := len(before), len(before)+len(hole)
	update := "\n3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 9 0 R>>\nendobj\n9 0 obj\n<</Length 9>>stream\n(a fraud)\nendstream\nendobj\n%%EOF\n"
	// A stranger's own signature over all of it, ours left within.
	strangerKey := newKey(t)
	strangerCert := certify(t, strangerKey, "seal")
	outer := func() []byte {
		extra := "\n8 0 obj\n<</Type/Sig/ByteRange[0 %010d %010d %010d]/Contents"
		at := len(good) + len(fmt.Sprintf(extra, 0, 0, 0))
		tail := []byte(">>\nendobj\n%%EOF\n")
		head := slices.Concat(good, fmt.Appendf(nil, extra, at, at+2*space+2, len(tail)))
		return putIn(head, tail, want(seal.Sign(strangerKey, strangerCert, signedAt, rand.Reader, slices.Concat(head, tail)))(t), space)
	}()
	for name, pdf := range map[string][]byte{
		"an incremental update that replaces the page": append(bytes.Clone(good), update...),
		"an update before the signature":               slices.Concat(before[:9], []byte(update), good[9:]),
		"the permission to change loosened":            replace("/P 1", "/P 3"),
		"the permission to change taken away":          replace("/Perms<</DocMDP 4 0 R>>", "/Perms<<           >>>>"[:23]),
		"a stranger's signature over all":              outer,
		"a second byte range first":                    slices.Concat([]byte("%PDF-1.7\n%/ByteRange[0 10 20 30]\n"), good[9:]),
		"a second byte range behind":                   append(bytes.Clone(good), fmt.Sprintf("%%/ByteRange[0 %d %d %d]", from, to, len(after))...),
		"a range that begins later":                    ranged(fmt.Sprintf("9 %d %d %d", from-9, to, len(after))),
		"ranges that overlap":                          ranged(fmt.Sprintf("0 %d %d %d", to, from, len(good)-from)),
		"a range that ends early":                      ranged(fmt.Sprintf("0 %d %d %d", from, to, len(after)-10)),
		"a range that ends before the gap":             ranged(fmt.Sprintf("0 %d %d 0", from, to)),
		"a gap that is larger than the signature":      ranged(fmt.Sprintf("0 %d %d %d", from-9, to, len(after))),
		"a gap that begins within the signature":       ranged(fmt.Sprintf("0 %d %d %d", from+1, to, len(after))),
		"the page hidden in the gap":                   slices.Concat(before, hole[:len(hole)-1], []byte(update), []byte(">"), after),
		"text hidden among the zeros":                  slices.Concat(before, hole[:len(hole)-7], []byte("414243"), []byte(">"), after),
		"the signature in upper case":                  slices.Concat(before, bytes.ToUpper(hole), after),
		"a comment in the gap":                         slices.Concat(before, hole[:len(hole)-3], []byte("%0"), []byte(">"), after),
		"five numbers":                                 ranged(fmt.Sprintf("0 %d %d %d 0", from, to, len(after))),
		"numbers with signs":                           ranged(fmt.Sprintf("+0 %d %d %d", from, to, len(after))),
		"numbers that overflow":                        ranged("0 9999999999 9999999999 9999999999"),
		"an indirect byte range":                       replace("/ByteRange[", "/ByteRange 7 0 R["),
		"the second half twice":                        slices.Concat(before, hole, after, after),
	} {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(pdf, good) {
				t.Fatal("nothing was changed")
			}
			if r, err := seal.Verify(pdf, cert); err == nil && r.Accepted() {
				t.Errorf("accepted: %+v", r)
			}
		})
	}
}

// FuzzSignature holds that what is read is read in one way only: a signature
// that is accepted in the good one's place differs from it in nothing.
func FuzzSignature(f *testing.F) {
	key := newKey(f)
	cert := certify(f, key, "seal")
	const space = 1024
	before, after := page(space)
	cms := want(seal.Sign(key, cert, signedAt, rand.Reader, slices.Concat(before, after)))(f)
	f.Add(cms)
	f.Add(cms[:len(cms)-1])
	f.Add(longLength(cms))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > space {
			return
		}
		r, err := seal.Verify(putIn(before, after, b, space), cert)
		if err == nil && r.Accepted() && !bytes.Equal(bytes.TrimRight(b, "\x00"), bytes.TrimRight(cms, "\x00")) {
			t.Errorf("accepted %x", b)
		}
	})
}

// FuzzParseTimestamp reads anything without a panic, and takes a good
// signature over nothing but the token.
func FuzzParseTimestamp(f *testing.F) {
	w := sealtest.New(f)
	d := sealOne(f, want(seal.New(config(f, w, w.Seal("seal", sealtest.NewKey(f)), true, false)))(f))
	token := take(f, d.CMS).at(signerAt...).at(unsignedPlace, 0, 1, 0).bytes(f)
	good := want(seal.ParseTimestamp(token))(f)
	f.Add(token)
	f.Add(token[:len(token)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := seal.ParseTimestamp(b)
		if err != nil || s.TrustedBy(w.Root) != nil {
			return
		}
		if !s.Time.Equal(good.Time) || s.Digest != good.Digest {
			t.Errorf("a timestamp of %s over %x is trusted", s.Time.Format(time.RFC3339), s.Digest)
		}
	})
}
