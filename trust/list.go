package trust

import (
	"slices"
	"strings"

	"yizheng/license"
	"yizheng/signature"
)

// List is the trust list: which organ of which region may sign licenses, and
// with which keys.
type List struct {
	Term
	Issuers []Issuer `json:"issuers"`
}

// Issuer is one entry: an organ that issues licenses for one region, and for
// that region alone. Windows are whole days in Asia/Shanghai, both ends
// included; a zero end is open.
type Issuer struct {
	Region license.Region `json:"region"` // of the authority; never read off its credit code
	Name   string         `json:"name"`
	// FormerNames are those that its older licenses carry.
	FormerNames []string           `json:"formerNames,omitempty"`
	Code        license.CreditCode `json:"code"`
	TypeCode    string             `json:"typeCode"` // 21 characters: the type of its licenses, GB/T 36904
	Address     string             `json:"address,omitempty"`
	Telephone   string             `json:"telephone,omitempty"`
	Keys        []Key              `json:"keys"`
	Seals       [][]byte           `json:"seals,omitempty"` // certificates, DER
	// Timestamps are certificates of the time stamping authorities whose word
	// counts for its seals, or of those above them, DER.
	Timestamps   [][]byte     `json:"timestamps,omitempty"`
	Dictionaries [][]byte     `json:"dictionaries,omitempty"` // as bytes; their ids are hashes of them
	VerifyURL    string       `json:"verifyURL"`              // "https://…/v/": what its codes begin with
	StatusBase   string       `json:"statusBase"`             // "https://…/status/": what its lists' addresses begin with
	Disputes     string       `json:"disputes,omitempty"`     // "https://…/disputes": where disputes are sent; empty for nowhere
	ValidFrom    license.Date `json:"validFrom"`              // first day whose licenses count
	ValidUntil   license.Date `json:"validUntil,omitzero"`    // last one
	// Closing is the digest of the closing list of an entry whose region was
	// abolished: what stands on that list counts, and nothing else of it.
	Closing string `json:"closing,omitempty"`
	// Demonstration says that what the issuer signs is worth nothing in law.
	Demonstration bool `json:"demonstration,omitempty"`
}

// Key is a public key with the one thing it may be used for.
type Key struct {
	PublicKey signature.PublicKey `json:"key"`
	Use       Use                 `json:"use"`
	NotBefore license.Date        `json:"notBefore"`         // first day on which it may sign
	NotAfter  license.Date        `json:"notAfter,omitzero"` // last one; what it signed until then stays good
	// Closing is the digest of the closing list of a key that was given up in
	// distrust: what stands on that list counts, and nothing else it signed.
	Closing string `json:"closing,omitempty"`
}

// Signs says whether status lists, records and what else a deployment signs from
// day to day count by the key: it has that use and bears no closing list, on
// which stand licenses alone.
func (k Key) Signs(use Use) bool { return k.Use == use && k.Closing == "" }

// SignsOn says whether the key may sign on day.
func (k Key) SignsOn(day license.Date) bool { return within(day, k.NotBefore, k.NotAfter) }

// IssuesOn says whether the entry covers licenses that are dated day.
func (i *Issuer) IssuesOn(day license.Date) bool { return within(day, i.ValidFrom, i.ValidUntil) }

func within(day, from, until license.Date) bool {
	return day >= from && (until.IsZero() || day <= until)
}

// Closings gives the digests of the closing lists that the entry names: its
// own, and those of its keys.
func (i *Issuer) Closings() (digests []string) {
	if i.Closing != "" {
		digests = append(digests, i.Closing)
	}
	for _, k := range i.Keys {
		if k.Closing != "" {
			digests = append(digests, k.Closing)
		}
	}
	return digests
}

// Named says whether the organ is called so, or was.
func (i *Issuer) Named(name string) bool {
	return i.Name == name || slices.Contains(i.FormerNames, name)
}

// KeyOf is a key together with the entry that names it, and who has signed
// that.
type KeyOf struct {
	Key
	Issuer *Issuer
	By     *Publication
}

// Use is the one thing that a key may sign.
type Use string

// The uses.
const (
	UseLicense      Use = "license"
	UseStatus       Use = "status"
	UseSeal         Use = "seal"
	UsePresentation Use = "presentation"
	UseRecord       Use = "record"
	UseCredential   Use = "credential"
)

func (u Use) known() bool {
	switch u {
	case UseLicense, UseStatus, UseSeal, UsePresentation, UseRecord, UseCredential:
		return true
	}
	return false
}

// Bounds of one entry, generous beside what a district needs.
const (
	maxIssuers      = 4096
	maxKeys         = 64
	maxSeals        = 16
	maxSeal         = 8 << 10
	maxDictionaries = 64
	maxDictionary   = 32 << 10 // the window of DEFLATE: bytes beyond it would never be used
	maxName         = 256
	maxFormerNames  = 16
	maxAddress      = 256
)

func (l *List) check() error {
	if err := l.Term.check(); err != nil {
		return err
	}
	return CheckIssuers(l.Issuers)
}

// CheckIssuers holds the entries of a list to their rules, each alone and all
// together: one entry a region, one meaning a key id, and no two entries whose
// status lists could be taken for each other's.
func CheckIssuers(issuers []Issuer) error {
	if len(issuers) > maxIssuers {
		return breaks("%d issuers, at most %d", len(issuers), maxIssuers)
	}
	regions := make(map[license.Region]bool)
	keys := make(map[string]license.Region)
	var bases []string
	for i := range issuers {
		issuer := &issuers[i]
		if err := issuer.Check(); err != nil {
			return err
		}
		if regions[issuer.Region] {
			return breaks("region %s has two entries", issuer.Region)
		}
		regions[issuer.Region] = true
		for _, k := range issuer.Keys {
			id := k.PublicKey.KeyID()
			if other, twice := keys[id]; twice {
				return breaks("key id %s of region %s is given twice, also by region %s", id, issuer.Region, other)
			}
			keys[id] = issuer.Region
		}
		bases = append(bases, issuer.StatusBase)
	}
	slices.Sort(bases) // a prefix stands right before what it begins
	for i := 1; i < len(bases); i++ {
		if strings.HasPrefix(bases[i], bases[i-1]) {
			return breaks("status address %s lies within %s of another entry", bases[i], bases[i-1])
		}
	}
	return nil
}

// Check holds one entry to the rules that concern it alone. An abolished
// region passes: its entry must be readable for its licenses to be told apart
// from forgeries, and it is the verifier that refuses them.
func (i *Issuer) Check() error {
	if !i.Region.WellFormed() {
		return breaks("%q is no region", i.Region)
	}
	at := "entry of " + string(i.Region)
	if len(i.FormerNames) > maxFormerNames {
		return breaks("%s: %d former names, at most %d", at, len(i.FormerNames), maxFormerNames)
	}
	for _, name := range append([]string{i.Name}, i.FormerNames...) {
		if name == "" || license.CheckText(name) != nil || len(name) > maxName {
			return breaks("%s: its name cannot be used", at)
		}
	}
	if _, err := license.ParseCreditCode(string(i.Code)); err != nil {
		return breaks("%s: code: %v", at, err)
	}
	if license.CheckTypeCode(i.TypeCode) != nil {
		return breaks("%s: %q is no type code of 21 characters", at, i.TypeCode)
	}
	for _, s := range []string{i.Address, i.Telephone} {
		if s != "" && (license.CheckText(s) != nil || len(s) > maxName) {
			return breaks("%s: its address or telephone cannot be used", at)
		}
	}
	if i.ValidFrom.IsZero() || (!i.ValidUntil.IsZero() && i.ValidUntil < i.ValidFrom) {
		return breaks("%s: its days run backwards", at)
	}
	if i.Closing != "" && !isDigest(i.Closing) {
		return breaks("%s: its closing list is not named by a digest", at)
	}
	if err := i.checkAddresses(at); err != nil {
		return err
	}
	if err := i.checkKeys(at); err != nil {
		return err
	}
	return i.checkBlobs(at)
}

func (i *Issuer) checkKeys(at string) error {
	if len(i.Keys) > maxKeys {
		return breaks("%s: %d keys, at most %d", at, len(i.Keys), maxKeys)
	}
	seen := make(map[string]bool)
	for _, k := range i.Keys {
		id := k.PublicKey.KeyID()
		switch {
		case id == "":
			return breaks("%s: a key is empty", at)
		case seen[id]:
			return breaks("%s: key id %s is given twice", at, id)
		case !k.Use.known():
			return breaks("%s: key %s has the unknown use %q", at, id, k.Use)
		case k.Closing != "" && !isDigest(k.Closing):
			return breaks("%s: the closing list of key %s is not named by a digest", at, id)
		case k.NotBefore.IsZero() || (!k.NotAfter.IsZero() && k.NotAfter < k.NotBefore):
			return breaks("%s: the days of key %s run backwards", at, id)
		}
		seen[id] = true
	}
	return nil
}

func (i *Issuer) checkBlobs(at string) error {
	if len(i.Seals) > maxSeals || len(i.Timestamps) > maxSeals || len(i.Dictionaries) > maxDictionaries {
		return breaks("%s: too many seals, timestamp authorities or dictionaries", at)
	}
	for _, s := range slices.Concat(i.Seals, i.Timestamps) {
		if len(s) == 0 || len(s) > maxSeal {
			return breaks("%s: a certificate of a seal or of timestamps has %d bytes", at, len(s))
		}
	}
	for _, d := range i.Dictionaries {
		if len(d) == 0 || len(d) > maxDictionary {
			return breaks("%s: a dictionary has %d bytes", at, len(d))
		}
	}
	return nil
}
