package seal

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// Report is what a document's signature turned out to be.
type Report struct {
	// Certificate is the one that the signature names as its own. Whose it
	// says it is means nothing unless Trusted is set.
	Certificate *x509.Certificate
	// SigningTime is when the signer says that it was made.
	SigningTime time.Time
	// Timestamp is when the signature was there already, by the word of an
	// authority that is trusted for it. It is zero where none was given.
	Timestamp time.Time
	// Intact says that the bytes which the signature covers are those that
	// were signed, and that a timestamp which it promises is there and is
	// over this signature.
	Intact bool
	// Whole says that it covers the whole file but for itself.
	Whole bool
	// Appended is how many bytes follow what the signature covers: an
	// incremental update, or anything else that was put behind.
	Appended int
	// Trusted says that the certificate is one of those given, that it was in
	// force when the signature was made, and that the timestamp, where
	// authorities are given, is of one of them. When it was made is told by
	// Timestamp, and by the claim where there is none.
	Trusted bool
	// Space is how many bytes the document has room for as its signature. A
	// document that is drawn again must have the same.
	Space int
}

// Accepted says whether the document is as the holder of a trusted seal made
// it. It asks for no clock: that the certificate has expired since takes
// nothing from a signature of its time.
func (r Report) Accepted() bool { return r.Intact && r.Whole && r.Trusted }

var (
	// ErrNotPDF marks input that is no PDF, or larger than [MaxSize].
	ErrNotPDF = errors.New("not a PDF document")
	// ErrUnsigned says that a document bears no signature.
	ErrUnsigned = errors.New("the document is not signed")
	// ErrMalformed says that a document has a signature that cannot be read.
	ErrMalformed = errors.New("the signature cannot be read")
)

// MaxSize is the most bytes that a document may have.
const MaxSize = 64 << 20

// Trust is who is believed: the certificates that the issuer's entry in the
// trust list names, as seals and as time stamping authorities. Nobody else's
// word counts for anything, whatever chain a certificate has.
type Trust struct {
	Seals, Authorities []*x509.Certificate
}

// Verify is [Trust.Verify] by seals alone: it leaves open whose timestamps are
// to be believed, and so proves no time.
func Verify(pdf []byte, seals ...*x509.Certificate) (Report, error) {
	return Trust{Seals: seals}.Verify(pdf)
}

// Verify checks the signature of a PDF. A signature that is bad gives a report
// and no error; the errors are [ErrNotPDF], [ErrUnsigned] and [ErrMalformed].
//
// It reads nothing of the document's structure: a signature counts for whole
// only where the file is nothing but the signed bytes and the signature, so
// that there is no structure by which a reader could be shown something else.
func (t Trust) Verify(pdf []byte) (Report, error) {
	if len(pdf) > MaxSize || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return Report{}, ErrNotPDF
	}
	place, err := find(pdf)
	if err != nil {
		return Report{}, err
	}
	r := Report{Whole: place.end == len(pdf), Appended: len(pdf) - place.end, Space: len(place.cms)}
	s, err := parse(place.cms)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r.Certificate, r.SigningTime = s.chain[0], s.at
	hash := sha256.New()
	hash.Write(pdf[:place.from])
	hash.Write(pdf[place.to:place.end])
	r.Intact = s.check(hash.Sum(nil)) == nil
	t.judge(&r, s)
	return r, nil
}

// judge says whether the signature is of somebody who is trusted.
func (t Trust) judge(r *Report, s signature) {
	at := s.at
	if s.stamp != nil && len(t.Authorities) > 0 {
		if s.stamp.TrustedBy(t.Authorities...) != nil {
			return // it promises the word of an authority, and this is somebody else's
		}
		if r.Intact {
			r.Timestamp, at = s.stamp.Time, s.stamp.Time
		}
	}
	for _, c := range t.Seals {
		if c.Equal(s.chain[0]) && !at.Before(c.NotBefore) && !at.After(c.NotAfter) {
			r.Trusted = true
		}
	}
}

// signature is a parsed CMS signature of one signer.
type signature struct {
	structure
	signed
	stamp *Timestamp
}

// parse reads a signature of the form that [Prepared.Seal] makes. It is
// strict: what it does not know, it refuses.
func parse(der []byte) (s signature, err error) {
	if s.structure, err = decode(der); err != nil {
		return s, err
	}
	if _, err = algorithmOf(s.algorithm); err != nil {
		return s, err
	}
	if err = checkTwin(s.chain[0].PublicKey, s.value); err != nil {
		return s, err
	}
	if s.signed, err = readSigned(s.attributes); err != nil {
		return s, err
	}
	if sum := sha256.Sum256(s.chain[0].Raw); sum != s.certificate {
		return s, errors.New("the signer's certificate is not there")
	}
	if s.stamped != (s.timestamp != nil) {
		return s, errors.New("a timestamp is promised and not there, or there and not promised")
	}
	if s.timestamp != nil {
		s.stamp, err = ParseTimestamp(s.timestamp)
	}
	return s, err
}

// check says whether the signature is over a document with the digest, and the
// timestamp over the signature.
func (s signature) check(digest []byte) error {
	if !bytes.Equal(digest, s.digest) {
		return errors.New("the document is not what was signed")
	}
	algorithm, err := algorithmOf(s.algorithm)
	if err != nil {
		return err
	}
	if err := s.chain[0].CheckSignature(algorithm, wrap(asn1.ClassUniversal, asn1.TagSet, s.attributes), s.value); err != nil {
		return err
	}
	if s.stamp != nil && s.stamp.Digest != sha256.Sum256(s.value) {
		return errors.New("the timestamp is of another signature")
	}
	return nil
}
