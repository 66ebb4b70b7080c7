package main

import (
	"encoding/json"
	"strings"
	"time"

	"yizheng/notice"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/verifier/verifiertest"
)

// deltaCase is one case as it is written: a list that is held, what has changed
// since, and the list that comes of it.
type deltaCase struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Trust       string           `json:"trust"`
	Held        string           `json:"held"`
	Delta       string           `json:"delta"` // as it is served
	Expect      deltaExpectation `json:"expect"`
}

type deltaExpectation struct {
	List    string `json:"list,omitempty"`    // what must come of it, which is then taken
	Refused string `json:"refused,omitempty"` // "delta" where nothing can be made of it; else why what comes of it is not taken
}

// deltas are changes of status lists.
func (g *generator) deltas() {
	type values = map[uint32]status.Value
	few := values{3: 0, 4: status.Suspended, 32767: 0}
	many := values{}
	for n := range uint32(4000) {
		many[n*7%status.ChunkSize] = []status.Value{0, 0, 0, status.Suspended, status.Superseded, status.Withdrawn, status.Cancelled}[n%7]
	}
	add := func(name, description string, from, to values, change func(*status.Delta), refused string) {
		d := g.draft()
		if d == nil {
			return
		}
		held, newest := d.built(from, 41), d.built(to, 44)
		delta, err := status.Compare(held, newest)
		d.note(err)
		if change != nil {
			change(&delta)
		}
		raw, err := json.Marshal(delta)
		d.note(err)
		bundle, err := d.world.Bundle(d.region, 7, d.trusted)
		d.note(err)
		f := deltaCase{Name: name, Description: description, Trust: g.shared("trust", ".json", bundle), Held: g.shared("lists", ".jwt", []byte(held)), Delta: string(raw)}
		if f.Expect.Refused = refused; refused == "" {
			f.Expect.List = g.shared("lists", ".jwt", []byte(newest))
		}
		g.writeCase("deltas", name, f)
	}
	add("one-entry", "A permit was revoked.", few, values{3: status.Revoked, 4: status.Suspended, 32767: 0}, nil, "")
	add("nothing-but-the-date", "The list was signed anew, and nothing has changed.", few, few, nil, "")
	add("first-and-last", "The first entry and the last.", few, values{0: status.Cancelled, 3: 0, 4: status.Suspended, 32767: status.Withdrawn}, nil, "")
	add("from-empty-to-many", "From a list of nobody to one that is full of every value.", values{}, many, nil, "")
	add("from-many-to-empty", "And back.", many, values{}, nil, "")
	const signature = "status_list_signature"
	add("entry-changed", "An entry was changed on the way.", few, values{}, func(d *status.Delta) { d.Entries[1] = 0 }, signature)
	add("entry-left-out", "An entry was left out on the way.", few, values{}, func(d *status.Delta) { d.Entries = d.Entries[2:] }, signature)
	add("sequence-changed", "Its sequence was changed on the way.", few, values{}, func(d *status.Delta) { d.Sequence++ }, signature)
	add("date-changed", "Its date was changed on the way.", few, values{}, func(d *status.Delta) { d.IssuedAt++ }, signature)
	add("of-another-sequence", "It goes on from a list that is not held.", few, values{}, func(d *status.Delta) { d.Since-- }, "delta")
	add("offset-beyond", "An offset beyond the list.", few, values{}, func(d *status.Delta) { d.Entries[0] = status.ChunkSize }, "delta")
	add("value-beyond", "A value of more than four bits.", few, values{}, func(d *status.Delta) { d.Entries[1] = 16 }, "delta")
	add("value-unknown", "A value that nobody knows: such a list cannot be written.", few, values{}, func(d *status.Delta) { d.Entries[1] = 7 }, "delta")
	add("offset-without-value", "An offset without a value.", few, values{}, func(d *status.Delta) { d.Entries = d.Entries[1:] }, "delta")
}

// built is the first list of the issuer with these entries.
func (d *draft) built(values map[uint32]status.Value, sequence uint64) string {
	token, err := status.Build(status.Config{
		Subject: status.Address(d.issuer.StatusBase, 0), IssuedAt: d.listed.Add(time.Duration(sequence) * time.Second),
		Lifetime: 7 * 24 * time.Hour, TTL: 5 * time.Minute, Sequence: sequence, Values: values,
	}, d.issuer.Status)
	d.note(err)
	return token
}

// noticeCase is one case as it is written.
type noticeCase struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Trust       string            `json:"trust"`
	Token       string            `json:"token"`
	Expect      noticeExpectation `json:"expect"`
}

type noticeExpectation struct {
	Lists  []notice.List `json:"lists,omitempty"`  // what it says to be new
	Notice string        `json:"notice,omitempty"` // in its place, why it is refused: "malformed" or "unsigned"
}

// notices are what deployments tell each other.
func (g *generator) notices() {
	add := func(name, description, refused string, token func(d *draft, lists []notice.List) string) {
		d := g.draft()
		if d == nil {
			return
		}
		lists := []notice.List{{URI: status.Address(d.issuer.StatusBase, 1), Sequence: 44}, {URI: status.Address(d.issuer.StatusBase, 7), Sequence: 9007199254740991}}
		f := noticeCase{Name: name, Description: description, Token: token(d, lists)}
		bundle, err := d.world.Bundle(d.region, 7, d.trusted)
		d.note(err)
		f.Trust = g.shared("trust", ".json", bundle)
		if f.Expect.Notice = refused; refused == "" {
			f.Expect.Lists = lists
		}
		g.writeCase("notices", name, f)
	}
	by := func(d *draft, k *verifiertest.Key, lists ...notice.List) string {
		token, err := notice.Sign(notice.Notice{At: d.now, Lists: lists}, k)
		d.note(err)
		return token
	}
	// raw signs a payload as it is.
	raw := func(d *draft, typ, payload string) string {
		token, err := signature.SignCompact(d.issuer.Status, signature.Header{Type: typ}, []byte(payload))
		d.note(err)
		return token
	}
	payload := func(d *draft, lists []notice.List) string {
		b, err := json.Marshal(notice.Notice{At: d.now, Lists: lists})
		d.note(err)
		return string(b)
	}
	add("two-lists", "Two lists have changed.", "", func(d *draft, lists []notice.List) string { return by(d, d.issuer.Status, lists...) })
	add("by-another-issuer", "By the status key of another issuer: not its lists.", "unsigned", func(d *draft, lists []notice.List) string {
		return by(d, d.world.Issuer("310106").Status, lists...)
	})
	add("by-the-license-key", "By the issuer's key for licenses.", "unsigned", func(d *draft, lists []notice.List) string { return by(d, d.issuer.Signer, lists...) })
	add("by-a-stranger", "By a key that is on no list.", "unsigned", func(d *draft, lists []notice.List) string { return by(d, d.forger(), lists...) })
	add("address-of-another", "One of its addresses is not of the issuer's lists: nothing of it is believed.", "unsigned", func(d *draft, lists []notice.List) string {
		return by(d, d.issuer.Status, append(lists, notice.List{URI: "http://169.254.169.254/latest", Sequence: 1})...)
	})
	add("tampered-with", "A digit of its payload is changed.", "unsigned", func(d *draft, lists []notice.List) string {
		head, _, _ := strings.Cut(by(d, d.issuer.Status, lists...), ".")
		token := raw(d, notice.Type, strings.Replace(payload(d, lists), `"seq":44`, `"seq":45`, 1))
		good := by(d, d.issuer.Status, lists...)
		parts, others := strings.Split(token, "."), strings.Split(good, ".")
		return head + "." + parts[1] + "." + others[2]
	})
	add("of-another-kind", "The same words, signed as something else.", "unsigned", func(d *draft, lists []notice.List) string {
		return raw(d, status.Type, payload(d, lists))
	})
	add("with-a-space", "White space in it.", "malformed", func(d *draft, lists []notice.List) string {
		return raw(d, notice.Type, strings.Replace(payload(d, lists), ",", ", ", 1))
	})
	add("member-more", "A member more.", "malformed", func(d *draft, lists []notice.List) string {
		return raw(d, notice.Type, strings.Replace(payload(d, lists), `{"at"`, `{"x":1,"at"`, 1))
	})
	add("in-another-zone", "Its instant is not written in UTC.", "malformed", func(d *draft, lists []notice.List) string {
		return raw(d, notice.Type, strings.Replace(payload(d, lists), "T02:00:00Z", "T10:00:00+08:00", 1))
	})
	add("sequence-zero", "A sequence that no list has.", "malformed", func(d *draft, lists []notice.List) string {
		return raw(d, notice.Type, strings.Replace(payload(d, lists), `"seq":44`, `"seq":0`, 1))
	})
	add("of-no-list", "It names no list.", "malformed", func(d *draft, _ []notice.List) string { return by(d, d.issuer.Status) })
	add("of-too-many", "It names 257 lists.", "malformed", func(d *draft, lists []notice.List) string {
		for n := range uint32(notice.MaxLists - 1) {
			lists = append(lists, notice.List{URI: status.Address(d.issuer.StatusBase, n+10), Sequence: 1})
		}
		return by(d, d.issuer.Status, lists...)
	})
	add("no-token", "No token at all.", "malformed", func(*draft, []notice.List) string { return "notice" })
}
