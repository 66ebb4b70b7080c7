package library

import (
	"fmt"
	"net/http"

	"yizheng/library/metadata"
	"yizheng/license"
)

// apply lets what was filed change where the license stands, or refuses what
// does not follow on it.
func apply(s *metadata.Summary, content any) error {
	switch c := content.(type) {
	case metadata.Certificate:
		return applyCertificate(s, c)
	case metadata.StatusChange:
		return applyStatus(s, c)
	case metadata.SealedDocument:
		if err := known(s, c.ZZBS); err != nil {
			return err
		}
		if c.ZZBS == s.Identifier && c.Form == "" { // the summary is of the original
			s.Document = c.SHA256
		}
	}
	return nil
}

func applyCertificate(s *metadata.Summary, c metadata.Certificate) error {
	if s.Identifier != c.Predecessor {
		return refusal("predecessor", "the license stands at %q, and this version follows on %q", s.Identifier, c.Predecessor)
	}
	if s.State == metadata.StateCode(license.Withdrawn) {
		return refusal("withdrawn", "the license was withdrawn")
	}
	if s.Identifier != "" {
		before, err := license.ParseIdentifier(s.Identifier)
		if err != nil || before.Next().String() != c.ZZBS {
			return refusal("version", "%q is not the version after %q", c.ZZBS, s.Identifier)
		}
	}
	s.Identifier, s.State, s.Document, s.Permits = c.ZZBS, metadata.StateCode(license.Valid), "", nil
	for _, p := range c.Permits {
		s.Permits = append(s.Permits, metadata.PermitState{Authority: p.Authority, Number: p.Number, State: p.State})
	}
	return nil
}

func applyStatus(s *metadata.Summary, c metadata.StatusChange) error {
	if s.Identifier == "" || s.Identifier != c.ZZBS {
		return refusal("version", "the license stands at %q, and the change is of %q", s.Identifier, c.ZZBS)
	}
	if c.Number == "" {
		s.State = c.To
		return nil
	}
	found := false
	for n, p := range s.Permits {
		if p.Authority == c.Authority && p.Number == c.Number {
			s.Permits[n].State, found = c.To, true
		}
	}
	if !found {
		return refusal("permit", "%s lists no permit %s of %s", c.ZZBS, c.Number, c.Authority)
	}
	return nil
}

// known says whether a version is the current one or came before it.
func known(s *metadata.Summary, identifier string) error {
	current, err := license.ParseIdentifier(s.Identifier)
	if err != nil {
		return refusal("version", "no version of the license was filed")
	}
	id, err := license.ParseIdentifier(identifier)
	if err != nil || id.Version > current.Version {
		return refusal("version", "%q was not filed", identifier)
	}
	return nil
}

func refusal(reason, format string, args ...any) *Refusal {
	return &Refusal{Status: http.StatusUnprocessableEntity, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
