// Package reach says to which machines this program connects on somebody
// else's word. The addresses of other issuers' lists and offices stand in trust
// lists that others sign; one of them that named an address of our own network
// could have us ask there in his place (server-side request forgery). So such
// requests go to addresses of the Internet only, and to those ranges that the
// operator names. Start with [Parse] and [Client].
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// ErrRefused: the address lies in a network that is not the Internet's, and in
// no range that the configuration names.
var ErrRefused = errors.New("the address is not one of the Internet, and the configuration (reach) names no range with it")

// Ranges are those that are reached beside the Internet. The zero value is
// none.
type Ranges []netip.Prefix

// Loopback is this machine itself.
func Loopback() Ranges {
	return Ranges{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// Parse reads ranges in the form of RFC 4632 and RFC 4291, 10.20.0.0/16 or
// fd00:1::/32. Bits beyond the prefix are refused: whoever writes them has
// meant something else.
func Parse(texts []string) (Ranges, error) {
	var ranges Ranges
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() || p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is no range of addresses such as 10.20.0.0/16", text)
		}
		ranges = append(ranges, p)
	}
	return ranges, nil
}

// Permits says whether an address is reached.
func (r Ranges) Permits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return public(ip) || r.has(ip)
}

func (r Ranges) has(ip netip.Addr) bool {
	return slices.ContainsFunc(r, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Client gives a client for addresses that others name. Each attempt ends
// within the timeout. The address is looked at after its name was resolved, for
// each connection anew, so no name that changes and no other way of writing a
// number passes; redirects are not followed. Where the environment names a proxy
// for an address (HTTPS_PROXY, NO_PROXY), the proxy resolves its name and
// decides; only addresses that are written as numbers are looked at here.
func Client(timeout time.Duration, r Ranges) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second, ControlContext: r.control}
	direct := transport(timeout)
	direct.DialContext = dialer.DialContext
	proxied := transport(timeout)
	proxied.Proxy = http.ProxyFromEnvironment
	return &http.Client{
		Timeout:       timeout,
		Transport:     &outward{ranges: r, direct: direct, proxied: proxied, proxy: proxied.Proxy},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func transport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		TLSHandshakeTimeout: timeout, MaxIdleConns: 100, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// control is asked before each connection, with the address that it would go to.
func (r Ranges) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("connecting to %q: %w", address, err)
	}
	if !r.Permits(at.Addr()) {
		return fmt.Errorf("%s: %w", at.Addr(), ErrRefused)
	}
	return nil
}

// outward takes the way by the proxy where there is one.
type outward struct {
	ranges          Ranges
	direct, proxied *http.Transport
	proxy           func(*http.Request) (*url.URL, error)
}

// RoundTrip implements http.RoundTripper.
func (o *outward) RoundTrip(request *http.Request) (*http.Response, error) {
	proxy, err := o.proxy(request)
	if err != nil || proxy == nil {
		return o.direct.RoundTrip(request)
	}
	if ip, err := netip.ParseAddr(request.URL.Hostname()); err == nil && !o.ranges.Permits(ip) {
		return nil, fmt.Errorf("%s: %w", ip, ErrRefused)
	}
	return o.proxied.RoundTrip(request)
}

// CloseIdleConnections closes what is kept open.
func (o *outward) CloseIdleConnections() {
	o.direct.CloseIdleConnections()
	o.proxied.CloseIdleConnections()
}
