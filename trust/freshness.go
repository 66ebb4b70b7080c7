package trust

import "time"

// Freshness (时效声明) is a statement of a signer's on-line role: these documents
// still count, until then. What it does not name by its digest counts no more.
// It cannot name what the signer's own keys have not signed.
type Freshness struct {
	Term
	Documents []Named `json:"documents"`
}

// Named is a document that a statement names.
type Named struct {
	Type     string `json:"typ"`
	Sequence uint64 `json:"sequence"` // of a root document: its version
	SHA256   string `json:"sha256"`   // [Digest] of what was signed
}

func (f *Freshness) check() error {
	if err := checkTerm(f.Sequence, f.Issued, f.Expires, maxOnlineDays*24*time.Hour); err != nil {
		return err
	}
	for i, d := range f.Documents {
		if f.named(d.Type) != &f.Documents[i] {
			return breaks("it names two documents of typ %s", d.Type)
		}
	}
	return nil
}

// named gives what f says of the document of a typ, nil if nothing.
func (f *Freshness) named(typ string) *Named {
	for i := range f.Documents {
		if f.Documents[i].Type == typ {
			return &f.Documents[i]
		}
	}
	return nil
}

// names says whether f names this document.
func (f *Freshness) names(typ string, sequence uint64, digest string) bool {
	n := f.named(typ)
	return n != nil && n.Sequence == sequence && n.SHA256 == digest
}
