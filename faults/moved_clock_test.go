package faults_test

import (
	"bytes"
	"database/sql"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clock is the wall clock of one process, which can be moved while it runs.
//
// A process asks for the time in a page of code that the kernel has put into
// it (the vDSO), and SQLite's translation by a system call of its own. Both are
// replaced, when it has run nothing yet, by code that asks the kernel and adds
// a number to the seconds of CLOCK_REALTIME. The monotonic clock stays as it
// is, as when somebody sets the machine's clock. Everything in the process
// sees it, the job queue and the databases' drivers too, and no other process
// does.
type clock struct {
	memory *os.File
	number int64 // where it is
}

// Where things lie from the beginning of the vDSO's clock_gettime, which has
// hundreds of bytes.
const (
	numberAt = 32
	sqliteAt = 40
)

// The code, up to where the number is taken. A jump leads past what adds it.
var (
	// clock_gettime(edi, rsi) as C calls it:
	// mov eax, 228; syscall; test edi, edi; jne end; test eax, eax; jne end
	asked = []byte{0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0x85, 0xff, 0x75, 14, 0x85, 0xc0, 0x75, 10}
	// clock_gettime(ebx, rcx) as Go calls it: mov edi, ebx; mov rsi, rcx first
	askedByGo = []byte{0x89, 0xdf, 0x48, 0x89, 0xce, 0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0x85, 0xdb, 0x75, 14, 0x85, 0xc0, 0x75, 10}
	// gettimeofday(rdi): mov eax, 96; syscall; test eax, eax; jne end
	askedForDay = []byte{0xb8, 96, 0, 0, 0, 0x0f, 0x05, 0x85, 0xc0, 0x75, 10}
)

// adding ends the code, which lies at an address: it adds the number to the
// seconds at the address in rsi or rdi.
// mov rdx, [rip+…]; add [rsi], rdx; end: ret
func adding(code []byte, at, number int64, to byte) []byte {
	after := at + int64(len(code)) + 7
	code = append(slices.Clone(code), 0x48, 0x8b, 0x15)
	code = binary.LittleEndian.AppendUint32(code, uint32(int32(number-after)))
	return append(code, 0x48, 0x01, to, 0xc3)
}

const rsi, rdi = 0x16, 0x17 // as adding writes them

// holdClock sets the clock of a process that was started with Ptrace and has
// run nothing yet, and lets it run. The thread is the one that started it.
func holdClock(pid int, ahead time.Duration) (*clock, error) {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return nil, fmt.Errorf("waiting for its beginning: %w", err)
	}
	c, err := clockOf(pid)
	if err == nil {
		err = c.set(ahead)
	}
	return c, errors.Join(err, syscall.PtraceDetach(pid))
}

// clockOf lays hold of the clock of a process.
func clockOf(pid int) (*clock, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	var begin, end int64
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "[vdso]") {
			if _, err := fmt.Sscanf(line, "%x-%x", &begin, &end); err != nil {
				return nil, err
			}
		}
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	image := make([]byte, end-begin)
	if _, err := memory.ReadAt(image, begin); err != nil {
		return nil, fmt.Errorf("reading the vDSO: %w", err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, fmt.Errorf("reading the vDSO: %w", err)
	}
	if file.Machine != elf.EM_X86_64 {
		return nil, fmt.Errorf("clocks can be moved on Linux on amd64, not on %v", file.Machine)
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("reading the vDSO: %w", err)
	}
	get, day := begin+int64(address(symbols, "__vdso_clock_gettime")), begin+int64(address(symbols, "__vdso_gettimeofday"))
	c := &clock{memory: memory, number: get + numberAt}
	err = errors.Join(
		c.write(get, adding(asked, get, c.number, rsi)),
		c.write(get+sqliteAt, adding(askedByGo, get+sqliteAt, c.number, rsi)),
		c.write(day, adding(askedForDay, day, c.number, rdi)),
	)
	if err != nil {
		return nil, err
	}
	return c, c.lead(pid, "modernc.org/libc.X__clock_gettime", get+sqliteAt)
}

// lead lets a function of the program, if it has one of that name, go on
// elsewhere: jmp [rip+0], and the address.
func (c *clock) lead(pid int, function string, to int64) error {
	file, err := elf.Open(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	symbols, err := file.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return err
	}
	at := address(symbols, function)
	if at == 0 {
		return nil
	}
	return c.write(int64(at), binary.LittleEndian.AppendUint64([]byte{0xff, 0x25, 0, 0, 0, 0}, uint64(to)))
}

// address gives where a symbol is; 0 for nowhere.
func address(symbols []elf.Symbol, name string) uint64 {
	for _, s := range symbols {
		if s.Name == name {
			return s.Value
		}
	}
	return 0
}

func (c *clock) write(at int64, what []byte) error {
	if _, err := c.memory.WriteAt(what, at); err != nil {
		return fmt.Errorf("writing into the process: %w", err)
	}
	return nil
}

// set moves the clock so far ahead of the machine's; it may be behind it.
func (c *clock) set(ahead time.Duration) error {
	return c.write(c.number, binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second))))
}

func (c *clock) close() { _ = c.memory.Close() }

// TestClocksCanBeMoved: what moves the clocks does move them, the program's
// and that of its database.
func TestClocksCanBeMoved(t *testing.T) {
	for _, ahead := range []time.Duration{0, 48 * time.Hour, -48 * time.Hour} {
		data := t.TempDir() + "/library"
		p := start(t, ahead, "library", "serve", "--data", data, "--listen", "127.0.0.1:0")
		eventually(t, 10*time.Second, "the log says when it began", func() bool { return strings.Contains(p.log.String(), "time=") })
		first, _, _ := strings.Cut(strings.TrimPrefix(p.log.String(), "time="), " ")
		said, err := time.Parse(time.RFC3339, first)
		p.kill()
		var migrated time.Time // by SQLite's own clock
		db, openErr := sql.Open("sqlite", readOnly(data+"/library.db"))
		if openErr == nil {
			openErr = errors.Join(db.QueryRow(`SELECT tstamp FROM goose_db_version ORDER BY id DESC`).Scan(&migrated), db.Close())
		}
		for who, at := range map[string]time.Time{"the program": said, "SQLite": migrated} {
			if err != nil || openErr != nil || at.Sub(time.Now().Add(ahead)).Abs() > time.Minute {
				t.Errorf("with a clock %v ahead %s says %v, %v, %v", ahead, who, at, err, openErr)
			}
		}
	}
}

// eventually waits until something is so.
func eventually(t testing.TB, within time.Duration, what string, is func() bool) {
	t.Helper()
	if !comes(within, is) {
		t.Fatalf("not within %v: %s", within, what)
	}
}

// comes waits until something is so, and says whether it came to that.
func comes(within time.Duration, is func() bool) bool {
	for until := time.Now().Add(within); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			return false
		}
	}
	return true
}
