package verifier

import (
	"errors"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// Freshness says how old what an answer rests on may be. Zero members take
// the defaults.
type Freshness struct {
	Status time.Duration // of a status list, from its iat; default OfflineMaxAge
	Trust  time.Duration // of the trust list and the policy, from their issue; default TrustMaxAge
	Clock  time.Duration // by how much the clock may be behind a signed list without a warning; default ClockLeeway
}

// The defaults of Freshness, and what a verifier on line uses.
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
	Lists  *Lists         // status lists and records; nil holds none, so that no answer can be valid
	Limits Freshness
}

// Verifier verifies. It may be used by many goroutines.
type Verifier struct {
	trust  *trust.Bundle
	region license.Region
	lists  *Lists
	limits Freshness
}

// New checks c and makes what can be made beforehand.
func New(c Config) (*Verifier, error) {
	if c.Trust == nil {
		return nil, errors.New("verifier: no trust bundle")
	}
	return &Verifier{trust: c.Trust, region: c.Region, lists: c.Lists, limits: c.Limits}, nil
}

// Verify says what input is at the instant now. It never panics and never
// fails: what is wrong with the input is the answer.
func (v *Verifier) Verify(input string, now time.Time) Result {
	return Result{Outcome: NotALicense, At: now.UTC().Truncate(time.Second)}
}
