package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/status"
)

// carryBundle answers with one signed file for whoever goes off line: the
// trust documents, and the status lists of the regions that are asked for.
func (s *server) carryBundle(c echo.Context) error {
	regions, err := regionsOf(strings.Split(c.QueryParam("regions"), ","))
	if err != nil {
		return fail(reasonParameter, err)
	}
	raw, err := s.c.Bundle(c.Request().Context(), regions)
	if err != nil {
		return fmt.Errorf("making a bundle: %w", err)
	}
	return publish(c, "application/json", raw, 10*time.Second)
}

// regionsOf checks regions and puts them in order, each once.
func regionsOf(named []string) ([]license.Region, error) {
	var regions []license.Region
	for _, name := range named {
		region, err := license.ParseRegion(name)
		if err != nil {
			return nil, err
		}
		regions = append(regions, region)
	}
	slices.Sort(regions)
	regions = slices.Compact(regions)
	if len(regions) == 0 || len(regions) > bundle.MaxRegions {
		return nil, fmt.Errorf("%d regions", len(regions))
	}
	return regions, nil
}

// carriedRequest is what a scanner page has, and wants brought up to date.
type carriedRequest struct {
	Regions []string          `json:"regions"`
	Have    map[string]uint64 `json:"have"` // sequences by address
}

// maxHave bounds the lists that a page says it has.
const maxHave = 1 << 14

// carried are the lists of some issuers. One that the page has already is
// named, and nothing more.
type carried struct {
	Lists []carriedList `json:"lists"`
}

type carriedList struct {
	Region license.Region  `json:"region"`
	URI    string          `json:"uri"`
	Token  string          `json:"token,omitempty"` // all of it
	Delta  json.RawMessage `json:"delta,omitempty"` // or what has changed since the one that the page has
}

// updateLists answers a page that carries lists with what it lacks of several
// regions, in one answer: whole lists, or what has changed in them.
func (s *server) updateLists(c echo.Context) error {
	b, err := readBody(c)
	if err != nil {
		return err
	}
	var asked carriedRequest
	if err := decode(b, &asked); err != nil {
		return err
	}
	regions, err := regionsOf(asked.Regions)
	if err == nil && len(asked.Have) > maxHave {
		err = errors.New("too many lists")
	}
	if err != nil {
		return fail(reasonParameter, err)
	}
	// Side by side: each issuer that does not answer is waited for, and all of them
	// one after the other for longer than an answer may take.
	copies := make([][][]byte, len(regions))
	var group sync.WaitGroup
	for n, region := range regions {
		group.Go(func() { copies[n] = s.c.Copies(c.Request().Context(), region) })
	}
	group.Wait()
	answer := carried{Lists: []carriedList{}}
	for n, region := range regions {
		for _, token := range copies[n] {
			if list, ok := s.carry(region, string(token), asked.Have); ok {
				answer.Lists = append(answer.Lists, list)
			}
		}
	}
	return c.JSON(http.StatusOK, answer)
}

// carry says of one list what somebody lacks who has those of have.
func (s *server) carry(region license.Region, token string, have map[string]uint64) (carriedList, bool) {
	held, err := status.Peek(token)
	if err != nil {
		return carriedList{}, false
	}
	uri := held.Subject
	list := carriedList{Region: region, URI: uri}
	if since, has := have[uri]; has {
		if held.Sequence == since {
			s.lineage.note(uri, token)
			return list, true
		}
		if delta, ok := s.lineage.since(uri, token, since); ok {
			list.Delta = delta
			return list, true
		}
	}
	s.lineage.note(uri, token)
	list.Token = token
	return list, true
}
