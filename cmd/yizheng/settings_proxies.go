package main

import (
	"fmt"
	"net/netip"
)

// proxiesOf reads the addresses of the proxies that stand in front of a node,
// and ranges of them. All addresses there are, as a range, are refused: by it
// everybody could write himself the address that he is counted under.
func proxiesOf(named []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range named {
		p, err := netip.ParsePrefix(text)
		if ip, failed := netip.ParseAddr(text); failed == nil && ip.Zone() == "" {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		switch {
		case err != nil || p != p.Masked() || p.Addr().Is4In6():
			return nil, fmt.Errorf("proxies: %q is no address such as 10.0.0.7, and no range such as 10.0.0.0/8", text)
		case p.Bits() == 0:
			return nil, fmt.Errorf("proxies: %q is every address; name those of the proxies alone", text)
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}
