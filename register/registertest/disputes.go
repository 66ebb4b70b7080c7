package registertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/dispute"
	"yizheng/license"
	"yizheng/signature"
)

// statedBy makes a signed text of a statement or an answer. A register reads
// what was verified when it came in, so any key will do.
func statedBy(t *testing.T, typ string, v any) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	public, err := signature.NewPublicKey(&key.PublicKey)
	must(t, err)
	payload, err := json.Marshal(v)
	must(t, err)
	token, err := signature.SignCompact(stating{key, public}, signature.Header{Type: typ}, payload)
	must(t, err)
	return token
}

type stating struct {
	key    *ecdsa.PrivateKey
	public signature.PublicKey
}

func (s stating) PublicKey() signature.PublicKey { return s.public }

func (s stating) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, sv, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return nil, err
	}
	if n := s.key.Params().N; sv.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		sv.Sub(n, sv)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	sv.FillBytes(sig[32:])
	return sig, nil
}

// contested is a dispute about a license, filed n minutes after at.
func contested(t *testing.T, l license.License, of dispute.Direction, n int) dispute.Kept {
	t.Helper()
	made := at.Add(time.Duration(n) * time.Minute)
	k := dispute.Kept{Direction: of, State: dispute.Waiting, KeptAt: made, Next: made, Statement: dispute.Statement{
		ID: fmt.Sprintf("%032x", n), From: "330400", To: "310105", License: l.Identifier, Check: dispute.Check{ID: "c", At: at, Outcome: "valid"},
		Reason: dispute.PremisesDiffer, Text: "现场在别处。", Contact: dispute.Contact{Organisation: "执法局", Name: "甲", Telephone: "1"}, Made: made,
	}}
	if of == dispute.Received {
		k.State, k.ReceivedAt, k.Next = dispute.Open, made, time.Time{}
	}
	k.Signed = statedBy(t, dispute.TypeStatement, k.Statement)
	return k
}

// disputes are kept once under their direction and ID, answered once, and
// listed by what is asked for.
func disputes(t *testing.T, r Register) {
	ctx := context.Background()
	l := issued(t, r, "b", made(t, r, nil, "1", "2"))
	numbers, err := r.PermitNumbers(ctx, l.Identifier.String())
	must(t, err)
	if len(numbers) != 2 || numbers[0] != "1" || numbers[1] != "2" {
		t.Errorf("permits %v", numbers)
	}
	if _, err := r.PermitNumbers(ctx, l.Identifier.Next().String()); !errors.Is(err, dispute.ErrLicense) {
		t.Errorf("permits of a version that is not there: %v", err)
	}
	v := license.Verification{ID: "c", License: l.Identifier, Outcome: "valid", At: at, Region: "310105", Purpose: "检查", Organisation: "执法局", Operator: "甲"}
	must(t, r.AddVerification(ctx, v))
	if got, err := r.Verification(ctx, "c"); err != nil || got != v {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.Verification(ctx, "d"); !errors.Is(err, dispute.ErrCheck) {
		t.Errorf("a check that is not there: %v", err)
	}

	day := at.Add(-24 * time.Hour)
	first := contested(t, l, dispute.Received, 1)
	for n := range 2 {
		k, added, err := r.AddDispute(ctx, first, "region 330400", 2, day)
		must(t, err)
		if added != (n == 0) || k.Signed != first.Signed || k.State != dispute.Open || !k.ReceivedAt.Equal(first.ReceivedAt) || k.Statement != first.Statement {
			t.Errorf("added %v, %+v", added, k)
		}
	}
	// The same dispute in the other direction is another record: an office may
	// contest its own license.
	if _, added, err := r.AddDispute(ctx, contested(t, l, dispute.Sent, 1), "甲", 0, day); err != nil || !added {
		t.Errorf("%v, %v", added, err)
	}
	_, _, err = r.AddDispute(ctx, contested(t, l, dispute.Received, 2), "region 330400", 2, day)
	must(t, err)
	if _, _, err = r.AddDispute(ctx, contested(t, l, dispute.Received, 3), "region 330400", 2, day); !errors.Is(err, dispute.ErrTooMany) {
		t.Errorf("a third of two: %v", err)
	}
	if _, err := r.Dispute(ctx, dispute.Received, fmt.Sprintf("%032x", 3)); !errors.Is(err, dispute.ErrNotFound) {
		t.Errorf("one that was refused: %v", err)
	}
	if _, _, err = r.AddDispute(ctx, contested(t, l, dispute.Received, 3), "region 330400", 2, at.Add(90*time.Second)); err != nil {
		t.Errorf("a day later: %v", err)
	}

	id := first.Statement.ID
	answer := dispute.Answer{Dispute: id, From: "310105", To: "330400", License: l.Identifier, Received: first.ReceivedAt,
		Result: dispute.Upheld, Text: "属实。", By: "办公室", Made: at.Add(time.Hour)}
	must(t, r.AnswerDispute(ctx, dispute.Received, id, statedBy(t, dispute.TypeAnswer, answer), "窗口", first.ReceivedAt, answer.Made))
	if err := r.AnswerDispute(ctx, dispute.Received, id, statedBy(t, dispute.TypeAnswer, answer), "窗口", first.ReceivedAt, answer.Made); !errors.Is(err, dispute.ErrAnswered) {
		t.Errorf("answered twice: %v", err)
	}
	if err := r.AnswerDispute(ctx, dispute.Received, fmt.Sprintf("%032x", 9), "", "窗口", at, at); !errors.Is(err, dispute.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	got, err := r.Dispute(ctx, dispute.Received, id)
	must(t, err)
	if got.State != dispute.Answered || got.Answer == nil || *got.Answer != answer || !got.AnsweredAt.Equal(answer.Made) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		f    dispute.Filter
		want int
	}{
		{dispute.Filter{}, 4}, {dispute.Filter{Direction: dispute.Sent}, 1}, {dispute.Filter{State: dispute.Answered}, 1},
		{dispute.Filter{License: l.Identifier.String(), Organisation: "执法局", State: dispute.Open}, 2}, {dispute.Filter{Organisation: "别局"}, 0}, {dispute.Filter{Limit: 3}, 3},
	} {
		all, err := r.Disputes(ctx, c.f)
		must(t, err)
		if len(all) != c.want {
			t.Errorf("%+v: %d", c.f, len(all))
		}
		for n := 1; n < len(all); n++ {
			if all[n].KeptAt.After(all[n-1].KeptAt) {
				t.Errorf("%+v: not the newest first", c.f)
			}
		}
	}
}

// dueDisputes are taken up by one of several nodes, and move on once.
func dueDisputes(t *testing.T, r Register) {
	ctx := context.Background()
	l := issued(t, r, "b", made(t, r, nil, "1", "2"))
	for n := 1; n <= 3; n++ {
		k := contested(t, l, dispute.Sent, n)
		if n == 3 {
			k.Next = at.AddDate(1, 0, 0) // by a clock that was ahead
		}
		_, _, err := r.AddDispute(ctx, k, "甲", 0, at)
		must(t, err)
	}
	now := at.Add(90 * time.Second)
	due, err := r.DueDisputes(ctx, now, now.Add(time.Hour), 10)
	must(t, err)
	if len(due) != 2 || due[0].Statement.ID != fmt.Sprintf("%032x", 1) || due[1].Statement.ID != fmt.Sprintf("%032x", 3) {
		t.Fatalf("due: %+v", due)
	}
	var taken atomic.Int32
	var several sync.WaitGroup
	for range 4 {
		several.Go(func() {
			mine, err := r.ClaimDispute(ctx, due[0].Statement.ID, due[0].Next, now.Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if mine {
				taken.Add(1)
			}
		})
	}
	several.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d took it up", taken.Load())
	}
	id := due[0].Statement.ID
	must(t, r.DisputeHeld(ctx, id, "unreachable"))
	if k, err := r.Dispute(ctx, dispute.Sent, id); err != nil || k.Problem != "unreachable" || k.State != dispute.Waiting || !k.Next.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v, %v", k, err)
	}
	for range 2 { // a second time it changes nothing
		must(t, r.DisputeArrived(ctx, id, at.Add(time.Hour), at.Add(time.Hour)))
	}
	if k, err := r.Dispute(ctx, dispute.Sent, id); err != nil || k.Problem != "" || k.State != dispute.Open || !k.ReceivedAt.Equal(at.Add(time.Hour)) {
		t.Errorf("%+v, %v", k, err)
	}
	other := due[1].Statement.ID
	must(t, r.DisputeRefused(ctx, other, "dispute_license_unknown", at))
	if k, err := r.Dispute(ctx, dispute.Sent, other); err != nil || k.Problem != "dispute_license_unknown" || k.State != dispute.Refused {
		t.Errorf("%+v, %v", k, err)
	}
	if err := r.AnswerDispute(ctx, dispute.Sent, other, "", "x", at, at); !errors.Is(err, dispute.ErrAnswered) {
		t.Errorf("an answer to one that was refused: %v", err)
	}
	if due, err := r.DueDisputes(ctx, at.AddDate(0, 0, 1), at.AddDate(0, 0, 2), 10); err != nil || len(due) != 2 {
		t.Errorf("%+v, %v", due, err)
	}
}
