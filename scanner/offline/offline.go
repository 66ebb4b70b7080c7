// Package offline is what the scanner page does without a network: it holds a
// trust bundle and status lists, and says what a scanned text is, by
// yizheng/verifier and in the words of yizheng/templates/answer. Start with
// [Open]. It is compiled to WebAssembly by yizheng/scanner/wasm, and is plain
// Go otherwise.
package offline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/trust"
	"yizheng/verifier"
)

// Session is an open trust bundle with the lists that were added to it. It is
// for one caller at a time.
type Session struct {
	region   license.Region
	bundle   *trust.Bundle
	lists    *verifier.Lists
	verifier *verifier.Verifier
}

// Open checks a trust bundle, its anchor included, and makes a session for a
// verifier that stands in region; empty stands for the anchor's. What highest
// remembers of earlier sessions is never gone back behind.
func Open(bundle []byte, region license.Region, highest map[string]uint64) (*Session, error) {
	b, err := trust.Load(bundle)
	if err != nil {
		return nil, fmt.Errorf("opening the trust bundle: %w", err)
	}
	s := &Session{region: region}
	lists := verifier.NewLists(b)
	lists.Restore(highest)
	if err := s.take(b, lists); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) take(b *trust.Bundle, lists *verifier.Lists) error {
	v, err := verifier.New(verifier.Config{Trust: b, Region: s.region, Lists: lists})
	if err != nil {
		return err
	}
	s.bundle, s.lists, s.verifier = b, lists, v
	return nil
}

// Update takes newly published trust documents in place of those held. They
// are checked by the anchor that the session was opened with; older ones are
// refused, and then nothing changes.
func (s *Session) Update(published []byte) error {
	b, err := s.bundle.Update(published)
	if err != nil {
		return fmt.Errorf("taking over trust documents: %w", err)
	}
	return s.take(b, s.lists.For(b))
}

// Bundle gives the trust bundle of the session as [Open] takes it.
func (s *Session) Bundle() ([]byte, error) { return s.bundle.Marshal() }

// Add takes a status list or a license record; uri is the address that it was
// fetched from, where that is known. A token that is refused changes nothing
// but the reason that answers give for its absence. The reason is the stable
// word of why it was refused, and empty where it was taken.
func (s *Session) Add(uri string, token []byte) (reason verifier.Reason) {
	var refusal *verifier.Refusal
	if err := s.lists.AddFrom(uri, token); errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}

// Answer is a result with the words for it.
type Answer struct {
	Result verifier.Result `json:"result"`
	View   answer.View     `json:"view"`
	// Wanted is the digest of the part of a closing list that is not held and
	// would tell more; empty for none.
	Wanted string `json:"wanted,omitempty"`
}

// Verify says what text is at the instant now.
func (s *Session) Verify(text string, now time.Time) Answer {
	said := Say(s.verifier.Verify(text, now))
	said.Wanted = said.Result.Wanted[strings.LastIndexByte(said.Result.Wanted, '/')+1:]
	return said
}

// Say puts a result into words.
func Say(r verifier.Result) Answer { return Answer{Result: r, View: answer.Of(r)} }
