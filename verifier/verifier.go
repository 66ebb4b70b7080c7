package verifier

import (
	"errors"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/trust"
)

// Freshness says how old what an answer rests on may be. Zero members take
// the defaults.
type Freshness struct {
	Status time.Duration // of a status list, from its iat; default OfflineMaxAge
	Trust  time.Duration // of trust list and policy, from the last statement that they count; default TrustMaxAge
	Until  time.Time     // when a bundle that the lists came in ends; zero where they came otherwise
	Clock  time.Duration // by how much the clock may be behind a signed list without a warning; default ClockLeeway
}

// The defaults of Freshness, and what a verifier on line asks for.
const (
	OnlineMaxAge  = time.Hour
	OfflineMaxAge = 72 * time.Hour
	TrustMaxAge   = 30 * 24 * time.Hour
	ClockLeeway   = 5 * time.Minute
)

// Config is what [New] needs.
type Config struct {
	Trust  *trust.Bundle  // required
	Region license.Region // where the verifier stands; the anchor's region where empty
	Lists  *Lists         // made for the same bundle; nil holds none, so that no answer can be valid
	Limits Freshness
}

// Verifier verifies. It may be used by many goroutines, while lists are added
// to its Lists.
type Verifier struct {
	trust        *trust.Bundle
	region       license.Region
	lists        *Lists
	limits       Freshness
	dictionaries map[string]*payload.Dictionary
}

// New checks c and makes what can be made beforehand. It is made anew when
// the trust bundle changes.
func New(c Config) (*Verifier, error) {
	if c.Trust == nil {
		return nil, errors.New("verifier: no trust bundle")
	}
	if c.Lists != nil && c.Lists.trust != c.Trust {
		return nil, errors.New("verifier: the lists were made for another trust bundle")
	}
	if c.Region == "" {
		c.Region = c.Trust.Anchor.Region
	}
	if !c.Region.WellFormed() {
		return nil, fmt.Errorf("verifier: %q is no region", c.Region)
	}
	if to, gone := c.Region.Successor(); gone {
		return nil, fmt.Errorf("verifier: region %s was abolished and is now %s", c.Region, to)
	}
	if c.Limits.Status < 0 || c.Limits.Trust < 0 || c.Limits.Clock < 0 {
		return nil, errors.New("verifier: a limit is negative")
	}
	v := &Verifier{trust: c.Trust, region: c.Region, lists: c.Lists, limits: Freshness{
		Status: or(c.Limits.Status, OfflineMaxAge),
		Trust:  or(c.Limits.Trust, TrustMaxAge),
		Until:  c.Limits.Until,
		Clock:  or(c.Limits.Clock, ClockLeeway),
	}}
	v.loadDictionaries()
	return v, nil
}

func or(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// loadDictionaries makes the dictionaries of the trust lists.
func (v *Verifier) loadDictionaries() {
	v.dictionaries = make(map[string]*payload.Dictionary)
	for _, issuer := range v.trust.Issuers {
		for _, raw := range issuer.Dictionaries {
			if d, err := payload.NewDictionary(raw); err == nil { // else its codes name one that is not held
				v.dictionaries[d.ID()] = d
			}
		}
	}
}

// dictionary finds a dictionary by the hash of its bytes, so it does not
// matter whose entry it came with, or whether this program brought it.
func (v *Verifier) dictionary(id string) (*payload.Dictionary, bool) {
	if d, ok := v.dictionaries[id]; ok {
		return d, true
	}
	return payload.BuiltinByID(id)
}

// Verify says what input is at the instant now. It never panics and never
// fails: what is wrong with the input is the answer.
func (v *Verifier) Verify(input string, now time.Time) Result { return v.verify(input, nil, now) }

// verify answers about a moment of the past, or about now where that is nil.
func (v *Verifier) verify(input string, m *Moment, now time.Time) Result {
	now = now.UTC().Truncate(time.Second)
	e := &examination{v: v, now: now, at: now, moment: m}
	if e.readCode(input) && e.checkSigner() && e.checkSignature() && e.readClaims() && e.checkIssuer() && e.checkCopy() {
		e.checkStatus()
		e.checkFreshness()
		e.checkValidity()
		e.checkRecognition()
		e.checkPresentation()
		e.concludeGenuine()
	}
	return e.result()
}
