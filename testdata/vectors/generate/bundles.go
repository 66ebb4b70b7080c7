package main

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// bundleCase is one case as it is written: a bundle, what its user holds, and
// what comes of a code that is verified by it.
type bundleCase struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Bundle      string            `json:"bundle"`
	Trust       string            `json:"trust,omitempty"`
	Region      license.Region    `json:"region"`
	At          time.Time         `json:"at"`
	Text        string            `json:"text"`
	Expect      bundleExpectation `json:"expect"`
}

type bundleExpectation struct {
	Bundle   string   `json:"bundle,omitempty"` // why it is not opened, in place of all else
	Outcome  string   `json:"outcome,omitempty"`
	Check    string   `json:"check,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Refused  []string `json:"refused,omitempty"` // reasons of the members that are not taken
	Without  []string `json:"without,omitempty"` // digests of the closing lists that it has not
}

// carried is a bundle in the making.
type carried struct {
	*draft
	regions   []license.Region
	made      time.Time
	life      time.Duration
	more      []verifier.Held         // beside the lists that are as they should be
	closings  [][][]byte              // each with its chunks
	statement func(*bundle.Statement) // changes it before it is signed
	payload   func(string) string     // … as text
	by        *verifiertest.Key       // that signs it
	typ       string                  // of what it signs
	pack      func(*carriedFile)      // changes the file afterwards
	raw       func([]byte) []byte     // … as bytes
	sequence  uint64                  // of the trust documents that the user holds; 0 for none
	expect    bundleExpectation
}

// carriedFile is a bundle to cut and to paste.
type carriedFile struct {
	Anchor    json.RawMessage `json:"anchor,omitempty"`
	Statement string          `json:"statement"`
	Trust     json.RawMessage `json:"trust"`
	Lists     []string        `json:"lists"`
	Closing   [][]byte        `json:"closing,omitempty"`
}

// bundle makes a case. It begins as a bundle of two regions, made an hour ago,
// whose user holds the same trust documents.
func (g *generator) bundle(name, description string, change func(*carried)) {
	d := g.draft()
	if d == nil {
		return
	}
	c := &carried{draft: d, regions: []license.Region{"310105", "330400"}, made: d.now.Add(-time.Hour), life: 72 * time.Hour, by: d.issuer.Status, typ: bundle.Type, sequence: 7}
	c.expect.Outcome = "valid"
	change(c)
	if c.expect.Bundle != "" {
		c.expect = bundleExpectation{Bundle: c.expect.Bundle}
	}
	if d.text == "" {
		d.text = must(d, d.issuer.Issue, d.license).Text(d.issuer.VerifyURL)
	}
	f := bundleCase{Name: name, Description: description, Region: d.region, At: d.now, Text: d.text, Expect: c.expect,
		Bundle: g.shared("bundles/files", ".json", c.file())}
	if c.sequence > 0 {
		f.Trust = g.shared("trust", ".json", c.documents(c.sequence))
	}
	g.writeCase("bundles", name, f)
}

func (c *carried) documents(sequence uint64) []byte {
	raw, err := c.world.Bundle(c.region, sequence, c.trusted)
	c.note(err)
	return raw
}

// file gives the bundle as it is handed out.
func (c *carried) file() []byte {
	raw := c.documents(7)
	b, err := trust.Load(raw)
	if err != nil {
		c.note(err)
		return nil
	}
	made, err := bundle.Make(bundle.Config{
		By: "310105", Regions: c.regions, Made: c.made, Life: c.life, Trust: b, Lists: append(c.held(b), c.more...), Closing: c.closings,
	}, c.by)
	c.note(err)
	var f carriedFile
	c.note(json.Unmarshal(made, &f))
	f.Statement = c.signed(f.Statement)
	if c.pack != nil {
		c.pack(&f)
	}
	made, err = json.Marshal(f)
	c.note(err)
	if c.raw != nil {
		made = c.raw(made)
	}
	return made
}

// held are the lists of both regions.
func (c *carried) held(b *trust.Bundle) []verifier.Held {
	lists := verifier.NewLists(b)
	c.note(lists.Add([]byte(c.list(5))))
	other := c.world.Issuer("330400")
	l := must(c.draft, other.License, "restaurant-3-permits")
	token, err := other.List(l, 5, c.listed)
	c.note(err)
	c.note(lists.Add([]byte(token)))
	return lists.Held()
}

// signed changes the statement, and signs it again.
func (c *carried) signed(statement string) string {
	if c.statement == nil && c.payload == nil {
		return statement
	}
	jws, err := signature.Parse(statement)
	c.note(err)
	var s bundle.Statement
	c.note(json.Unmarshal(jws.Payload, &s))
	if c.statement != nil {
		c.statement(&s)
	}
	payload, err := json.Marshal(s)
	c.note(err)
	if c.payload != nil {
		payload = []byte(c.payload(string(payload)))
	}
	token, err := signature.SignCompact(c.by, signature.Header{Type: c.typ}, payload)
	c.note(err)
	return token
}

// bundles are files for going off line, whole and not.
func (g *generator) bundles() {
	g.wholeBundles()
	g.bundlesClosing()
	g.brokenBundles()
	g.foreignBundles()
}

func (g *generator) wholeBundles() {
	outcome := func(c *carried, outcome, check, reason string) {
		c.expect.Outcome, c.expect.Check, c.expect.Reason = outcome, check, reason
	}
	g.bundle("whole", "Made an hour ago for two regions.", func(*carried) {})
	g.bundle("kept", "As its user keeps it: with the roots by which it was found good, so that no trust file is needed.", func(c *carried) {
		var own bundleFile
		c.note(json.Unmarshal(c.documents(7), &own))
		c.pack = func(f *carriedFile) { f.Anchor = own.Anchor }
		c.sequence = 0
	})
	g.bundle("without-roots", "No trust file, and no roots in it.", func(c *carried) {
		c.sequence = 0
		c.expect.Bundle = "bundle_malformed"
	})
	g.bundle("older-than-what-is-held", "Its user holds newer trust documents: those count.", func(c *carried) { c.sequence = 8 })
	g.bundle("newer-than-what-is-held", "Its user's trust documents are older: the bundle brings them up to date.", func(c *carried) { c.sequence = 6 })
	g.bundle("no-list", "It has no list, and says so.", func(c *carried) {
		c.regions = []license.Region{"310106"}
		outcome(c, "unknown", "status", "status_list_missing")
	})
	g.bundle("last-second", "The last second before its end.", func(c *carried) { c.now = c.made.Add(c.life - time.Second) })
	ended := func(c *carried) {
		c.life = 2 * time.Hour
		c.now = c.made.Add(c.life)
	}
	g.bundle("ended", "The second of its end: nothing in it is known to be good.", func(c *carried) {
		ended(c)
		outcome(c, "unknown", "status", "bundle_expired")
	})
	g.bundle("ended-and-withdrawn", "The same, and the license was withdrawn: bad stays bad.", func(c *carried) {
		ended(c)
		c.values = []status.Value{status.Withdrawn}
		outcome(c, "invalid", "status", "withdrawn")
	})
	g.bundle("list-of-a-stranger", "Its maker has put in a list that nobody on the trust list has signed: it is refused, and the rest counts.", func(c *carried) {
		c.more = []verifier.Held{{Region: "330400", Token: []byte(c.strangers())}}
		c.expect.Refused = []string{"status_list_key"}
	})
}

// strangers is a list that says what its maker likes, by a key of his own.
func (c *carried) strangers() string {
	key := c.issuer.Status
	c.issuer.Status = c.forger()
	defer func() { c.issuer.Status = key }()
	return c.list(9)
}

func (g *generator) bundlesClosing() {
	closed := func(c *carried) (parts [][]byte) {
		c.closed(closing{of: c.ownClosing(c.now.Add(-24 * time.Hour)), others: 9}, true)
		for _, l := range c.lists {
			if l.part {
				parts = append(parts, []byte(l.token))
			}
		}
		return parts
	}
	g.bundle("closing-list", "The license's key was closed; the bundle has the closing list, on which it stands.", func(c *carried) {
		c.closings = [][][]byte{closed(c)}
		c.expect.Warnings = []string{"key_closed"}
	})
	g.bundle("closing-list-left-out", "The same, and it was too large for the bundle.", func(c *carried) {
		c.expect.Without = []string{trust.Digest(closed(c)[0])}
		c.expect.Outcome, c.expect.Check, c.expect.Reason = "unknown", "trust", "closing_list_missing"
	})
	bad := func(name, description string, pack func(*carriedFile)) {
		g.bundle(name, description, func(c *carried) {
			c.closings = [][][]byte{closed(c)}
			c.pack = pack
			c.expect.Bundle = "bundle_incomplete"
		})
	}
	bad("closing-chunk-missing", "The statement names a closing list of which a chunk was taken out.", func(f *carriedFile) { f.Closing = f.Closing[:len(f.Closing)-1] })
	bad("closing-part-more", "A part more than the statement's closing lists have.", func(f *carriedFile) { f.Closing = append(f.Closing, []byte("more")) })
	bad("closing-part-changed", "One bit of a chunk is changed.", func(f *carriedFile) { f.Closing[1][3] ^= 1 })
}

func (g *generator) brokenBundles() {
	incomplete := func(name, description string, pack func(*carriedFile)) {
		g.bundle(name, description, func(c *carried) {
			c.pack = pack
			c.expect.Bundle = "bundle_incomplete"
		})
	}
	incomplete("list-taken-out", "A list was taken out on the way.", func(f *carriedFile) { f.Lists = f.Lists[1:] })
	incomplete("list-doubled", "A list stands there twice.", func(f *carriedFile) { f.Lists = append(f.Lists, f.Lists[0]) })
	incomplete("lists-in-another-order", "The lists stand in another order.", func(f *carriedFile) { slices.Reverse(f.Lists) })
	g.bundle("trust-in-another-form", "White space was put into the trust documents: they are compared as they stand.", func(c *carried) {
		c.raw = func(b []byte) []byte { return []byte(strings.Replace(string(b), `"trust":{`, `"trust":{ `, 1)) }
		c.expect.Bundle = "bundle_incomplete"
	})
	malformed := func(name, description string, change func(*carried)) {
		g.bundle(name, description, func(c *carried) {
			change(c)
			c.expect.Bundle = "bundle_malformed"
		})
	}
	malformed("statement-with-a-space", "White space in the statement.", func(c *carried) {
		c.payload = func(s string) string { return strings.Replace(s, ",", ", ", 1) }
	})
	malformed("statement-with-a-member-more", "A member more in the statement.", func(c *carried) {
		c.payload = func(s string) string { return strings.Replace(s, `{"by"`, `{"x":1,"by"`, 1) }
	})
	malformed("eight-days", "It is to last eight days.", func(c *carried) {
		c.statement = func(s *bundle.Statement) { s.Expires = s.Made.Add(8 * 24 * time.Hour) }
	})
	malformed("ends-before-it-begins", "It ends before it was made.", func(c *carried) {
		c.statement = func(s *bundle.Statement) { s.Expires = s.Made.Add(-time.Hour) }
	})
	malformed("regions-in-another-order", "Its regions are not in order.", func(c *carried) {
		c.statement = func(s *bundle.Statement) { slices.Reverse(s.Regions) }
	})
	malformed("no-region", "It is of no region.", func(c *carried) {
		c.statement = func(s *bundle.Statement) { s.Regions = []license.Region{} }
	})
	malformed("made-in-another-zone", "Its instants are not written in UTC.", func(c *carried) {
		c.payload = func(s string) string { return strings.Replace(s, "T01:00:00Z", "T09:00:00+08:00", 1) }
	})
	malformed("half-a-second", "It was made at half a second.", func(c *carried) {
		c.payload = func(s string) string { return strings.Replace(s, "T01:00:00Z", "T01:00:00.5Z", 1) }
	})
	malformed("member-more", "A member more in the file.", func(c *carried) {
		c.raw = func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `{"statement"`, `{"x":1,"statement"`, 1))
		}
	})
	malformed("cut-off", "Cut off on the way.", func(c *carried) { c.raw = func(b []byte) []byte { return b[:len(b)/2] } })
	changed := func(old, by string) func(*carried) {
		return func(c *carried) {
			c.raw = func(b []byte) []byte { return []byte(strings.Replace(string(b), old, by, 1)) }
		}
	}
	malformed("member-twice", "A member stands there twice.", changed(`{"statement"`, `{"lists":["x","y"],"statement"`))
	malformed("member-in-large", "The name of a member in large letters.", changed(`"lists":`, `"LISTS":`))
	malformed("member-null", "A member that is null in place of absent.", changed(`{"statement"`, `{"closing":null,"statement"`))
	malformed("brace-behind", "A brace and anything else behind it.", func(c *carried) { c.raw = func(b []byte) []byte { return append(b, "} and anything"...) } })
	malformed("something-behind", "Something stands behind it.", func(c *carried) { c.raw = func(b []byte) []byte { return append(b, "{}"...) } })
}

// foreignBundles are not by whom they say.
func (g *generator) foreignBundles() {
	bad := func(name, description string, change func(*carried)) {
		g.bundle(name, description, func(c *carried) {
			change(c)
			c.expect.Bundle = "bundle_signature"
		})
	}
	bad("by-a-stranger", "By a key that is on no list.", func(c *carried) { c.by = c.forger() })
	bad("by-the-license-key", "By the issuer's key for licenses.", func(c *carried) { c.by = c.issuer.Signer })
	bad("by-another-issuer", "By the status key of another issuer than it says.", func(c *carried) { c.by = c.world.Issuer("330400").Status })
	bad("by-a-key-of-before", "Made after the last day of the key.", func(c *carried) { c.issuer.Keys[1].NotAfter, c.listed = day("2026-11-23"), c.now.Add(-24*time.Hour) })
	bad("statement-tampered-with", "One bit of the signature is changed.", func(c *carried) {
		c.pack = func(f *carriedFile) {
			at := strings.LastIndexByte(f.Statement, '.') + 1
			sig, err := base64.RawURLEncoding.DecodeString(f.Statement[at:])
			c.note(err)
			sig[9] ^= 1
			f.Statement = f.Statement[:at] + base64.RawURLEncoding.EncodeToString(sig)
		}
	})
	bad("of-another-kind", "Its own words, signed as something else.", func(c *carried) {
		c.typ, c.payload = status.Type, func(s string) string { return s }
	})
}
