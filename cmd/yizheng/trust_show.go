package main

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/trust"
)

// trustView is what trust show prints as JSON.
type trustView struct {
	Region  license.Region `json:"region"`
	Roots   []rootView     `json:"roots"` // as given by hand
	Signers []signerView   `json:"signers"`
	Faults  []faultView    `json:"faults"` // what is left out, and why
	Issuers []issuerView   `json:"issuers"`
}

// rootView is a root of the anchor.
type rootView struct {
	Name        string          `json:"name"`
	Fingerprint string          `json:"fingerprint"` // to compare with a scanner page's, and with paper
	Territory   trust.Territory `json:"territory"`
	Version     uint64          `json:"version"`
	Threshold   int             `json:"threshold"`
	Keys        []string        `json:"keys"` // key ids
	Newest      uint64          `json:"newest"`
}

// signerView is a root or delegate and what it has published.
type signerView struct {
	Path      string          `json:"path"`
	Title     string          `json:"title"`
	Territory trust.Territory `json:"territory"`
	Threshold int             `json:"threshold"`
	Keys      []string        `json:"keys"`
	Online    []string        `json:"online"` // ids of the on-line keys
	Stated    *time.Time      `json:"stated,omitempty"`
	List      *termView       `json:"list,omitempty"`
	Policy    *termView       `json:"policy,omitempty"`
	Directory *termView       `json:"authorities,omitempty"`
}

// termView is a document: by its own term, and until when it counts.
type termView struct {
	Sequence uint64     `json:"sequence"`
	Issued   time.Time  `json:"issued"`
	Expires  time.Time  `json:"expires"` // by its own term
	Counts   time.Time  `json:"counts"`  // until then it counts
	EndsBy   trust.Part `json:"endsBy"`  // what ends it then
	Expired  bool       `json:"expired"`
	Entries  int        `json:"entries"`
}

type faultView struct {
	Signer string       `json:"signer"`
	Part   string       `json:"part"`
	Reason trust.Reason `json:"reason"`
	Error  string       `json:"error"`
}

type issuerView struct {
	Region        license.Region     `json:"region"`
	Name          string             `json:"name"`
	Code          license.CreditCode `json:"code"`
	VerifyURL     string             `json:"verifyURL"`
	StatusBase    string             `json:"statusBase"`
	Disputes      string             `json:"disputes,omitempty"`
	ValidFrom     license.Date       `json:"validFrom"`
	ValidUntil    license.Date       `json:"validUntil,omitzero"`
	Demonstration bool               `json:"demonstration,omitempty"`
	Keys          []keyView          `json:"keys"`
	Seals         []sealView         `json:"seals,omitempty"`
	Timestamps    []sealView         `json:"timestamps,omitempty"`
	Dictionaries  []string           `json:"dictionaries,omitempty"`
}

type keyView struct {
	ID        string       `json:"id"`
	Use       trust.Use    `json:"use"`
	Algorithm string       `json:"algorithm"`
	NotBefore license.Date `json:"notBefore"`
	NotAfter  license.Date `json:"notAfter,omitzero"`
}

type sealView struct {
	Subject string    `json:"subject,omitempty"`
	SHA256  string    `json:"sha256"`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
}

func viewTrust(b *trust.Bundle, now time.Time) trustView {
	view := trustView{Region: b.Anchor.Region, Faults: []faultView{}}
	for i, r := range b.Anchor.Roots {
		v := rootView{Name: r.Name, Fingerprint: r.Fingerprint(), Territory: r.Territory, Version: r.Version, Threshold: r.Threshold, Keys: keyIDs(r.Keys)}
		if n := len(b.Roots[i]); n > 0 {
			v.Newest = b.Roots[i][n-1].Version
		}
		view.Roots = append(view.Roots, v)
	}
	for _, p := range b.Publications {
		view.Signers = append(view.Signers, viewSigner(p, now))
	}
	for _, f := range slices.Concat(b.Faults, b.Refused) {
		view.Faults = append(view.Faults, faultView{f.Signer, f.Part, f.Reason, f.Err.Error()})
	}
	for _, issuer := range b.Issuers {
		view.Issuers = append(view.Issuers, viewIssuer(*issuer))
	}
	return view
}

func viewSigner(p *trust.Publication, now time.Time) signerView {
	v := signerView{
		Path: p.Path(), Title: p.Signer.Title, Territory: p.Signer.Territory,
		Threshold: p.Signer.Threshold, Keys: keyIDs(p.Signer.Keys), Online: keyIDs(p.Signer.Online.Keys),
	}
	term := func(t trust.Term, part trust.Part, entries int) *termView {
		end, by := p.Ends(t, part)
		return &termView{t.Sequence, t.Issued, t.Expires, end, by, !now.Before(end), entries}
	}
	if p.Freshness != nil {
		v.Stated = &p.Freshness.Issued
	}
	if p.List != nil {
		v.List = term(p.List.Term, trust.ListPart, len(p.List.Issuers))
	}
	if p.Policy != nil {
		v.Policy = term(p.Policy.Term, trust.PolicyPart, len(p.Policy.Agreements))
	}
	if p.Directory != nil {
		v.Directory = term(p.Directory.Term, trust.AuthoritiesPart, len(p.Directory.Entries))
	}
	return v
}

func keyIDs(keys []signature.PublicKey) []string {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.KeyID()
	}
	return ids
}

func viewIssuer(i trust.Issuer) issuerView {
	view := issuerView{
		Region: i.Region, Name: i.Name, Code: i.Code, VerifyURL: i.VerifyURL, StatusBase: i.StatusBase, Disputes: i.Disputes,
		ValidFrom: i.ValidFrom, ValidUntil: i.ValidUntil, Demonstration: i.Demonstration,
	}
	for _, k := range i.Keys {
		view.Keys = append(view.Keys, keyView{ID: k.PublicKey.KeyID(), Use: k.Use,
			Algorithm: string(k.PublicKey.Algorithm()), NotBefore: k.NotBefore, NotAfter: k.NotAfter})
	}
	view.Seals, view.Timestamps = viewCertificates(i.Seals), viewCertificates(i.Timestamps)
	for _, raw := range i.Dictionaries {
		if d, err := payload.NewDictionary(raw); err == nil {
			view.Dictionaries = append(view.Dictionaries, d.ID())
		}
	}
	return view
}

func viewCertificates(all [][]byte) (views []sealView) {
	for _, der := range all {
		v := sealView{SHA256: fingerprint(der)}
		if certificate, err := x509.ParseCertificate(der); err == nil {
			v.Subject, v.From, v.Until = certificate.Subject.CommonName, certificate.NotBefore.UTC(), certificate.NotAfter.UTC()
		}
		views = append(views, v)
	}
	return views
}

func (c *console) trustShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "show the issuers of a trust file, their keys and how long it counts",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			bundle, err := readBundle(args[0])
			if err != nil {
				return err
			}
			view := viewTrust(bundle, c.now())
			if c.json {
				printJSON(c.stdout, view)
			} else {
				c.showTrust(view)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (c *console) showTrust(v trustView) {
	showField(c.stdout, words{"核验地", "region"}, fmt.Sprintf("%s %s", v.Region, v.Region.FullName()))
	for _, r := range v.Roots {
		fmt.Fprintf(c.stdout, "\n信任根 root  %s\n", r.Name)
		showField(c.stdout, words{"指纹", "fingerprint"}, r.Fingerprint)
		showField(c.stdout, words{"辖区", "territory"}, strings.Join(r.Territory, ", "))
		showField(c.stdout, words{"密钥", "keys"}, fmt.Sprintf("%s, %d 个签名 must sign", strings.Join(r.Keys, ", "), r.Threshold))
		showField(c.stdout, words{"版本", "version"}, fmt.Sprintf("%d 手工给定 given by hand, %d 最新 newest", r.Version, r.Newest))
	}
	for _, s := range v.Signers {
		c.showSigner(s)
	}
	for _, f := range v.Faults {
		fmt.Fprintf(c.stdout, "\n未采信 NOT BELIEVED  %s %s: %s\n  %s\n", f.Signer, f.Part, f.Reason, printable(f.Error))
	}
	for _, i := range v.Issuers {
		demonstration := ""
		if i.Demonstration {
			demonstration = "  (演示 demonstration)"
		}
		fmt.Fprintf(c.stdout, "\n%s  %s  %s%s\n", i.Region, printable(i.Name), i.Code, demonstration)
		showField(c.stdout, words{"网址", "address"}, i.VerifyURL)
		showField(c.stdout, words{"异议受理", "disputes"}, i.Disputes)
		showField(c.stdout, words{"期限", "term"}, days(i.ValidFrom, i.ValidUntil))
		for _, k := range i.Keys {
			showField(c.stdout, words{"密钥", "key"}, fmt.Sprintf("%s  %-12s %-8s %s", k.ID, k.Use, k.Algorithm, days(k.NotBefore, k.NotAfter)))
		}
		for n, s := range slices.Concat(i.Seals, i.Timestamps) {
			name := words{"印章", "seal"}
			if n >= len(i.Seals) {
				name = words{"时间戳机构", "timestamps"}
			}
			showField(c.stdout, name, fmt.Sprintf("%s…  %s  %s", s.SHA256[:16], s.Subject, s.Until.In(beijing()).Format("至 until 2006-01-02")))
		}
	}
}

func (c *console) showSigner(s signerView) {
	fmt.Fprintf(c.stdout, "\n签发方 signer  %s  %s\n", s.Path, printable(s.Title))
	showField(c.stdout, words{"辖区", "territory"}, strings.Join(s.Territory, ", "))
	showField(c.stdout, words{"密钥", "keys"}, fmt.Sprintf("%s, %d 个签名 must sign; 联机 on-line %s", strings.Join(s.Keys, ", "), s.Threshold, strings.Join(s.Online, ", ")))
	if s.Stated != nil {
		showField(c.stdout, words{"时效声明", "stated"}, shortTime(*s.Stated))
	}
	for _, d := range []struct {
		name words
		term *termView
	}{{words{"信任清单", "trust list"}, s.List}, {words{"认可政策", "policy"}, s.Policy}, {words{"机关名录", "authorities"}, s.Directory}} {
		if d.term == nil {
			showField(c.stdout, d.name, "没有 none")
			continue
		}
		text := fmt.Sprintf("#%d  %d 项 entries, %s 签发 signed, 至 until %s (%s)", d.term.Sequence, d.term.Entries,
			shortTime(d.term.Issued), shortTime(d.term.Counts), d.term.EndsBy)
		if d.term.Expired {
			text += "  已过期 EXPIRED"
		}
		showField(c.stdout, d.name, text)
	}
}

func days(from, until license.Date) string {
	if until.IsZero() {
		return from.String() + " –"
	}
	return from.String() + " – " + until.String()
}
