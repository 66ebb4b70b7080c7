package payload

import (
	"encoding/binary"
	"fmt"

	"yizheng/license"
)

// Limits of the claims. The texts of a license are held to the limits of
// package license.
const (
	// MaxPermits is the most permits that a license carries. The largest
	// symbol does not hold half as many.
	MaxPermits = 64
	// MaxClaims is the largest size of the claims in bytes, before DEFLATE.
	MaxClaims = 16 << 10

	maxCatalogue = 40 // characters of a catalogue version
)

// Flags of the first byte of the claims.
const (
	flagDemonstration = 1 << iota
	flagNumber        // the license number follows; else it is region and serial
	flagsKnown        = iota
)

// Flags of the byte with which the terms of a permit begin; its low six bits
// are a term code.
const (
	permitCommitment = 0x80
	permitMore       = 0x40 // a byte of the flags below follows
	permitTerm       = 0x3F

	moreConditions   = 1 << 0 // a text follows
	morePremises     = 1 << 1 // a text follows
	moreSamePremises = 1 << 2 // they are the holder's
	moreKnown        = moreConditions | morePremises | moreSamePremises
)

// checkedStem is how much of a credit code is written: the last character
// follows from the others.
const checkedStem = 17

// appendClaims writes the claims of l, which checkLicense accepts.
func appendClaims(dst []byte, l *license.License) []byte {
	var flags byte
	if l.Demonstration {
		flags |= flagDemonstration
	}
	ownNumber := l.Number != string(l.Region)+l.Identifier.Serial
	if ownNumber {
		flags |= flagNumber
	}
	dst = append(dst, flags)
	dst = AppendText(dst, string(l.Region))
	dst = AppendText(dst, l.Issuer)
	dst = AppendText(dst, l.Identifier.Issuer)
	dst = AppendText(dst, l.Identifier.Type)
	dst = AppendText(dst, l.Catalogue)
	dst = AppendText(dst, l.Industry)
	dst = AppendText(dst, l.Identifier.Serial)
	if ownNumber {
		dst = AppendText(dst, l.Number)
	}
	dst = binary.AppendUvarint(dst, uint64(l.Identifier.Version))
	dst = binary.AppendUvarint(dst, uint64(l.StatusIndex))
	dst = binary.BigEndian.AppendUint16(dst, uint16(l.IssueDate))
	dst = AppendText(dst, l.Holder.Representative)
	dst = AppendText(dst, l.Holder.Name)
	dst = AppendText(dst, string(l.Holder.CreditCode[:checkedStem]))
	dst = AppendText(dst, l.Holder.Premises)
	before := l.IssueDate
	for _, p := range l.Permits {
		dst = appendPermit(dst, p, before, l.Holder.Premises)
		before = p.ValidFrom
	}
	return dst
}

// appendPermit writes one permit. The day before is that from which its first
// day is counted: permits of one license tend to begin together.
func appendPermit(dst []byte, p license.Permit, before license.Date, holderPremises string) []byte {
	code := termCode(p.ValidFrom, p.ValidUntil)
	terms := code
	if p.Commitment {
		terms |= permitCommitment
	}
	var more byte
	if p.Conditions != "" {
		more |= moreConditions
	}
	if p.Premises != "" {
		more |= morePremises
		if p.Premises == holderPremises {
			more = more&^morePremises | moreSamePremises
		}
	}
	if more != 0 {
		terms |= permitMore
	}
	dst = append(dst, terms)
	dst = AppendText(dst, p.Matter)
	dst = AppendText(dst, p.Authority)
	dst = AppendText(dst, p.Number)
	dst = AppendText(dst, p.Scope)
	dst = binary.AppendVarint(dst, int64(p.ValidFrom)-int64(before))
	if code == termExplicit {
		dst = binary.AppendUvarint(dst, uint64(p.ValidUntil-p.ValidFrom))
	}
	if more != 0 {
		dst = append(dst, more)
	}
	if more&moreConditions != 0 {
		dst = AppendText(dst, p.Conditions)
	}
	if more&morePremises != 0 {
		dst = AppendText(dst, p.Premises)
	}
	return dst
}

// checkLicense says why the claims cannot state l, if they cannot. It is what
// holds for every license of every region; the rules of a region's catalogue
// are not its business.
func checkLicense(l *license.License) error {
	if !l.Region.WellFormed() {
		return malformed(ReasonRegion, "region %q is not six digits", l.Region)
	}
	if err := l.Identifier.Validate(); err != nil {
		return malformed(ReasonIdentifier, "%v", err)
	}
	if _, err := license.ParseCreditCode(string(l.Holder.CreditCode)); err != nil {
		return malformed(ReasonCreditCode, "%v", err)
	}
	if l.IssueDate.IsZero() {
		return malformed(ReasonDate, "no issue date")
	}
	if n := len(l.Permits); n == 0 || n > MaxPermits {
		return malformed(ReasonPermits, "%d permits, must be 1 to %d", n, MaxPermits)
	}
	texts := [...]textMember{
		{"number", l.Number, license.MaxPermitNumber, true},
		{"issuer", l.Issuer, license.MaxName, true},
		{"catalogue", l.Catalogue, maxCatalogue, true},
		{"industry", l.Industry, license.MaxName, true},
		{"holder.name", l.Holder.Name, license.MaxName, true},
		{"holder.representative", l.Holder.Representative, license.MaxRepresentative, false},
		{"holder.premises", l.Holder.Premises, license.MaxPremises, false},
	}
	for _, t := range texts {
		if err := t.check(); err != nil {
			return err
		}
	}
	for i := range l.Permits {
		if err := checkPermit(&l.Permits[i]); err != nil {
			return fmt.Errorf("permits[%d]: %w", i, err)
		}
	}
	return nil
}

func checkPermit(p *license.Permit) error {
	if p.ValidFrom.IsZero() {
		return malformed(ReasonDate, "no first day")
	}
	if !p.ValidUntil.IsZero() && p.ValidUntil < p.ValidFrom {
		return malformed(ReasonDate, "last day %s before first day %s", p.ValidUntil, p.ValidFrom)
	}
	texts := [...]textMember{
		{"matter", p.Matter, license.MaxName, true},
		{"authority", p.Authority, license.MaxName, true},
		{"number", p.Number, license.MaxPermitNumber, true},
		{"scope", p.Scope, license.MaxScope, false},
		{"conditions", p.Conditions, license.MaxConditions, false},
		{"premises", p.Premises, license.MaxPremises, false},
	}
	for _, t := range texts {
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

// textMember is one text of the claims and the rule for it.
type textMember struct {
	name, value string
	max         int
	required    bool
}

func (t textMember) check() error {
	if t.value == "" {
		if t.required {
			return malformed(ReasonText, "%s is empty", t.name)
		}
		return nil
	}
	return checkText(t.name, t.value, t.max)
}

// Flags is the first byte of the claims of a license with a number made of
// region and serial. Who makes a dictionary needs it.
func Flags(demonstration bool) byte {
	if demonstration {
		return flagDemonstration
	}
	return 0
}

// UsualTerm is the byte with which a permit begins that holds so many years
// less a day, 0 for no end, and has no other property. Who makes a dictionary
// needs it.
func UsualTerm(years int) byte {
	if years < 1 || years > termMaxYears {
		return termNone
	}
	return termYears + byte(years) - 1
}
