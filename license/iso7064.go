package license

// The two check systems of ISO/IEC 7064 that identifiers here use: a pure
// "hybrid" computation over one running value each.

const alphabet36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// mod3736 is the check character of ISO 7064 MOD 37,36 over parts in a row; ok
// is false when they have a character other than a digit or a capital letter.
func mod3736(parts ...string) (check byte, ok bool) {
	p := 36
	for _, s := range parts {
		for i := range len(s) {
			switch c := s[i]; {
			case '0' <= c && c <= '9':
				p += int(c - '0')
			case 'A' <= c && c <= 'Z':
				p += int(c-'A') + 10
			default:
				return 0, false
			}
			if p > 36 {
				p -= 36
			}
			p *= 2
			if p > 36 {
				p -= 37
			}
		}
	}
	return alphabet36[(37-p)%36], true
}

// mod1110 is the check digit of ISO 7064 MOD 11,10 over the digits s.
func mod1110(s string) byte {
	p := 10
	for i := range len(s) {
		p = (p + int(s[i]-'0')) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return byte('0' + (11-p)%10)
}
