package reach

import "net/netip"

// public says whether an address is one of the Internet, by the registries of
// special-purpose addresses (RFC 6890). Of IPv6 that is 2000::/3; one that has
// an IPv4 address within is what that is (RFC 6052), and of the other ways of
// putting one into the other (6to4, Teredo) none is reached.
func public(ip netip.Addr) bool {
	if ip.Is4() {
		return !special4().has(ip)
	}
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(ip) {
		b := ip.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	return netip.MustParsePrefix("2000::/3").Contains(ip) && !special6().has(ip)
}

func special4() Ranges {
	return ranges(
		"0.0.0.0/8",       // this network
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // between a provider and its customers
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local: where clouds give out credentials
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocols
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // relays of 6to4
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // trials
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, and broadcast
	)
}

func special6() Ranges {
	return ranges(
		"2001::/23",     // protocols, Teredo among them
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4
		"3fff::/20",     // documentation
	)
}

func ranges(texts ...string) (all Ranges) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
