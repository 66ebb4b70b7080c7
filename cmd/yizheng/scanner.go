package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yizheng/api"
	"yizheng/license"
	"yizheng/mirror"
	"yizheng/scanner"
	"yizheng/verifier"
)

// How another issuer's lists are fetched in one piece, for scanner pages that
// carry them.
const (
	copiesEvery = time.Minute
	copiesLimit = 12 << 20 // as many lists as are kept of one issuer
)

// scanning adds the scanner page, what it fetches ahead, and what is said to be
// new, to a node's configuration. A program that was compiled without the page has none.
func (c *checker) scanning(config api.Config) (api.Config, error) {
	m, err := c.regions()
	if err != nil {
		return config, err
	}
	config.Copies = func(ctx context.Context, region license.Region) [][]byte { return c.copies(ctx, m, region) }
	read, err := readingApart(c.log)
	if err != nil {
		return config, err
	}
	config.Read = read
	config.Closing = c.closingPart
	config.Noticed = c.noticed
	config.Sequence = func(address string) uint64 { return c.view.Load().lists.Sequence(address) }
	if c.bundles != nil {
		config.Bundle = newBundler(c, m, c.bundles).bundle
	}
	page, err := scanner.Open(scanner.Built())
	switch {
	case errors.Is(err, scanner.ErrNotBuilt):
		c.log.Warn("there is no scanner page", "error", err)
	case err != nil:
		return config, err
	default:
		config.Scanner, config.Anchor = page, c.anchor
	}
	return config, nil
}

// regions fetches the lists of whole regions.
func (c *checker) regions() (*mirror.Mirror, error) {
	m, err := mirror.New(mirror.Config{
		Client: c.client, Owner: c.foreign, Clock: c.clock, Pause: copiesEvery, Limit: copiesLimit, Add: c.addAll,
	})
	if err != nil {
		return nil, fmt.Errorf("building the mirror of whole regions: %w", err)
	}
	return m, nil
}

// addAll takes all lists of an issuer as its /status/lists gives them. One
// that is refused does not keep the others out.
func (c *checker) addAll(address string, body []byte) (until time.Time, err error) {
	var found struct {
		Lists []string `json:"lists"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return time.Time{}, fmt.Errorf("reading %s: %w", address, err)
	}
	lists, refused := c.view.Load().lists, 0
	for _, token := range found.Lists {
		var refusal *verifier.Refusal
		fault := lists.Add([]byte(token))
		if errors.As(fault, &refusal) && refusal.Reason == verifier.StatusListRolledBack {
			continue // what is held is newer
		}
		if fault != nil {
			err, refused = cmp.Or(err, fault), refused+1
		}
	}
	if err != nil {
		err = fmt.Errorf("%d of %d lists are refused, the first since %w", refused, len(found.Lists), err)
	}
	return c.clock().Add(copiesEvery), err
}

// copies implements api.Config's Copies. Where the issuer cannot be reached,
// what is held of it is given.
func (c *checker) copies(ctx context.Context, m *mirror.Mirror, region license.Region) [][]byte {
	if address := c.listsAt(region); address != "" {
		ctx, cancel := context.WithTimeout(ctx, fetchWithin)
		defer cancel()
		if err := m.Fetch(ctx, address); err != nil {
			c.log.Debug("fetching a region's lists", "region", region, "error", err)
		}
	}
	var tokens [][]byte
	for _, held := range c.view.Load().lists.Held() {
		if held.Region == region {
			tokens = append(tokens, held.Token)
		}
	}
	return tokens
}

// listsAt is where another issuer publishes all its lists in one piece; empty
// where there is nobody to be asked.
func (c *checker) listsAt(region license.Region) (address string) {
	issuer := c.view.Load().bundle.IssuerOf(region)
	if issuer == nil || c.keeps(region) {
		return ""
	}
	return issuer.StatusBase + "lists?region=" + string(region)
}

// anchor is what scanner pages that are installed from here are to believe:
// the roots of our own trust.json, for a verifier that stands where we do.
func (c *checker) anchor() []byte {
	a := c.view.Load().bundle.Anchor
	a.Region = c.region
	b, err := json.Marshal(a)
	if err != nil {
		return nil // cannot be: it was read from JSON
	}
	return b
}
