package reach_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"yizheng/reach"
)

func TestPermits(t *testing.T) {
	ours, err := reach.Parse([]string{"10.20.0.0/16", "fd00:1::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"8.8.8.8": true, "::ffff:8.8.8.8": true, "2400:3200::1": true, "64:ff9b::808:808": true,
		"172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "100.128.0.0": true,
		"10.20.255.1": true, "::ffff:10.20.0.1": true, "fd00:1::5": true, // named
		"10.21.0.0": false, "fd00:2::1": false, "::ffff:10.21.0.1": false, "64:ff9b::a15:1": false,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fd00:ec2::254": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "100.64.0.1": false, "192.0.0.192": false,
		"198.19.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false,
		"2002:7f00:1::": false, "2001:0:7f00:1::": false, "2001:db8::1": false, "::127.0.0.1": false, "::ffff:0:127.0.0.1": false,
	} {
		if got := ours.Permits(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, text := range []string{"", "10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "::ffff:10.0.0.0/104", "intranet", " 10.0.0.0/8"} {
		if _, err := reach.Parse([]string{text}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// get asks an address and says what became of it.
func get(t *testing.T, client *http.Client, address string) error {
	t.Helper()
	answer, err := client.Get(address)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// TestClient holds that no way of writing an address of this machine, and no
// name of it, is reached unless it is named.
func TestClient(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	client := reach.Client(3*time.Second, nil)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0"} {
		if err := get(t, client, "http://"+host+":"+port+"/status/0"); !errors.Is(err, reach.ErrRefused) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, address := range []string{"http://169.254.169.254/latest", "http://[fe80::1%25lo]/", "http://192.168.0.1/", "https://10.0.0.1/"} {
		if err := get(t, client, address); !errors.Is(err, reach.ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, number := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1"} { // no addresses to us, or refused as such
		if err := get(t, client, "http://"+number+":"+port+"/"); err == nil {
			t.Errorf("%s was reached", number)
		}
	}
	if asked.Load() != 0 {
		t.Fatalf("the server was asked %d times", asked.Load())
	}
	if err := get(t, reach.Client(3*time.Second, reach.Loopback()), server.URL); err != nil || asked.Load() != 1 {
		t.Errorf("where this machine is named: %v", err)
	}
}

// TestRedirect holds that who is reached names nobody else.
func TestRedirect(t *testing.T) {
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer inside.Close()
	outside := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusFound))
	defer outside.Close()
	if err := get(t, reach.Client(3*time.Second, reach.Loopback()), outside.URL); err != nil || asked.Load() != 0 {
		t.Errorf("%v, and the other was asked %d times", err, asked.Load())
	}
}

// TestRebinding holds that a name which comes to mean another address is looked
// at again: the first answer of its server is an address that is reached, every
// later one lies within.
func TestRebinding(t *testing.T) {
	inside, outside := listen(t, "127.0.0.1:0"), ""
	_, port, _ := net.SplitHostPort(inside.address)
	outside = listen(t, "127.0.0.2:"+port).address
	var resolved atomic.Int32
	names := nameServer(t, func() string {
		if resolved.Add(1) == 1 {
			host, _, _ := net.SplitHostPort(outside)
			return host
		}
		return "127.0.0.1"
	})
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", names)
	}}
	defer func() { net.DefaultResolver = before }()
	only, err := reach.Parse([]string{"127.0.0.2/32"})
	if err != nil {
		t.Fatal(err)
	}
	client := reach.Client(3*time.Second, only)
	if err := get(t, client, "http://verify.example:"+port+"/"); err != nil {
		t.Fatal(err)
	}
	client.CloseIdleConnections()
	if err := get(t, client, "http://verify.example:"+port+"/"); !errors.Is(err, reach.ErrRefused) {
		t.Errorf("the second time: %v", err)
	}
	if n := inside.asked.Load(); n != 0 || resolved.Load() < 2 {
		t.Errorf("asked within %d times, resolved %d times", n, resolved.Load())
	}
}

type listening struct {
	address string
	asked   atomic.Int32
}

func listen(t *testing.T, address string) *listening {
	t.Helper()
	l, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	at := &listening{address: l.Addr().String()}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { at.asked.Add(1) }))
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	return at
}

// nameServer answers every question for an IPv4 address by what answer gives,
// and those for IPv6 with none.
func nameServer(t *testing.T, answer func() string) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			m = dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}, Questions: []dnsmessage.Question{q}}
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(answer()).As4()},
				}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// TestProxy holds that a proxy is used where there is one, and that addresses
// written as numbers are looked at before.
func TestProxy(t *testing.T) {
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	through := reach.Through(3*time.Second, nil, proxy.URL)
	if err := get(t, through, "http://10.0.0.1/"); !errors.Is(err, reach.ErrRefused) || asked.Load() != 0 {
		t.Errorf("%v, the proxy was asked %d times", err, asked.Load())
	}
	if err := get(t, through, "http://verify.example/"); err != nil || asked.Load() != 1 {
		t.Errorf("%v, the proxy was asked %d times", err, asked.Load())
	}
}
