package exchange_test

import (
	"strings"
	"testing"

	"yizheng/exchange"
)

func TestGuard(t *testing.T) {
	tests := []struct {
		name, stream string
		passes       bool
	}{
		{"simple", "+OK\r\n:5\r\n-ERR no\r\n", true},
		{"strings", "$3\r\nabc\r\n$0\r\n\r\n$-1\r\n$2\r\n$9\r\n", true},
		{"a string like a length", "$12\r\n$99999999\r\n\r\n\r\n+OK\r\n", true},
		{"arrays", "*2\r\n*1\r\n:1\r\n$1\r\na\r\n*0\r\n*-1\r\n*1\r\n$-1\r\n", true},
		{"RESP3", "%1\r\n+a\r\n:1\r\n~1\r\n_\r\n", true},
		{"many small arrays", strings.Repeat("*1\r\n:1\r\n", 10000), true},
		{"huge string", "$2097153\r\n", false},
		{"length beyond integers", "$99999999999999999999999999\r\n", false},
		{"huge array", "*65537\r\n", false},
		{"huge map", "%65535\r\n", false},
		{"endless nesting", strings.Repeat("*1\r\n", 7), false},
		{"nesting beside elements", strings.Repeat("*2\r\n+a\r\n", 7), false},
		{"endless line", "+" + strings.Repeat("a", 70<<10), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exchange.Guarded([]byte(tt.stream)); got != tt.passes {
				t.Errorf("in one piece: %v", got)
			}
			var pieces [][]byte
			for _, b := range []byte(tt.stream) {
				pieces = append(pieces, []byte{b})
			}
			if got := exchange.Guarded(pieces...); got != tt.passes {
				t.Errorf("byte by byte: %v", got)
			}
		})
	}
}

// FuzzGuard holds that how a stream is cut into pieces makes no difference.
func FuzzGuard(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nabc\r\n:1\r\n"), uint8(3))
	f.Add([]byte("$-1\r\n*70000\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, at uint8) {
		whole := exchange.Guarded(stream)
		cut := min(int(at), len(stream))
		if exchange.Guarded(stream[:cut], stream[cut:]) != whole {
			t.Errorf("cut at %d it is judged otherwise", cut)
		}
	})
}
