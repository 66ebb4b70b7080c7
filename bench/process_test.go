package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"

	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The cores: what is measured has one, and whoever makes the load another.
const (
	serverCore = "0"
	loadCore   = "1"
)

// workplace is a folder that goes when the tests have ended.
var workplace string

// built builds the program, once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workplace, "yizheng")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "../cmd/yizheng") // as it is shipped
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

func program(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// yizheng runs the program to its end and gives what it wrote.
func yizheng(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out.String(), complaints.String())
	}
	return out.String()
}

// process is a server under measurement.
type process struct {
	*exec.Cmd
	address string
	ready   time.Duration // from its start to the first good answer
}

// spent is the processor time that the process has used, of all its threads.
func (p *process) spent(t testing.TB) time.Duration {
	t.Helper()
	used, err := processTime(p.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func processTime(pid int) (time.Duration, error) {
	var now unix.Timespec
	clock := int32(^pid<<3 | 2) // CPUCLOCK_SCHED of that process, see clock_getcpuclockid(3)
	err := unix.ClockGettime(clock, &now)
	return time.Duration(now.Nano()), err
}

// memory is the most memory that the process has held, in bytes.
func (p *process) memory(t testing.TB) int {
	t.Helper()
	return statusKiB(t, p.Process.Pid, "VmHWM:") << 10
}

// startServer starts the program as a server, on one core.
func startServer(t testing.TB, args ...string) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("taskset", append([]string{"-c", serverCore, program(t), "serve", "--listen", address}, args...)...)
	cmd.Stderr = log
	p := &process{Cmd: cmd, address: address}
	began := time.Now()
	p.start(t)
	once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ; ; time.Sleep(time.Millisecond) {
		if answer, err := once.Get("http://" + address + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				p.ready = time.Since(began)
				return p
			}
		}
		if time.Since(began) > 5*time.Minute {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("%v is not ready\n%s", args, said)
		}
	}
}

// startBare starts the floor, on the same core.
func startBare(t testing.TB) *process {
	t.Helper()
	cmd := exec.Command("taskset", "-c", serverCore, self(t))
	cmd.Env = append(os.Environ(), role+"=bare")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: cmd}
	p.start(t)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	p.address = strings.TrimSpace(address)
	return p
}

// start starts the process, which ends with the test.
func (p *process) start(t testing.TB) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end() })
}

// end ends the process, if it runs still.
func (p *process) end() {
	if p.ProcessState == nil {
		_ = p.Process.Signal(syscall.SIGTERM)
		_ = p.Wait() // of a signal, as it should
	}
}

// load has a process of its own make the load, on the other core.
func load(t testing.TB, o loadOrder) (r loadResult) {
	t.Helper()
	cmd := exec.Command("taskset", "-c", loadCore, self(t))
	cmd.Env = append(os.Environ(), role+"=load")
	order, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(order), &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("making load: %v\n%s", err, complaints.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// statusKiB reads one line of a process' status, in KiB.
func statusKiB(t testing.TB, pid int, name string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == name {
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}
