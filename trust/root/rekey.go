package root

import (
	"fmt"
	"slices"

	"yizheng/trust"
)

// Rekey gives the entry of a district the keys that it asks for, and says in a
// line for each what is new (+), gone (-) and changed (~). The next list bears
// them. A key that was closed stays so: its entry cannot lose the closing list. A
// request that asks for what is there changes nothing; any other that was made
// from another state is [ErrStale].
func (f *Folder) Rekey(r KeyRequest) (changes []string, _ error) {
	i := slices.IndexFunc(f.issuers, func(held trust.Issuer) bool { return held.Region == r.Region })
	if i < 0 {
		return nil, fmt.Errorf("root: changing the keys of %s: %w: it has no entry", r.Region, ErrEnrolled)
	}
	entry := f.issuers[i]
	if err := f.current(r, entry); err != nil {
		return nil, err
	}
	for _, held := range entry.Keys {
		next := keyOf(r.Keys, held)
		switch {
		case next == nil && held.Closing != "", next != nil && held.Closing != "" && next.Closing != held.Closing:
			return nil, fmt.Errorf("root: key %s of %s was closed, and stays so by the same closing list", held.PublicKey.KeyID(), r.Region)
		case next == nil:
			changes = append(changes, "- "+describeKey(held))
		case !same(held, *next):
			changes = append(changes, "~ "+describeKey(*next))
		}
	}
	for _, next := range r.Keys {
		if next.Closing != "" && next.Use != trust.UseLicense {
			return nil, fmt.Errorf("root: key %s of %s is for %s, and only license keys have closing lists: take it off", next.PublicKey.KeyID(), r.Region, next.Use)
		}
		if keyOf(entry.Keys, next) == nil {
			changes = append(changes, "+ "+describeKey(next))
		}
	}
	if entry.Closing != "" && r.Closing != entry.Closing {
		return nil, fmt.Errorf("root: the entry of %s was closed, and stays so", r.Region)
	}
	if r.Closing != entry.Closing {
		changes = append(changes, "~ "+string(r.Region)+" closed, by list "+r.Closing)
	}
	entry.Keys, entry.Closing = r.Keys, r.Closing
	if err := f.Replace(entry); err != nil {
		return nil, err
	}
	return changes, f.noteRekeyed(entry)
}

func keyOf(keys []trust.Key, k trust.Key) *trust.Key {
	for i := range keys {
		if keys[i].PublicKey.KeyID() == k.PublicKey.KeyID() {
			return &keys[i]
		}
	}
	return nil
}

func describeKey(k trust.Key) string {
	s := fmt.Sprintf("%s %s %s from %s", k.PublicKey.KeyID(), k.Use, k.PublicKey.Algorithm(), k.NotBefore)
	if !k.NotAfter.IsZero() {
		s += " to " + k.NotAfter.String()
	}
	if k.Closing != "" {
		s += ", closed by list " + k.Closing
	}
	return s
}
