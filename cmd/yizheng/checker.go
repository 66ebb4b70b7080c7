package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"yizheng/api"
	"yizheng/document"
	"yizheng/exchange"
	"yizheng/license"
	"yizheng/mirror"
	"yizheng/ration"
	"yizheng/reach"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/templates"
	"yizheng/tracing"
	"yizheng/trust"
	"yizheng/verifier"
)

// checker verifies for whoever asks, by a trust bundle that it keeps up to
// date and by lists that it brings in when they are needed. It is all that a
// node is which only verifies, and a part of one that issues.
type checker struct {
	checkerConfig
	view      atomic.Pointer[view]
	mirror    *mirror.Mirror
	taking    sync.Mutex    // held from reading the trust documents that are held until newer ones are gone by
	replacing sync.Mutex    // held while the view is replaced
	renewing  *ration.Turns // one for each list that is fetched because of its issuer's notice
	overLimit *overLimit
}

// checkerConfig is what a checker needs. All but bundles, own, closing, history, maxAge, replaced and tending are required.
type checkerConfig struct {
	trustFile string             // where the bundle came from; a newer one there is taken over
	region    license.Region     // where this node stands
	bundles   signature.Signer   // signs bundles for those who go off line; nil: none are made
	own       license.Region     // whose lists come from our register; empty for none
	closing   closingParts       // of the same register; nil for none
	history   listsOfThen        // of the same register; nil for none
	client    *http.Client       // for issuers' lists; its Timeout bounds a fetch
	shared    *exchange.Exchange // with the other nodes of the deployment
	maxAge    time.Duration      // of a status list; verifier.OnlineMaxAge where zero
	clock     func() time.Time
	log       *slog.Logger
	replaced  func(context.Context) error        // called when the view was replaced
	tending   *tending                           // keeps the trust documents fresh; nil where that is done elsewhere
	printer   func() (*templates.Printer, error) // draws documents again, to compare
}

// listsOfThen gives the signed status list of a number as it was at an instant.
type listsOfThen func(ctx context.Context, number uint32, at time.Time) (token string, err error)

// view is what the verifier goes by. It is replaced as a whole when the trust
// bundle changes.
type view struct {
	bundle   *trust.Bundle
	lists    *verifier.Lists
	verifier *verifier.Verifier
}

func newChecker(config checkerConfig, bundle *trust.Bundle) (*checker, error) {
	c := &checker{checkerConfig: config, renewing: ration.NewTurns(renewAtOnce), overLimit: newOverLimit(config.log, config.clock)}
	lists := verifier.NewListsIn(bundle, verifier.Room{Own: c.own, Dropped: c.overLimit.note})
	if err := c.look(bundle, lists); err != nil {
		return nil, err
	}
	m := mirror.Config{
		Client: c.client, Owner: c.foreign, Clock: c.clock, Add: c.add,
		Held:   func(address string) []byte { return c.view.Load().lists.Token(address) },
		Deltas: mirror.Deltas{Media: status.DeltaType, Since: status.Sequence, Apply: status.ApplyJSON},
	}
	if c.shared.Shared() {
		m.Shared = c.shared
		m.Spared = func(region string) bool { return c.view.Load().lists.IsOver(license.Region(region)) }
	}
	var err error
	if c.mirror, err = mirror.New(m); err != nil {
		return nil, fmt.Errorf("building the mirror: %w", err)
	}
	return c, nil
}

// look makes the verifier anew for a bundle.
func (c *checker) look(bundle *trust.Bundle, lists *verifier.Lists) error {
	v, err := verifier.New(verifier.Config{
		Trust: bundle, Region: c.region, Lists: lists,
		Limits: verifier.Freshness{Status: cmp.Or(c.maxAge, verifier.OnlineMaxAge)},
	})
	if err != nil {
		return fmt.Errorf("building the verifier: %w", err)
	}
	c.view.Store(&view{bundle: bundle, lists: lists, verifier: v})
	return nil
}

// believed gives the trust bundle that counts now.
func (c *checker) believed() *trust.Bundle { return c.view.Load().bundle }

// keeps says whether the lists of a region come from our own register.
func (c *checker) keeps(region license.Region) bool { return c.own != "" && region == c.own }

// foreign says whether an address is below the status lists of an issuer on
// the trust list whose lists are to be fetched, and of which region.
func (c *checker) foreign(address string) (region string, is bool) {
	for _, issuer := range c.view.Load().bundle.Issuers {
		if !c.keeps(issuer.Region) && strings.HasPrefix(address, issuer.StatusBase) {
			return string(issuer.Region), true
		}
	}
	return "", false
}

// recordKept is how long a copy of a license's record is of use to others:
// it has no end of its own.
const recordKept = 24 * time.Hour

// add checks a token that came from an address, and keeps it.
func (c *checker) add(address string, token []byte) (until time.Time, err error) {
	lists := c.view.Load().lists
	if err := lists.AddFrom(address, token); err != nil {
		return time.Time{}, err
	}
	if until, isList := lists.Expires(address); isList {
		return until, nil
	}
	return c.clock().Add(recordKept), nil
}

// checks are what /readyz asks of every node.
func (c *checker) checks() []api.Check {
	checks := []api.Check{{Name: "trust", Ready: func(context.Context) error {
		for _, of := range []struct { // what more rests on is told first
			part   trust.Part
			reason string
		}{{trust.ListPart, "trust_list_expired"}, {trust.PolicyPart, "policy_expired"}} {
			if at := c.trustEnds(of.part); !at.IsZero() && !c.clock().Before(at) {
				return &api.NotReady{Reason: of.reason}
			}
		}
		return nil
	}}, {Name: "renewal", Spared: true, Ready: func(context.Context) error {
		if aging := c.aging(); len(aging) > 0 {
			return &api.NotReady{Reason: aging[0].reason}
		}
		return nil
	}}}
	if c.shared.Shared() {
		checks = append(checks, api.Check{Name: "redis", Spared: true, Ready: func(ctx context.Context) error {
			if err := c.shared.Ready(ctx); err != nil {
				return &api.NotReady{Reason: "redis_away", Cause: err}
			}
			return nil
		}})
	}
	return checks
}

// Verify implements api.Verifier: it verifies with the lists at hand, after
// asking the issuer for its newest list where that is not ourselves.
func (c *checker) Verify(ctx context.Context, text string) verifier.Result {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	now, added := c.clock(), c.mirror.Added()
	v := c.view.Load()
	result := c.verifyClosed(ctx, v, text, now)
	if result.License == nil || c.keeps(result.License.Region) {
		return result
	}
	again := func() {
		if n := c.mirror.Added(); n != added {
			added = n
			result = c.view.Load().verifier.Verify(text, now)
		}
	}
	list, record := v.addresses(result.License)
	c.fetch(ctx, list)
	again()
	if result.Check(verifier.StatusCheck).Reason == verifier.Superseded {
		// The list says that there is a newer version; the record says which.
		c.fetch(ctx, record)
		again()
	}
	return result
}

// settled verifies again as long as there is something else that the answer
// wants, and that can be brought in.
func settled(verify func() verifier.Result, bring func(wanted string)) verifier.Result {
	result := verify()
	for range 6 { // list and chunk of a key and of an entry, and two lists of a moment
		before := result.Wanted
		if before == "" {
			break
		}
		bring(before)
		if result = verify(); result.Wanted == before {
			break
		}
	}
	return result
}

// Document implements api.Documents.
func (c *checker) Document(pdf []byte, text string, r verifier.Result) (*verifier.Document, error) {
	return document.Check(pdf, text, r, c.view.Load().bundle, c.printer)
}

// fetch brings a list in. Where that fails the result itself says that a list
// is missing or old.
func (c *checker) fetch(ctx context.Context, address string) {
	if address == "" {
		return
	}
	if err := c.fetched(ctx, address); err != nil {
		c.log.Debug("fetching a list", "address", address, "error", err)
	}
}

// fetched brings a list in, or says why not.
func (c *checker) fetched(ctx context.Context, address string) error {
	ctx, span := tracing.Call(ctx, "fetch a list")
	err := c.mirror.Fetch(ctx, address)
	span.End(err)
	if errors.Is(err, reach.ErrRefused) { // of a list that is missing it is the one cause that somebody here can mend
		c.log.Warn("a list is not fetched", "address", address, "error", err)
	}
	return err
}

// addresses says where the issuer of a license that was verified publishes
// its status list and its record.
func (v *view) addresses(l *verifier.License) (list, record string) {
	issuer := v.bundle.IssuerOf(l.Region)
	if issuer == nil {
		return "", ""
	}
	chunk, _ := status.Locate(l.Claims.StatusIndex)
	return status.Address(issuer.StatusBase, chunk), issuer.StatusBase + "records/" + l.Identifier.Base()
}
