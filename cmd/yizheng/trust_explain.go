package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

type trustExplainOptions struct{ trust, matter, at string }

// explanation is what trust explain prints as JSON.
type explanation struct {
	From     license.Region    `json:"from"`
	To       license.Region    `json:"to"`
	Industry string            `json:"industry"`
	Day      license.Date      `json:"day"`
	Policies []explainedPolicy `json:"policies"` // those that count in To
	Matters  []explainedMatter `json:"matters"`
}

// explainedPolicy is a policy that was asked, and those of its agreements that
// have both regions for members.
type explainedPolicy struct {
	Signer     string            `json:"signer"`
	Title      string            `json:"title"`
	Sequence   uint64            `json:"sequence,omitempty"`
	Counts     time.Time         `json:"counts,omitzero"` // until then
	Gap        verifier.Reason   `json:"gap,omitempty"`   // why it is not known what it decides
	Agreements []trust.Agreement `json:"agreements"`
}

// explainedMatter is the answer for one matter.
type explainedMatter struct {
	Matter     string          `json:"matter"`
	Recognised bool            `json:"recognised"`
	Mode       trust.Mode      `json:"mode,omitempty"`
	Reason     verifier.Reason `json:"reason"`
	Agreement  string          `json:"agreement,omitempty"` // that decides
	Looked     []looked        `json:"looked"`              // at which agreements, and how far each goes
}

type looked struct {
	Agreement string          `json:"agreement"`
	Reason    verifier.Reason `json:"reason"`
}

func (c *console) trustExplainCommand() *cobra.Command {
	var o trustExplainOptions
	cmd := &cobra.Command{
		Use:   "explain FROM TO INDUSTRY --trust FILE",
		Short: "say which permits of one region are recognised in another, how far, and why (互认)",
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
	matters := []string{o.matter}
	if o.matter == "" {
		if matters, err = mattersOf(from, industry, license.DateOf(now)); err != nil {
			return err
		}
	}
	e, err := explainRecognition(bundle, trust.Question{From: from, To: to, Industry: industry, Day: license.DateOf(now)}, matters, now)
	if err != nil {
		return err
	}
	if c.json {
		printJSON(c.stdout, e)
	} else {
		c.showExplanation(e)
	}
	return nil
}

// explainRecognition asks as the verifier does, and tells what else was looked
// at.
func explainRecognition(bundle *trust.Bundle, q trust.Question, matters []string, now time.Time) (explanation, error) {
	e := explanation{From: q.From, To: q.To, Industry: q.Industry, Day: q.Day, Policies: []explainedPolicy{}}
	v, err := verifier.New(verifier.Config{Trust: bundle, Region: q.To})
	if err != nil {
		return e, err
	}
	rulers := bundle.RulersOf(q.To)
	for _, p := range rulers {
		e.Policies = append(e.Policies, explainPolicy(v, p, q, now))
	}
	for _, q.Matter = range matters {
		r := v.Rule(q, now)
		m := explainedMatter{Matter: q.Matter, Recognised: r.Recognised, Reason: verifier.Reason(r.Reason), Looked: []looked{}}
		if r.Recognised || r.Reason == trust.LocalFiling || r.Reason == trust.OnlyHandling {
			m.Mode = r.Mode
		}
		if r.Agreement != nil {
			m.Agreement = r.By.Signer.Name + "/" + r.Agreement.ID
		}
		if r.Gap != "" {
			m = explainedMatter{Matter: q.Matter, Reason: r.Gap, Looked: []looked{}}
		}
		for _, p := range rulers {
			if p.Policy == nil {
				continue
			}
			for _, d := range p.Policy.Examine(q) {
				m.Looked = append(m.Looked, looked{p.Signer.Name + "/" + d.Agreement.ID, verifier.Reason(d.Reason)})
			}
		}
		e.Matters = append(e.Matters, m)
	}
	return e, nil
}

func explainPolicy(v *verifier.Verifier, p *trust.Publication, q trust.Question, now time.Time) explainedPolicy {
	x := explainedPolicy{Signer: p.Path(), Title: p.Signer.Title, Gap: v.PolicyGap(p, now), Agreements: []trust.Agreement{}}
	if p.Policy == nil {
		return x
	}
	x.Sequence = p.Policy.Sequence
	x.Counts, _ = p.Ends(p.Policy.Term, trust.PolicyPart)
	for _, d := range p.Policy.Examine(q) {
		a := *d.Agreement
		a.ID = p.Signer.Name + "/" + a.ID
		x.Agreements = append(x.Agreements, a)
	}
	return x
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
