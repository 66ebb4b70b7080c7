package offline

import (
	"encoding/json"
	"fmt"
	"slices"

	"yizheng/license"
	"yizheng/status"
	"yizheng/verifier"
)

// Changes are what came of an answer about status lists.
type Changes struct {
	Regions []license.Region `json:"regions"` // whose lists are newer than before, ascending
	Whole   []string         `json:"whole"`   // addresses of lists that a delta could not be applied to: all of them is to be asked for
}

// carried is one list in the answer to POST /status/lists: all of it, what has
// changed in it, or neither where it is the one that was held.
type carried struct {
	Region license.Region  `json:"region"`
	URI    string          `json:"uri"`
	Token  string          `json:"token"`
	Delta  json.RawMessage `json:"delta"`
}

// Take takes the answer to POST /status/lists. A delta gives the newer token of
// the list that is held, and that is verified like any other: whoever serves
// deltas is not believed. A whole list that is refused changes nothing.
func (s *Session) Take(answer []byte) (Changes, error) {
	var body struct {
		Lists []carried `json:"lists"`
	}
	if err := json.Unmarshal(answer, &body); err != nil {
		return Changes{}, fmt.Errorf("reading status lists: %w", err)
	}
	held := make(map[string][]byte)
	for _, h := range s.lists.Held() {
		held[h.URI] = h.Token
	}
	c := Changes{Regions: []license.Region{}, Whole: []string{}}
	for _, l := range body.Lists {
		token, isDelta := l.Token, l.Token == "" && len(l.Delta) > 0
		if isDelta {
			var err error
			if token, err = status.ApplyJSON(string(held[l.URI]), l.Delta); err != nil {
				c.Whole = append(c.Whole, l.URI)
				continue
			}
		}
		if token == "" {
			continue
		}
		refused := s.Add(l.URI, []byte(token)) != ""
		switch {
		case refused && isDelta:
			c.Whole = append(c.Whole, l.URI)
		case !refused && !slices.Contains(c.Regions, l.Region):
			c.Regions = append(c.Regions, l.Region)
		}
	}
	slices.Sort(c.Regions)
	return c, nil
}

// Have gives the sequences of the lists that are held of a region, by address,
// as POST /status/lists asks for them.
func (s *Session) Have(region license.Region) map[string]uint64 {
	have := make(map[string]uint64)
	for _, h := range s.of(region) {
		have[h.URI] = h.Sequence
	}
	return have
}

// Tokens gives the lists that are held of a region, to be kept and given to
// [Session.Add] another day.
func (s *Session) Tokens(region license.Region) []string {
	tokens := []string{}
	for _, h := range s.of(region) {
		tokens = append(tokens, string(h.Token))
	}
	return tokens
}

func (s *Session) of(region license.Region) []verifier.Held {
	return slices.DeleteFunc(s.lists.Held(), func(h verifier.Held) bool { return h.Region != region })
}
