package root

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"yizheng/trust"
)

// Changes says in a line for each what a draft adds (+), takes away (-) and
// changes (~), beside what is published now.
func (f *Folder) Changes(d Draft) ([]string, error) {
	next, err := itemsOf(d.Type, d.Payload)
	if err != nil {
		return nil, err
	}
	now := map[string]string{}
	if held := f.publishedText(d.Type); held != nil {
		if now, err = itemsOf(d.Type, held); err != nil {
			return nil, err
		}
	}
	lines := []string{}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		switch before, held := now[name]; {
		case !held:
			lines = append(lines, "+ "+name)
		case before != next[name]:
			lines = append(lines, "~ "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, stays := next[name]; !stays {
			lines = append(lines, "- "+name)
		}
	}
	return lines, nil
}

// publishedText is the payload of the published document of a typ.
func (f *Folder) publishedText(typ string) []byte {
	p := f.published()
	if p == nil {
		return nil
	}
	var document any
	switch {
	case typ == trust.TypeRoot:
		document = p.Root
	case typ == trust.TypeList && p.List != nil:
		document = p.List
	case typ == trust.TypePolicy && p.Policy != nil:
		document = p.Policy
	case typ == trust.TypeAuthorities && p.Directory != nil:
		document = p.Directory
	default:
		return nil
	}
	b, err := json.Marshal(document)
	if err != nil {
		return nil // cannot be: it was read from JSON
	}
	return b
}

// itemsOf names the parts of a document that a person would compare.
func itemsOf(typ string, payload []byte) (map[string]string, error) {
	items := make(map[string]string)
	add := func(name string, item any) error {
		b, err := json.Marshal(item)
		items[name] = string(b)
		return err
	}
	var err error
	read := func(into any) { err = json.Unmarshal(payload, into) }
	switch typ {
	case trust.TypeRoot:
		var r trust.Root
		read(&r)
		for _, s := range append([]trust.Signer{r.Signer}, r.Delegates...) {
			err = firstOf(err, addSigner(add, s))
		}
	case trust.TypeList:
		var l trust.List
		read(&l)
		for _, i := range l.Issuers {
			err = firstOf(err, add(string(i.Region)+" "+i.Name, i))
		}
	case trust.TypePolicy:
		var p trust.Policy
		read(&p)
		for _, a := range p.Agreements {
			err = firstOf(err, add(a.ID+" "+a.Title, a))
		}
	case trust.TypeAuthorities:
		var d trust.Directory
		read(&d)
		for _, a := range d.Entries {
			err = firstOf(err, add(string(a.Region)+" "+a.Name, a))
		}
	default:
		err = fmt.Errorf("%q is no typ of a trust document", typ)
	}
	if err != nil {
		return nil, fmt.Errorf("root: reading a document: %w", err)
	}
	return items, nil
}

func addSigner(add func(string, any) error, s trust.Signer) error {
	err := add(s.Name+": "+s.Title+", territory "+strings.Join(s.Territory, " "), s.Territory)
	err = firstOf(err, add(s.Name+": threshold", s.Threshold))
	for _, k := range s.Keys {
		err = firstOf(err, add(s.Name+": key "+k.KeyID(), k))
	}
	for _, k := range s.Online.Keys {
		err = firstOf(err, add(s.Name+": on-line key "+k.KeyID(), k))
	}
	return err
}

func firstOf(err, next error) error {
	if err != nil {
		return err
	}
	return next
}
