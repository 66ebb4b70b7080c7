package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/batch"
	"yizheng/batch/jobs"
	"yizheng/batch/sample"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// world is a register that several nodes share.
type world struct {
	store *register.Store
	clock *issuertest.Clock
	set   *catalog.Set
	file  []byte // of applications
	rows  int
}

func onBoth(t *testing.T, rows int, test func(*testing.T, *world)) {
	for _, database := range []string{"sqlite", "postgres"} {
		if raced && database == "sqlite" {
			continue // its one writer leaves less to race for
		}
		t.Run(database, func(t *testing.T) {
			w := &world{clock: issuertest.NewClock(), rows: rows}
			var err error
			if database == "sqlite" {
				w.store, err = register.Create(t.Context(), filepath.Join(t.TempDir(), "register.db"), register.Config{})
			} else {
				w.store, err = register.CreatePostgres(t.Context(), register.Postgres{URL: postgrestest.Database(t)})
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.store.Close() })
			if w.set, err = catalog.Load(issuertest.Region); err != nil {
				t.Fatal(err)
			}
			current, err := w.set.On(issuertest.Today())
			if err != nil {
				t.Fatal(err)
			}
			maker, err := sample.New(current)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.jsonl")
			if err := batch.Write(path, batch.JSONL, false, maker.All(rows)); err != nil {
				t.Fatal(err)
			}
			if w.file, err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
			test(t, w)
		})
	}
}

// slow is an issuer that stands still after some groups, until it is let go:
// what a node looks like that is cut off in the middle of a job.
type slow struct {
	*issuer.Issuer
	groups atomic.Int32 // or acts, that are done before
	there  chan struct{}
	once   atomic.Bool
	free   chan struct{}
}

func (s *slow) Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error) {
	s.stand()
	return s.Issuer.Issue(ctx, apps, o)
}

func (s *slow) SetPermit(ctx context.Context, id, number string, act issuer.Act, reason string, o issuer.Order) (issuer.PermitActed, error) {
	s.stand()
	return s.Issuer.SetPermit(ctx, id, number, act, reason, o)
}

func (s *slow) stand() {
	if s.groups.Add(-1) < 0 {
		if s.once.CompareAndSwap(false, true) {
			close(s.there)
		}
		<-s.free
	}
}

// stuckAt gives an issuer that gets through one group and then waits.
func stuckAt(t *testing.T, config issuer.Config) *slow {
	t.Helper()
	s := &slow{there: make(chan struct{}), free: make(chan struct{})}
	s.groups.Store(1)
	var err error
	if s.Issuer, err = issuer.New(config); err != nil {
		t.Fatal(err)
	}
	return s
}

// node makes a node; config may alter it.
func (w *world) node(t *testing.T, key issuer.Config, config func(*jobs.Config)) *jobs.Jobs {
	t.Helper()
	i, err := issuer.New(key)
	if err != nil {
		t.Fatal(err)
	}
	c := jobs.Config{Store: w.store, Issuer: i, Acts: i, Catalogue: w.set, Folder: t.TempDir(), Clock: w.clock.Now, Every: 10 * time.Millisecond}
	if config != nil {
		config(&c)
	}
	j, err := jobs.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func running(t *testing.T, j *jobs.Jobs) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); j.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func (w *world) handIn(t *testing.T, j *jobs.Jobs) jobs.Job {
	t.Helper()
	job, err := j.Receive(t.Context(), bytes.NewReader(w.file), jobs.Order{Key: "key", Work: jobs.Issue, Format: batch.JSONL, Subject: "甲", Authority: "局"})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func until(t *testing.T, j *jobs.Jobs, id string, good func(jobs.Job) bool) jobs.Job {
	t.Helper()
	var job jobs.Job
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var err error
		if job, err = j.Job(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if good(job) {
			return job
		}
	}
	t.Fatalf("it does not come about: %+v", job)
	return job
}

func ended(j jobs.Job) bool { return j.State.Ended() }

// whole wants every row to have a license of its own, and no other to be there.
func (w *world) whole(t *testing.T, j *jobs.Jobs, job jobs.Job) {
	t.Helper()
	var b bytes.Buffer
	if err := j.WriteFile(t.Context(), job.ID, "result.csv", func() io.Writer { return &b }); err != nil {
		t.Fatal(err)
	}
	identifiers := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n")[1:] {
		identifiers[strings.Split(line, ",")[3]] = true
	}
	found, err := w.store.Recent(t.Context(), w.clock.Now().AddDate(1, 0, 0), 10*w.rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(identifiers) != w.rows || len(found) != w.rows || identifiers[""] {
		t.Errorf("%d identifiers, %d licenses, want %d", len(identifiers), len(found), w.rows)
	}
}

// TestAnotherNodeGoesOn hands a file in at a node that takes a job and is then
// not heard of; another one brings the job to its end, and the first one, when
// it wakes, does no harm.
func TestAnotherNodeGoesOn(t *testing.T) {
	onBoth(t, batch.GroupSize+30, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		stuck := stuckAt(t, config)
		first := w.node(t, config, func(c *jobs.Config) {
			c.Issuer, c.Store = stuck, cutOff{Store: w.store, from: stuck.there}
		})
		running(t, first)
		job := w.handIn(t, first)
		<-stuck.there
		second := w.node(t, config, nil)
		running(t, second)
		if now, err := second.Job(t.Context(), job.ID); err != nil || now.State != register.BatchRunning {
			t.Fatalf("%+v, %v", now, err)
		}
		w.clock.Advance(time.Hour) // the lease ends
		job = until(t, second, job.ID, ended)
		close(stuck.free)
		if job.State != register.BatchDone || job.Outcome.Done != w.rows {
			t.Errorf("%+v, %+v", job, job.Outcome)
		}
		w.whole(t, second, job)
	})
}

// TestLeftFoldersAreRemoved: what a node that was killed has left of a job is
// removed when it starts again and the job has ended elsewhere, and nothing else.
func TestLeftFoldersAreRemoved(t *testing.T) {
	onBoth(t, 3, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		other := w.node(t, config, nil)
		job := w.handIn(t, other)
		folder := t.TempDir()
		left := func(name string) bool {
			_, err := os.Stat(filepath.Join(folder, name, "rows.jsonl"))
			return err == nil
		}
		unknown := strings.Repeat("0", len(job.ID))
		for _, name := range []string{job.ID, unknown} {
			if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name, "rows.jsonl"), w.file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again := func() *jobs.Jobs { return w.node(t, config, func(c *jobs.Config) { c.Folder = folder }) }
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		again().Run(gone) // it cannot ask, and removes nothing
		if !left(job.ID) {
			t.Error("a job that is open has lost its files")
		}
		stop := running(t, other)
		until(t, other, job.ID, ended)
		stop()
		running(t, again())
		for deadline := time.Now().Add(30 * time.Second); left(job.ID); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("what was left of a job that has ended lies there still")
			}
		}
		if !left(unknown) {
			t.Error("what the register does not know was removed")
		}
	})
}

// TestRowFaultyOnTheWay takes a job over when the permit of a row that is not
// issued yet has ended, and one of a row that is issued was revoked: only the
// first is left out, and is told.
func TestRowFaultyOnTheWay(t *testing.T) {
	onBoth(t, batch.GroupSize+30, func(t *testing.T, w *world) {
		lines := bytes.Split(bytes.TrimSpace(w.file), []byte("\n"))
		var apps []catalog.Application
		const ends = batch.GroupSize + 20 // the number of the row whose permit will
		for n, line := range lines {
			app, err := catalog.ParseApplication(line)
			if err != nil {
				t.Fatal(err)
			}
			if n+1 == ends {
				app.Permits[0].ValidUntil = issuertest.Today()
			}
			if apps = append(apps, app); n+1 == ends {
				if lines[n], err = json.Marshal(app); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.file = append(bytes.Join(lines, []byte("\n")), '\n')
		config := issuertest.Config(t, w.store, w.clock)
		stuck := stuckAt(t, config)
		first := w.node(t, config, func(c *jobs.Config) {
			// Its first note of progress is long in coming.
			c.Issuer, c.Store, c.Every, c.Lease = stuck, cutOff{Store: w.store, from: stuck.there}, time.Minute, time.Hour
		})
		job := w.handIn(t, first)
		running(t, first)
		<-stuck.there
		defer close(stuck.free)
		of, err := w.store.ByHolder(t.Context(), apps[0].Holder.CreditCode, 1)
		if err != nil || len(of) != 1 {
			t.Fatal(of, err)
		}
		if _, err := stuck.Issuer.SetPermit(t.Context(), of[0].Number, apps[0].Permits[0].Number, issuer.Revoke, "检查", issuer.Order{Actor: issuer.Operator("乙")}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(24 * time.Hour)
		second := w.node(t, config, nil)
		running(t, second)
		job = until(t, second, job.ID, ended)
		if job.State != register.BatchDone || job.Outcome.Done != w.rows-1 || job.Outcome.Refused != 1 || job.Outcome.Faulty != 1 {
			t.Errorf("%+v, %+v", job, job.Outcome)
		}
		for _, name := range []string{"result.csv", "faults.csv"} {
			var b bytes.Buffer
			if err := second.WriteFile(t.Context(), job.ID, name, func() io.Writer { return &b }); err != nil {
				t.Fatal(err)
			}
			if told := b.String(); !strings.Contains(told, fmt.Sprintf("\n%d,", ends)) || strings.Count(told, "permit_expired") != 1 {
				t.Errorf("%s is\n%s", name, told)
			}
		}
		if n := len(found(t, w)); n != w.rows-1 {
			t.Errorf("%d licenses", n)
		}
	})
}

// TestActDoneBefore takes a file of acts over when the first was done and is
// taken back since: it stays taken back. The same file handed in again is meant
// again.
func TestActDoneBefore(t *testing.T) {
	onBoth(t, 1, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		stuck := stuckAt(t, config)
		var file bytes.Buffer
		var permits []license.Permit
		var numbers []string
		for n := range 2 {
			issued, err := stuck.Issuer.Issue(t.Context(), []catalog.Application{issuertest.Numbered(t, n)}, issuer.Order{Actor: issuer.Operator("甲")})
			if err != nil {
				t.Fatal(err)
			}
			permits, numbers = append(permits, issued[0].License.Permits[0]), append(numbers, issued[0].License.Number)
			if err := json.NewEncoder(&file).Encode(map[string]string{"license": numbers[n], "permit": permits[n].Number, "act": "suspend", "reason": "检查"}); err != nil {
				t.Fatal(err)
			}
		}
		order := jobs.Order{Key: "key", Work: jobs.Status, Format: batch.JSONL, Subject: "甲", Authority: permits[0].Authority}
		standing := func() license.State {
			t.Helper()
			s, err := w.store.Standing(t.Context(), []issuer.PermitKey{{Authority: permits[0].Authority, Number: permits[0].Number}})
			if err != nil {
				t.Fatal(err)
			}
			return s[0].State
		}
		first := w.node(t, config, func(c *jobs.Config) {
			c.Acts, c.Store = stuck, cutOff{Store: w.store, from: stuck.there}
		})
		stop := running(t, first)
		job, err := first.Receive(t.Context(), bytes.NewReader(file.Bytes()), order)
		if err != nil {
			t.Fatal(err)
		}
		<-stuck.there
		if _, err := stuck.Issuer.SetPermit(t.Context(), numbers[0], permits[0].Number, issuer.Reinstate, "合格", issuer.Order{Actor: issuer.Department("乙", permits[0].Authority)}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour) // the lease ends
		second := w.node(t, config, nil)
		running(t, second)
		job = until(t, second, job.ID, ended)
		close(stuck.free)
		stop()
		if state := standing(); job.State != register.BatchDone || job.Outcome.Done != 2 || state != license.Valid {
			t.Errorf("%s, %+v, %+v", state, job, job.Outcome)
		}
		order.Key = "another"
		if job, err = second.Receive(t.Context(), bytes.NewReader(file.Bytes()), order); err != nil {
			t.Fatal(err)
		}
		job = until(t, second, job.ID, ended)
		if state := standing(); job.State != register.BatchDone || state != license.Suspended {
			t.Errorf("handed in again: %s, %+v, %+v", state, job, job.Outcome)
		}
	})
}

// cutOff is a store that a node does not reach any more for its leases.
type cutOff struct {
	jobs.Store
	from <-chan struct{}
}

func (c cutOff) HoldBatchJob(ctx context.Context, id, owner string, progress json.RawMessage, at time.Time) (bool, error) {
	select {
	case <-c.from:
		return false, errors.New("no connection")
	default:
		return c.Store.HoldBatchJob(ctx, id, owner, progress, at)
	}
}

// halfway is an issuer whose every call takes a while, so that there is progress
// to tell of, and that stands still at the third.
type halfway struct {
	*issuer.Issuer
	calls *atomic.Int32
	free  <-chan struct{}
}

func (h halfway) call() {
	time.Sleep(250 * time.Millisecond)
	if h.calls.Add(1) >= 3 {
		<-h.free
	}
}

func (h halfway) Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error) {
	h.call()
	return h.Issuer.Issue(ctx, apps, o)
}

// looking stands still in looking at the rows already.
type looking struct{ halfway }

func (l looking) CheckEach(ctx context.Context, apps []catalog.Application) ([]license.Faults, error) {
	l.call()
	return l.Issuer.CheckEach(ctx, apps)
}

// TestGivenUp wants a job that is given up to tell what the node that came
// furthest had done, though the last one began at the first row.
func TestGivenUp(t *testing.T) {
	onBoth(t, 2*batch.GroupSize+10, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		i, err := issuer.New(config)
		if err != nil {
			t.Fatal(err)
		}
		free := make(chan struct{})
		defer close(free)
		var id string
		for _, phase := range []string{"issuing", "validating"} {
			gone := make(chan struct{})
			half := halfway{Issuer: i, calls: &atomic.Int32{}, free: free}
			node := w.node(t, config, func(c *jobs.Config) {
				c.Store, c.Issuer = cutOff{Store: w.store, from: gone}, half
				if phase == "validating" {
					c.Issuer = looking{half}
				}
			})
			if id == "" {
				id = w.handIn(t, node).ID
			}
			w.clock.Advance(time.Hour) // the lease of the one before ends
			go node.Run(t.Context())
			until(t, node, id, func(j jobs.Job) bool { return j.Progress != nil && j.Progress.Phase == phase && j.Progress.Rows > 0 })
			close(gone)
		}
		for range 20 {
			w.clock.Advance(time.Hour)
			if _, err := w.store.TakeBatchJob(t.Context(), "nobody", w.clock.Now(), w.clock.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.Advance(time.Hour)
		last := w.node(t, config, nil)
		running(t, last)
		job := until(t, last, id, ended)
		if job.State != register.BatchFailed || job.Outcome.Reason != "too_many_attempts" || job.Outcome.Done < batch.GroupSize {
			t.Errorf("%+v, %+v", job, job.Outcome)
		}
	})
}

// TestStopAndGoOn ends a node in the middle of a job: the rows that are at work
// are brought to their end, and the node that starts again goes on there.
func TestStopAndGoOn(t *testing.T) {
	onBoth(t, 2*batch.GroupSize+10, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		folder := t.TempDir()
		halting := &slow{there: make(chan struct{}), free: make(chan struct{})}
		halting.groups.Store(1)
		var err error
		if halting.Issuer, err = issuer.New(config); err != nil {
			t.Fatal(err)
		}
		first := w.node(t, config, func(c *jobs.Config) { c.Issuer, c.Folder = halting, folder })
		stop := running(t, first)
		job := w.handIn(t, first)
		<-halting.there
		go func() { time.Sleep(50 * time.Millisecond); close(halting.free) }()
		stop()
		if now, err := first.Job(t.Context(), job.ID); err != nil || now.State != register.BatchRunning || len(now.Files) != 0 {
			t.Fatalf("%+v, %v", now, err)
		}
		if w.rows == len(found(t, w)) {
			t.Error("it was not stopped")
		}
		second := w.node(t, config, func(c *jobs.Config) { c.Folder = folder })
		running(t, second)
		job = until(t, second, job.ID, ended)
		if job.State != register.BatchDone || job.Outcome.Done != w.rows {
			t.Errorf("%+v, %+v", job, job.Outcome)
		}
		w.whole(t, second, job)
		// The job is at its end before its files are cleared up.
		emptied := func() bool {
			left, err := os.ReadDir(folder)
			return err == nil && len(left) == 0
		}
		for n := 0; !emptied(); n++ {
			if n > 1000 {
				t.Fatal("files are left behind")
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func found(t *testing.T, w *world) []register.Found {
	t.Helper()
	found, err := w.store.Recent(t.Context(), w.clock.Now().AddDate(1, 0, 0), 10*w.rows)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCancel cancels a job at work: what is issued stays, the rest is not.
func TestCancel(t *testing.T) {
	onBoth(t, 2*batch.GroupSize+10, func(t *testing.T, w *world) {
		config := issuertest.Config(t, w.store, w.clock)
		halting := &slow{there: make(chan struct{}), free: make(chan struct{})}
		halting.groups.Store(1)
		var err error
		if halting.Issuer, err = issuer.New(config); err != nil {
			t.Fatal(err)
		}
		node := w.node(t, config, func(c *jobs.Config) { c.Issuer = halting })
		running(t, node)
		job := w.handIn(t, node)
		<-halting.there
		if now, err := node.Cancel(t.Context(), job.ID, issuer.Operator("乙")); err != nil || !now.Cancelling || now.State != register.BatchRunning {
			t.Fatalf("%+v, %v", now, err)
		}
		go func() { time.Sleep(100 * time.Millisecond); close(halting.free) }()
		job = until(t, node, job.ID, ended)
		if n := len(found(t, w)); job.State != register.BatchCancelled || job.Outcome.Done != n || n == 0 || n == w.rows {
			t.Errorf("%d issued, %+v, %+v", n, job, job.Outcome)
		}
		if strings.Join(job.Files, " ") != "result.csv" {
			t.Errorf("files %v", job.Files)
		}
	})
}
