package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/trust"
	"yizheng/trust/root"
	"yizheng/verifier"
)

func (c *console) trustCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "sign, show and explain what verifiers believe (信任清单)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say which: trust update, trust seal, trust show or trust explain"))
		},
	}
	cmd.AddCommand(c.trustUpdateCommand(), c.trustSealCommand(), c.trustOfficesCommand(), c.trustShowCommand(), c.trustExplainCommand())
	return cmd
}

type trustUpdateOptions struct {
	root, out, region, at, passphraseFile string
}

func (c *console) trustUpdateCommand() *cobra.Command {
	var o trustUpdateOptions
	cmd := &cobra.Command{
		Use:   "update --root DIR --out FILE",
		Short: "sign the trust file of all enrolled issuers anew, for thirty days",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return c.trustUpdate(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "root folder; required")
	f.StringVar(&o.out, "out", "", "trust file to write; required")
	f.StringVar(&o.region, "region", "", "region of the verifier (default: that of FILE as it is, else of the first issuer)")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock; only where every issuer is a demonstration")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the root keys")
	return cmd
}

func (c *console) trustUpdate(o trustUpdateOptions) error {
	if o.root == "" || o.out == "" {
		return usage("usage", errors.New("--root DIR and --out FILE are both required"))
	}
	if err := checkVerifierRegion(o.region); err != nil {
		return err
	}
	now, err := parseAt(o.at)
	if err != nil {
		return err
	}
	passphrase, err := readPassphrase(o.passphraseFile)
	if err != nil {
		return err
	}
	r, err := root.Open(o.root, passphrase)
	if err != nil {
		return &failure{exit: exitUsage, file: o.root, reason: "root_unreadable", err: err}
	}
	issuers := r.Issuers()
	if len(issuers) == 0 {
		return &failure{exit: exitUsage, file: o.root, reason: "root_empty", err: errors.New("no issuer is enrolled here")}
	}
	if now.IsZero() {
		now = c.now()
	} else if !allDemonstration(issuers) {
		return usage("at", errors.New("--at is only for a root whose every issuer is a demonstration: signatures bear the true time"))
	}
	region, err := o.verifierRegion(issuers)
	if err != nil {
		return err
	}
	raw, err := r.Bundle(region, now)
	if err != nil {
		return &failure{exit: exitUsage, file: o.root, reason: "root_unsigned", err: err}
	}
	if err := writeFile(o.out, raw, 0o644); err != nil {
		return usage("out_unwritable", err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		return fmt.Errorf("reading what was signed: %w", err)
	}
	fmt.Fprintf(c.stdout, "%s: 信任清单 trust list #%d, %d 个发证机关 issuers, 核验地 region %s, 有效至 until %s\n", printable(o.out),
		bundle.List.Sequence, len(issuers), region, bundle.List.Expires.In(beijing()).Format(time.RFC3339))
	return nil
}

// verifierRegion is the one asked for, or else the one that the file was made
// for before: whoever renews it daily does not move.
func (o trustUpdateOptions) verifierRegion(issuers []trust.Issuer) (license.Region, error) {
	if o.region != "" {
		return license.Region(o.region), nil
	}
	if _, err := os.Stat(o.out); errors.Is(err, fs.ErrNotExist) {
		return issuers[0].Region, nil
	}
	before, err := readBundle(o.out)
	if err != nil {
		return "", &failure{exit: exitUsage, file: o.out, reason: "out_not_trust",
			err: fmt.Errorf("the file is there and is no trust file that can be read; it is left alone: %w", err)}
	}
	return before.Anchor.Region, nil
}

func allDemonstration(issuers []trust.Issuer) bool {
	for _, issuer := range issuers {
		if !issuer.Demonstration {
			return false
		}
	}
	return true
}

// trustView is what trust show prints as JSON.
type trustView struct {
	Region      license.Region `json:"region"`
	Threshold   int            `json:"threshold"`
	Roots       []string       `json:"roots"`       // key ids
	Fingerprint string         `json:"fingerprint"` // of roots and threshold, to compare with a scanner page's
	List        termView       `json:"list"`
	Policy      termView       `json:"policy"`
	Authorities termView       `json:"authorities"`
	Issuers     []issuerView   `json:"issuers"`
}

type termView struct {
	Sequence uint64    `json:"sequence"`
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"`
	Expired  bool      `json:"expired"`
	Entries  int       `json:"entries"`
}

type issuerView struct {
	Region        license.Region     `json:"region"`
	Name          string             `json:"name"`
	Code          license.CreditCode `json:"code"`
	VerifyURL     string             `json:"verifyURL"`
	StatusBase    string             `json:"statusBase"`
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
	term := func(t trust.Term, entries int) termView {
		return termView{Sequence: t.Sequence, Issued: t.Issued, Expires: t.Expires, Expired: !now.Before(t.Expires), Entries: entries}
	}
	view := trustView{
		Region: b.Anchor.Region, Threshold: b.Anchor.Threshold, Fingerprint: b.Anchor.Fingerprint(),
		List:        term(b.List.Term, len(b.List.Issuers)),
		Policy:      term(b.Policy.Term, len(b.Policy.Agreements)),
		Authorities: term(b.Directory.Term, len(b.Directory.Entries)),
	}
	for _, key := range b.Anchor.Roots {
		view.Roots = append(view.Roots, key.KeyID())
	}
	for _, issuer := range b.List.Issuers {
		view.Issuers = append(view.Issuers, viewIssuer(issuer))
	}
	return view
}

func viewIssuer(i trust.Issuer) issuerView {
	view := issuerView{
		Region: i.Region, Name: i.Name, Code: i.Code, VerifyURL: i.VerifyURL, StatusBase: i.StatusBase,
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
	showField(c.stdout, words{"根密钥", "roots"}, fmt.Sprintf("%v, %d 个签名 must sign", v.Roots, v.Threshold))
	showField(c.stdout, words{"指纹", "fingerprint"}, v.Fingerprint)
	for _, d := range []struct {
		name words
		term termView
	}{{words{"信任清单", "trust list"}, v.List}, {words{"互认政策", "policy"}, v.Policy}, {words{"机关名录", "authorities"}, v.Authorities}} {
		text := fmt.Sprintf("#%d  %d 项 entries, %s 签发 issued, 至 until %s", d.term.Sequence, d.term.Entries,
			d.term.Issued.In(beijing()).Format("2006-01-02 15:04"), d.term.Expires.In(beijing()).Format("2006-01-02 15:04"))
		if d.term.Expired {
			text += "  已过期 EXPIRED"
		}
		showField(c.stdout, d.name, text)
	}
	for _, i := range v.Issuers {
		demonstration := ""
		if i.Demonstration {
			demonstration = "  (演示 demonstration)"
		}
		fmt.Fprintf(c.stdout, "\n%s  %s  %s%s\n", i.Region, printable(i.Name), i.Code, demonstration)
		showField(c.stdout, words{"网址", "address"}, i.VerifyURL)
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

func days(from, until license.Date) string {
	if until.IsZero() {
		return from.String() + " –"
	}
	return from.String() + " – " + until.String()
}

type trustExplainOptions struct{ trust, matter, at string }

// explanation is the answer for one matter.
type explanation struct {
	Matter     string               `json:"matter"`
	Recognised bool                 `json:"recognised"`
	Reason     trust.DecisionReason `json:"reason"`
	Agreement  *trust.Agreement     `json:"agreement,omitempty"`
}

func (c *console) trustExplainCommand() *cobra.Command {
	var o trustExplainOptions
	cmd := &cobra.Command{
		Use:   "explain FROM TO INDUSTRY --trust FILE",
		Short: "say whether licenses of one region are recognised in another, and why (互认)",
		Args:  cobra.ExactArgs(3),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.trustExplain(o, license.Region(args[0]), license.Region(args[1]), args[2])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.trust, "trust", "", "trust file; required")
	f.StringVar(&o.matter, "matter", "", "permit matter (许可事项; default: all of the industry in FROM's catalogue)")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock, as in RFC 3339")
	f.BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (c *console) trustExplain(o trustExplainOptions, from, to license.Region, industry string) error {
	bundle, err := readBundle(o.trust)
	if err != nil {
		return err
	}
	now, err := parseAt(o.at)
	if err != nil {
		return err
	}
	if now.IsZero() {
		now = c.now()
	}
	for _, region := range []license.Region{from, to} {
		if region == "" {
			return usage("region", errors.New("FROM and TO are six-digit codes of regions"))
		}
		if err := checkVerifierRegion(string(region)); err != nil {
			return err
		}
	}
	day := license.DateOf(now)
	matters := []string{o.matter}
	if o.matter == "" {
		if matters, err = mattersOf(from, industry, day); err != nil {
			return err
		}
	}
	var answers []explanation
	for _, matter := range matters {
		d := bundle.Policy.Decide(trust.Question{From: from, To: to, Industry: industry, Matter: matter, Day: day})
		answers = append(answers, explanation{Matter: matter, Recognised: d.Recognised, Reason: d.Reason, Agreement: d.Agreement})
	}
	if !now.Before(bundle.Policy.Expires) {
		c.note("%s", sentence(verifier.PolicyExpired))
	}
	if c.json {
		printJSON(c.stdout, map[string]any{"from": from, "to": to, "industry": industry, "day": day,
			"policy": bundle.Policy.Sequence, "decisions": answers})
		return nil
	}
	fmt.Fprintf(c.stdout, "%s → %s  %s  %s\n", from, to, printable(industry), day)
	for _, a := range answers {
		word := words{"不认可", "not recognised"}
		if a.Recognised {
			word = words{"认可", "recognised"}
		}
		fmt.Fprintf(c.stdout, "  %s  %s\n      %s\n", padded(word.String(), 22), printable(a.Matter), sentence(verifier.Reason(a.Reason)))
		if a.Agreement != nil {
			fmt.Fprintf(c.stdout, "      %s: %s; 依据 basis: %s %s\n", printable(a.Agreement.ID), printable(a.Agreement.Title),
				printable(a.Agreement.Basis.Title), printable(a.Agreement.Basis.Number))
			if a.Agreement.Demonstration {
				fmt.Fprintln(c.stdout, "      演示用协议，实际并不存在。 A demonstration: no such agreement was made.")
			}
		}
	}
	return nil
}

// mattersOf gives the matters that an industry's license gathers.
func mattersOf(region license.Region, industry string, day license.Date) ([]string, error) {
	refuse := func(err error) ([]string, error) {
		return nil, usage("matter_missing", fmt.Errorf("%w; name one matter with --matter", err))
	}
	set, err := catalog.Load(region)
	if err != nil {
		return refuse(err)
	}
	c, err := set.On(day)
	if err != nil {
		return refuse(err)
	}
	found, ok := c.Industry(industry)
	if !ok {
		return refuse(fmt.Errorf("the catalogue of %s has no industry %q", region, industry))
	}
	var matters []string
	for _, r := range found.Requirements {
		begun, ended := r.From.IsZero() || day >= r.From, !r.Until.IsZero() && day > r.Until
		if begun && !ended && !slices.Contains(matters, r.Matter) {
			matters = append(matters, r.Matter)
		}
	}
	return matters, nil
}
