package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/register"
)

func TestBatchJobs(t *testing.T) { onBoth(t, testBatchJobs) }

func testBatchJobs(t *testing.T, s *register.Store) {
	ctx := context.Background()
	now := issuertest.NewClock().Now()
	add := func(id, key string, after time.Duration) register.BatchJob {
		t.Helper()
		err := s.PutBatchPart(ctx, id, "", register.BatchInput, 0, []byte(id), now)
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.AddBatchJob(ctx, register.BatchJob{ID: id, Key: key, Hash: [32]byte{1}, Work: "issue", Format: "csv", SHA256: "s", Size: 2,
			Subject: "甲", Authority: "局", SkipFaulty: true, CreatedAt: now.Add(after)}, "甲")
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	first := add("a", "k1", 0)
	if again := add("b", "k1", 0); again.ID != "a" || first.State != register.BatchWaiting || !first.SkipFaulty || first.Hash != [32]byte{1} {
		t.Errorf("%+v, then %+v", first, again)
	}
	add("c", "k2", time.Second)

	// Each job is one node's, until its lease ends.
	take := func(owner string, at time.Time) string {
		t.Helper()
		j, err := s.TakeBatchJob(ctx, owner, at, at.Add(time.Minute))
		if err != nil && !errors.Is(err, issuer.ErrNotFound) {
			t.Fatal(err)
		}
		return j.ID
	}
	later := now.Add(10 * time.Second)
	if one, two, three := take("n1", later), take("n2", later), take("n3", later); one != "a" || two != "c" || three != "" {
		t.Errorf("taken: %q, %q, %q", one, two, three)
	}
	if cancelling, err := s.HoldBatchJob(ctx, "a", "n1", json.RawMessage(`{"rows":1}`), later.Add(5*time.Minute)); err != nil || cancelling {
		t.Errorf("holding: %v, %v", cancelling, err)
	}
	// A node that has nothing to say yet leaves what was said before.
	if _, err := s.HoldBatchJob(ctx, "a", "n1", nil, later.Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if j, err := s.BatchJob(ctx, "a"); err != nil || string(j.Progress) != `{"rows":1}` {
		t.Errorf("the progress is %s, %v", j.Progress, err)
	}
	if _, err := s.HoldBatchJob(ctx, "a", "n2", nil, later); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("another holds: %v", err)
	}
	after := later.Add(2 * time.Minute)
	if got := take("n3", after); got != "c" {
		t.Errorf("the job of a node that is gone: %q", got)
	}
	if err := s.EndBatchJob(ctx, "c", "n2", register.BatchDone, nil, after); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("the node that lost it ends it: %v", err)
	}

	// One that runs is asked to end, one that waits has ended.
	if j, err := s.CancelBatchJob(ctx, "a", "乙", after); err != nil || j.State != register.BatchRunning || !j.Cancelling {
		t.Errorf("cancelled: %+v, %v", j, err)
	}
	if cancelling, err := s.HoldBatchJob(ctx, "a", "n1", nil, after); err != nil || !cancelling {
		t.Errorf("holding: %v, %v", cancelling, err)
	}
	add("d", "k3", 0)
	if j, err := s.CancelBatchJob(ctx, "d", "乙", after); err != nil || j.State != register.BatchCancelled || j.EndedAt != after {
		t.Errorf("cancelled: %+v, %v", j, err)
	}
	if _, err := s.CancelBatchJob(ctx, "none", "乙", after); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("cancelling none: %v", err)
	}

	// What came of it stays, and what was handed in goes.
	if err := s.PutBatchPart(ctx, "a", "n1", "result.csv", 0, []byte("r"), after); err != nil {
		t.Fatal(err)
	}
	if err := s.PutBatchPart(ctx, "a", "n2", "result.csv", 0, []byte("x"), after); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("another writes what came of it: %v", err)
	}
	if err := s.EndBatchJob(ctx, "a", "n1", register.BatchCancelled, json.RawMessage(`{"issued":1}`), after); err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"n1", ""} {
		if err := s.PutBatchPart(ctx, "a", owner, "result.csv", 0, []byte("x"), after); !errors.Is(err, issuer.ErrMoved) {
			t.Errorf("%q writes what came of a job that has ended: %v", owner, err)
		}
	}
	if content, err := s.BatchPart(ctx, "a", "result.csv", 0); err != nil || string(content) != "r" {
		t.Errorf("what came of it is %q, %v", content, err)
	}
	if files, err := s.BatchFiles(ctx, "a"); err != nil || len(files) != 1 || files[0] != "result.csv" {
		t.Errorf("files %v, %v", files, err)
	}
	j, err := s.BatchJobByKey(ctx, "k1")
	if err != nil || j.State != register.BatchCancelled || string(j.Outcome) != `{"issued":1}` || j.EndedAt != after || j.Attempts != 1 {
		t.Errorf("%+v, %v", j, err)
	}
	if all, err := s.BatchJobs(ctx, "局", 2); err != nil || len(all) != 2 || all[0].ID != "c" {
		t.Errorf("%+v, %v", all, err)
	}

	// Old ones go, and what was never handed in to its end.
	if err := s.PutBatchPart(ctx, "lost", "", register.BatchInput, 0, []byte("x"), now); err != nil {
		t.Fatal(err)
	}
	if err := s.SweepBatches(ctx, after.Add(time.Second), after); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BatchJob(ctx, "a"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("the old job: %v", err)
	}
	for _, id := range []string{"a", "b", "lost"} {
		if files, err := s.BatchFiles(ctx, id); err != nil || len(files) != 0 {
			t.Errorf("files of %s: %v, %v", id, files, err)
		}
	}
	if c, err := s.BatchJob(ctx, "c"); err != nil || c.State != register.BatchRunning {
		t.Errorf("the job that runs: %+v, %v", c, err)
	}
}

func TestBatchJobOfAWrongClock(t *testing.T) { onBoth(t, testBatchJobOfAWrongClock) }

// testBatchJobOfAWrongClock: a job that a node has taken by a clock that was
// ahead is another's when the clock is right, and not when the lease ends.
func testBatchJobOfAWrongClock(t *testing.T, s *register.Store) {
	ctx := context.Background()
	now := issuertest.NewClock().Now()
	const lease = 30 * time.Second
	if _, err := s.AddBatchJob(ctx, register.BatchJob{ID: "a", Key: "k", Work: "issue", Format: "csv", Subject: "甲", Authority: "局", CreatedAt: now}, "甲"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		owner string
		at    time.Time
		taken bool
	}{
		{"ahead", now.Add(24 * time.Hour), true},
		{"right", now, true},
		{"late", now.Add(-5 * time.Minute), false}, // such a lease is still believed
		{"next", now.Add(lease), true},
	} {
		j, err := s.TakeBatchJob(ctx, test.owner, test.at, test.at.Add(lease))
		if taken := err == nil && j.Owner == test.owner; taken != test.taken || !taken && !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("%s: %+v, %v", test.owner, j, err)
		}
	}
}
