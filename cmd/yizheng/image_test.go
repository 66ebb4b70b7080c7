package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

// builder is buildah with a store of its own: it builds images and runs them
// without a daemon.
type builder struct {
	t    *testing.T
	flag []string
}

func (b *builder) command(args ...string) *exec.Cmd {
	return exec.Command("buildah", append(slices.Clone(b.flag), args...)...)
}

func (b *builder) do(args ...string) string {
	b.t.Helper()
	var problems bytes.Buffer
	c := b.command(args...)
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		b.t.Fatalf("buildah %v: %v\n%s%s", args, err, out, &problems)
	}
	return strings.TrimSpace(string(out))
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// toolchain makes an image in which the Dockerfile's first stage can work: the
// one that it names cannot be fetched everywhere, so this one is empty, and
// this machine's programs and Go are mounted where its own would be. It gives
// the flags that mount them.
func (b *builder) toolchain(name string) (mounts []string) {
	b.t.Helper()
	dir := b.t.TempDir()
	for _, folder := range []string{"usr", "tmp", "etc/ssl/certs", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, link := range []string{"bin", "lib", "lib64", "sbin"} {
		if err := os.Symlink("usr/"+link, filepath.Join(dir, link)); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, file := range []string{"etc/ssl/certs/ca-certificates.crt", "etc/passwd", "etc/group"} {
		if err := os.WriteFile(filepath.Join(dir, file), mustRead(b.t, "/"+file), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	recipe := "FROM scratch\nCOPY . /\nENV PATH=" + goEnv(b.t, "GOROOT") + "/bin:/usr/bin:/bin HOME=/root GOTOOLCHAIN=local"
	for _, name := range []string{"GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB"} {
		if value := goEnv(b.t, name); value != "" {
			recipe += fmt.Sprintf(" %s=%q", name, value)
		}
	}
	path := filepath.Join(b.t.TempDir(), "Dockerfile")
	if err := os.WriteFile(path, []byte(recipe+"\n"), 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.do("build", "--isolation", "chroot", "-q", "-t", name, "-f", path, dir)
	mounts = []string{"-v", "/usr:/usr:ro"}
	for _, place := range []string{goEnv(b.t, "GOMODCACHE"), goEnv(b.t, "GOCACHE")} {
		mounts = append(mounts, "-v", place+":"+place)
	}
	if root := goEnv(b.t, "GOROOT"); !strings.HasPrefix(root, "/usr/") {
		mounts = append(mounts, "-v", root+":"+root+":ro")
	}
	return mounts
}

// TestImage builds the image of deploy/Dockerfile, looks at what is in it, and
// has it make a district and serve it.
func TestImage(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	b := &builder{t, []string{"--storage-driver", "vfs", "--root", filepath.Join(store, "root"), "--runroot", filepath.Join(store, "run")}}
	sources, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	recipe := filepath.Join(sources, "deploy", "Dockerfile")
	build := []string{"build", "--isolation", "chroot", "--pull-never", "--format", "docker", "--build-arg", "GO=local", "--build-arg", "VERSION=image-test",
		"--ignorefile", recipe + ".dockerignore", "-t", "yizheng:test", "-f", recipe}
	b.do(append(append(build, b.toolchain("golang:local")...), sources)...)

	var image struct {
		Docker struct {
			Config struct {
				User        string
				Entrypoint  []string
				Healthcheck struct{ Test []string }
				StopSignal  string
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(b.do("inspect", "--type", "image", "yizheng:test")), &image); err != nil {
		t.Fatal(err)
	}
	if c := image.Docker.Config; c.User != "65532:65532" || fmt.Sprint(c.Entrypoint) != "[/yizheng]" || fmt.Sprint(c.Healthcheck.Test) != "[CMD /yizheng probe]" || c.StopSignal != "SIGTERM" {
		t.Errorf("image %+v", c)
	}
	container := b.do("from", "--pull-never", "yizheng:test")
	t.Cleanup(func() { b.do("rm", container) })
	root := b.do("mount", container)
	var files []string
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, root))
		}
		return err
	})
	if want := "[/etc/ssl/certs/ca-certificates.crt /yizheng]"; err != nil || fmt.Sprint(files) != want {
		t.Errorf("the image holds %v, %v; want %s", files, err, want)
	}
	if out, err := exec.Command("ldd", filepath.Join(root, "yizheng")).CombinedOutput(); err == nil {
		t.Errorf("the program is not static: %s", out)
	}

	run := []string{"run", "--isolation", "chroot", container, "--"}
	if v := b.do(append(run, "/yizheng", "--version")...); !strings.Contains(v, "image-test") {
		t.Errorf("version %q", v)
	}
	b.do(append(run, "/yizheng", "init", "--data", "/data/d", "--demonstration", "--url", "http://localhost:1")...)
	listen := fmt.Sprintf("127.0.0.1:%d", exchangetest.FreePort(t))
	var log bytes.Buffer
	serving := b.command(append(run, "/yizheng", "serve", "--data", "/data/d", "--listen", listen, "--drain", "0s")...)
	serving.Stderr = &log
	if err := serving.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serving.Wait() }()
	eventually(t, 30*time.Second, "the image does not serve", func() bool {
		answer, err := http.Get("http://" + listen + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	if out := b.do(append(run, "/yizheng", "probe", "--address", "http://"+listen)...); !strings.Contains(out, `"status":"ok"`) {
		t.Errorf("probe: %s", out)
	}
	pid, uid := running(t, listen)
	if uid != 65532 {
		t.Errorf("it runs as %d", uid)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v\n%s", err, &log)
		}
	case <-time.After(20 * time.Second):
		t.Error("it did not end")
	}
}

// running finds the process that was told to listen at an address, and whose
// it is.
func running(t *testing.T, listen string) (pid int, uid uint32) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		line, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(line, []byte("/yizheng\x00serve")) || !bytes.Contains(line, []byte(listen)) {
			continue
		}
		info, err := os.Stat(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(path, "/proc/%d/", &pid); err != nil {
			t.Fatal(err)
		}
		return pid, info.Sys().(*syscall.Stat_t).Uid
	}
	t.Fatal("nobody listens at " + listen)
	return 0, 0
}
