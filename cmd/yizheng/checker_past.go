package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"yizheng/tracing"
	"yizheng/verifier"
)

// VerifyAsOf implements api.Verifier. The list of then comes from our own
// register, or is asked of its issuer, and is kept for this one answer.
func (c *checker) VerifyAsOf(ctx context.Context, text string, at time.Time) verifier.Result {
	v := c.view.Load()
	return c.verifyAsOf(ctx, v, text, verifier.NewMoment(v.bundle, at), at)
}

// verifyAsOf does so with what is held of the moment already.
func (c *checker) verifyAsOf(ctx context.Context, v *view, text string, moment *verifier.Moment, at time.Time) verifier.Result {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	now := c.clock()
	verify := func() verifier.Result { return v.verifier.VerifyAsOf(text, moment, now) }
	result := settled(verify, func(wanted string) {
		if _, _, past := strings.Cut(wanted, askedOf); past {
			c.bringPast(ctx, moment, wanted, at)
		} else {
			c.bringClosing(ctx, wanted)
		}
	})
	if result.Check(verifier.StatusCheck).Reason == verifier.Superseded && !c.keeps(result.License.Region) {
		// The list of then says that there was a newer version; the record says which.
		_, record := v.addresses(result.License)
		c.fetch(ctx, record)
		result = verify()
	}
	return result
}

// askedOf parts the address of a list from the instant that is asked of it.
const askedOf = "?time="

// bringPast brings a list in as it was. Where that fails the result itself says
// that it is missing.
func (c *checker) bringPast(ctx context.Context, m *verifier.Moment, address string, at time.Time) {
	ctx, span := tracing.Call(ctx, "ask for a list of the past")
	token, err := c.pastList(ctx, address, at)
	if err == nil {
		err = m.Add(token)
	}
	span.End(err)
	if err != nil {
		c.log.Debug("taking a list of the past", "address", address, "error", err)
	}
}

func (c *checker) pastList(ctx context.Context, address string, at time.Time) ([]byte, error) {
	if !c.ours(address) {
		return c.mirror.Once(ctx, address)
	}
	if c.history == nil {
		return nil, errors.New("this node keeps no history")
	}
	list, _, _ := strings.Cut(address, askedOf)
	number, err := strconv.ParseUint(path.Base(list), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the number of a list: %w", err)
	}
	token, err := c.history(ctx, uint32(number), at)
	return []byte(token), err
}
