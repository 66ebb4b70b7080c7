package courier

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		-time.Hour: soonest, 0: soonest, 16 * time.Second: soonest, 80 * time.Second: 10 * time.Second, 8 * time.Hour: time.Hour, 90 * 24 * time.Hour: time.Hour,
	} {
		if got := pause(age); got != want {
			t.Errorf("at the age of %v: %v, want %v", age, got, want)
		}
	}
}
