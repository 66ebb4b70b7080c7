package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDemo runs the whole demonstration once: every district, every scene, and
// all of it in the library's books before it ends.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	listen := freePorts(t)
	link := regexp.MustCompile(`http://\S+/h/\S{27}`)
	var links []string
	for _, run := range []string{"a fresh directory", "the same again"} {
		var out, problems bytes.Buffer
		if exit := Main(context.Background(), []string{"demo", "--data", dir, "--listen", listen, "--once"}, strings.NewReader(""), &out, &problems); exit != 0 {
			t.Fatalf("%s: exit %d\n%s\n%s", run, exit, &out, &problems)
		}
		for _, want := range []string{"partially_valid", "not_recognised", "not_genuine", "/v/861", "yizheng verify", "/h/"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: the output does not show %q:\n%s", run, want, &out)
			}
		}
		links = append(links, link.FindString(out.String()))
	}
	if links[0] == "" || links[1] != links[0] {
		t.Errorf("the holder's link is not the same again: %q", links)
	}
}

// tens counts the places that freePorts has looked at.
var tens atomic.Int64

// freePorts finds an address with nine free ports after it, which is what the
// demonstration takes; another one for each test that asks.
func freePorts(t *testing.T) string {
	t.Helper()
search:
	for {
		first := 21000 + 10*int(tens.Add(1))
		if first > 60000 {
			t.Fatal("no ten free ports in a row")
		}
		for port := first; port < first+10; port++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				continue search
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprintf("127.0.0.1:%d", first)
	}
}
