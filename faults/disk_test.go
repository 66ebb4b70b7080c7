package faults_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestDiskFull fills the disk to its last byte while clerks are at work: that
// of the data directory with the SQLite register in it, or of PostgreSQL, and
// of the library. Nobody is told of a success then, and what is verified is
// verified as before. When there is room again everything goes on by itself;
// only a PostgreSQL that has ended for it is started again, as its operator
// would.
func TestDiskFull(t *testing.T) {
	on(t, func(t *testing.T, on database) {
		random := random(t)
		disk := smallDisk(t, 192<<20)
		d := newDistrict(t, on, options{dir: disk, settings: []string{"max_wal_size=32MB", "min_wal_size=2MB"}})
		d.serve(2)
		clerks := d.sit(random, 3)
		text := d.valid(clerks)
		for round := range times(1, 5) {
			so := clerks.answers()
			eventually(t, time.Minute, "clerks get answers", func() bool { return clerks.answers() > so+10 })
			refused := clerks.refusals()
			ballast := fill(t, disk)
			eventually(t, time.Minute, "clerks are refused", func() bool { return clerks.refusals() > refused+10 })
			for until := time.Now().Add(time.Duration(times(2, 10)) * time.Second); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
				ballast.more()
				if v, err := verify(d.nodes[0].url, text); err != nil || v.Outcome != "valid" {
					t.Errorf("round %d: with a full disk a code is %s, %v", round, v.Outcome, err)
				}
			}
			ballast.drop()
			if d.server != nil && !d.server.Running() {
				d.server.Restart(t)
			}
			for _, n := range d.nodes {
				n.at.up(n.url+"/readyz", 30*time.Second)
			}
		}
		so := clerks.answers()
		eventually(t, 30*time.Second, "clerks get answers again", func() bool { return clerks.answers() > so+5 })
		clerks.rest()
		d.audit(clerks)
	})
}

// smallDisk makes a file system of so many bytes, for the test.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	// Its end comes after everything that lies on it: TempDir is taken away last.
	at := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "size="+fmt.Sprint(size)); err != nil {
		t.Fatalf("making a small disk: %v (mounting needs root)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return at
}

// ballast is a file that takes all the room there is.
type ballast struct {
	t *testing.T
	f *os.File
}

func fill(t *testing.T, disk string) *ballast {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	b := &ballast{t, f}
	b.more()
	return b
}

// more takes what has become free.
func (b *ballast) more() {
	b.t.Helper()
	for _, size := range []int{1 << 20, 4 << 10} {
		for {
			if _, err := b.f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) || errors.Is(err, io.ErrShortWrite) {
				break
			} else if err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// drop makes room again.
func (b *ballast) drop() {
	b.t.Helper()
	if err := errors.Join(b.f.Close(), os.Remove(b.f.Name())); err != nil {
		b.t.Fatal(err)
	}
}
