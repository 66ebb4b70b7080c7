package api

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/labstack/echo/v4"
)

// extractor finds the client's address: the connection's, or the last one in
// X-Forwarded-For that no proxy of ours wrote of itself.
func extractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		masked := p.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: masked.Addr().AsSlice(), Mask: net.CIDRMask(masked.Bits(), masked.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// told says once in the log that X-Forwarded-For came from an address that is
// no proxy's. Either somebody forges it, or a proxy is not named in the
// configuration, and then all who come through it are one client.
func told(address echo.IPExtractor, proxies []netip.Prefix, log *slog.Logger) echo.IPExtractor {
	var once sync.Once
	return func(r *http.Request) string {
		if r.Header.Get(echo.HeaderXForwardedFor) != "" {
			if from := echo.ExtractIPDirect()(r); !isProxy(proxies, from) {
				once.Do(func() {
					log.Warn("X-Forwarded-For is not believed: it comes from an address that the configuration (proxies) does not name", "from", from, "reason", "proxy_unknown")
				})
			}
		}
		return address(r)
	}
}

func isProxy(proxies []netip.Prefix, address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}
