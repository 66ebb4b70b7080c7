package faults_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

// TestRedis flushes, kills and stalls the Redis that two nodes share, while
// clerks are at work. No clerk waits for it, nothing is answered otherwise than
// without it, and an act at one node is seen at the other in time.
func TestRedis(t *testing.T) {
	t.Parallel()
	random := random(t)
	redis := exchangetest.Start(t, exchangetest.Options{})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("s", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDistrict(t, sqlite, options{config: map[string]any{
		"redis": map[string]any{"addresses": []string{redis.Address()}, "secretFile": secret},
	}})
	d.serve(2)
	clerks := d.sit(random, 2)
	for range times(4, 60) {
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		switch random.IntN(3) {
		case 0:
			if err := redis.Admin().FlushAll(context.Background()).Err(); err != nil {
				t.Error(err)
			}
			d.valid(clerks)
		case 1:
			redis.Stop()
			d.valid(clerks) // at both nodes
			redis.Restart()
		case 2:
			redis.Stall(true)
			d.valid(clerks)
			redis.Stall(false)
		}
	}
	clerks.rest()
	if clerks.slowest > 10*time.Second {
		t.Errorf("a clerk has waited for %v", clerks.slowest)
	}
	d.audit(clerks)
}
