package payload_test

import (
	"bytes"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"yizheng/payload"
)

// TestDigitCount compares the arithmetic with the numbers themselves.
func TestDigitCount(t *testing.T) {
	power := big.NewInt(1)
	counts := map[int]int{}
	for n := range payload.MaxBytes + 1 {
		want := len(new(big.Int).Sub(power, big.NewInt(1)).String())
		if n == 0 {
			want = 0
		}
		if got := payload.DigitCount(n); got != want {
			t.Fatalf("%d bytes take %d digits, computed %d", n, want, got)
		}
		counts[want] = n
		power.Lsh(power, 8)
	}
	for digits := range payload.DigitCount(payload.MaxBytes) + 1 {
		want, exists := counts[digits]
		if got, ok := payload.ByteCount(digits); ok != exists || ok && got != want {
			t.Fatalf("%d digits are %d bytes, %v; want %d, %v", digits, got, ok, want, exists)
		}
	}
	if n := payload.DigitCount(payload.MaxBytes); n+8 > payload.MaxDigits || payload.DigitCount(payload.MaxBytes+1)+8 <= payload.MaxDigits {
		t.Errorf("%d bytes are not the most that %d digits hold", payload.MaxBytes, payload.MaxDigits)
	}
}

func TestDigitsRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 6))
	for _, n := range []int{1, 2, 3, 17, 18, 19, 78, 79, 182, 255, 256, 257, 700, payload.MaxBytes} {
		for _, fill := range []int{0, 0xFF, -1} {
			b := make([]byte, n)
			for i := range b {
				if b[i] = byte(fill); fill < 0 {
					b[i] = byte(r.Uint32())
				}
			}
			s := payload.EncodeDigits(b)
			if got, err := payload.DecodeDigits(s); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("%d bytes of %d do not come back: %v", n, fill, err)
			}
		}
	}
}

// framed puts magic, version and check digits around an integer, whatever it
// is. The check is computed apart from the package.
func framed(version byte, integer string) string {
	s := "86" + string(version) + integer
	r := big.NewInt(int64(len(s)))
	for _, d := range s {
		r.Mul(r, big.NewInt(10)).Add(r, big.NewInt(int64(d-'0')))
	}
	check := r.Mod(r, big.NewInt(99991)).String()
	return s + strings.Repeat("0", 5-len(check)) + check
}

func TestDigitsRefuse(t *testing.T) {
	good := payload.EncodeDigits([]byte("license"))
	integer := good[3 : len(good)-5]
	for _, c := range []struct {
		name, digits string
		want         error
		reason       string
	}{
		{"as it is", framed('1', integer), nil, ""},
		{"empty", "", payload.ErrUnreadable, ""},
		{"frame alone", framed('1', ""), payload.ErrMalformed, payload.ReasonLength},
		{"too short", "861", payload.ErrUnreadable, ""},
		{"a digit changed", good[:5] + "0" + good[6:], payload.ErrUnreadable, ""},
		{"check digit changed", good[:len(good)-1] + string('0'+(good[len(good)-1]-'0'+1)%10), payload.ErrUnreadable, ""},
		{"cut at the end", good[:len(good)-1], payload.ErrUnreadable, ""},
		{"cut at the start", good[1:], payload.ErrUnreadable, ""},
		{"zero before", framed('1', "0"+integer), payload.ErrMalformed, payload.ReasonLength},
		{"out of range", framed('1', strings.Repeat("9", len(integer))), payload.ErrMalformed, payload.ReasonRange},
		{"later version", framed('9', integer), payload.ErrVersion, ""},
		{"version 0", framed('0', integer), payload.ErrVersion, ""},
		{"later version misread", framed('9', integer)[:12] + "0", payload.ErrUnreadable, ""},
		{"too long", framed('1', strings.Repeat("1", payload.MaxDigits)), payload.ErrUnreadable, ""},
	} {
		_, err := payload.DecodeDigits(c.digits)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		var m *payload.MalformedError
		if errors.As(err, &m) && m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// TestCheckDigits counts the errors that slip through: none in a digit or two
// neighbours, and about one in a hundred thousand of the others.
func TestCheckDigits(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	good := []byte(payload.EncodeDigits(bytes.Repeat([]byte{0x5A, 0xC3, 0x17}, 80)))
	missed := func(s []byte) bool {
		_, err := payload.DecodeDigits(string(s))
		return !errors.Is(err, payload.ErrUnreadable)
	}
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			s := bytes.Clone(good)
			if s[i] = d; s[i] != good[i] && missed(s) {
				t.Fatalf("digit %d as %c is not noticed", i, d)
			}
		}
		if i > 0 && good[i] != good[i-1] {
			s := bytes.Clone(good)
			if s[i], s[i-1] = s[i-1], s[i]; missed(s) {
				t.Fatalf("exchange of digits %d and %d is not noticed", i-1, i)
			}
		}
		if missed(good[:i]) || i > 0 && missed(good[i:]) {
			t.Fatalf("cut at %d is not noticed", i)
		}
	}
	count := 0
	for range 20000 {
		s := bytes.Clone(good)
		for range 2 + r.IntN(10) {
			s[r.IntN(len(s))] = byte('0' + r.IntN(10))
		}
		if !bytes.Equal(s, good) && missed(s) {
			count++
		}
	}
	if count > 4 {
		t.Errorf("%d of 20000 errors are not noticed", count)
	}
}

// FuzzDigits: what is read is written in the same digits.
func FuzzDigits(f *testing.F) {
	f.Add(payload.EncodeDigits([]byte("license")))
	f.Add(framed('1', "999"))
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Trim(s, "0123456789") != "" {
			return // callers hand over digits only
		}
		if b, err := payload.DecodeDigits(s); err == nil && payload.EncodeDigits(b) != s {
			t.Fatalf("%s is written again as %s", s, payload.EncodeDigits(b))
		}
		// Fuzzing does not hit check digits by chance, so it is given them.
		s = framed('1', s)
		if b, err := payload.DecodeDigits(s); err == nil && payload.EncodeDigits(b) != s {
			t.Fatalf("%s is written again as %s", s, payload.EncodeDigits(b))
		}
	})
}
