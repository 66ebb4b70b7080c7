package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRedisSettings reads configurations of Redis, good ones and others.
func TestRedisSettings(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"secret": strings.Repeat("s", 32) + "\n", "short": "s\n", "password": "wort\n", "none.pem": "nothing",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "open"), []byte(strings.Repeat("s", 32)), 0o644); err != nil {
		t.Fatal(err)
	}
	const one = `"addresses": ["127.0.0.1:1"], "secretFile": "secret"`
	tests := []struct {
		name, members string
		good          bool
	}{
		{"the least", one, true},
		{"a user", one + `, "username": "yizheng", "passwordFile": "password", "deployment": "test"`, true},
		{"sentinels", `"addresses": ["127.0.0.1:1", "127.0.0.1:2"], "secretFile": "secret", "sentinel": {"master": "m", "passwordFile": "password"}`, true},
		{"a cluster", `"addresses": ["127.0.0.1:1", "127.0.0.1:2"], "secretFile": "secret", "cluster": true`, true},
		{"TLS", one + `, "tls": {}`, true},
		{"no address", `"secretFile": "secret"`, false},
		{"no secret", `"addresses": ["127.0.0.1:1"]`, false},
		{"several and neither", `"addresses": ["127.0.0.1:1", "127.0.0.1:2"], "secretFile": "secret"`, false},
		{"both", one + `, "sentinel": {"master": "m"}, "cluster": true`, false},
		{"no master", one + `, "sentinel": {}`, false},
		{"a user without password", one + `, "username": "yizheng"`, false},
		{"half a certificate", one + `, "tls": {"key": "none.pem"}`, false},
		{"no certificate", one + `, "tls": {"certificate": "none.pem", "key": "none.pem"}`, false},
		{"no authorities", one + `, "tls": {"ca": "none.pem"}`, false},
		{"missing authorities", one + `, "tls": {"ca": "missing.pem"}`, false},
		{"secret too short", `"addresses": ["127.0.0.1:1"], "secretFile": "short"`, false},
		{"secret that others read", `"addresses": ["127.0.0.1:1"], "secretFile": "open"`, false},
		{"missing password", one + `, "username": "u", "passwordFile": "missing"`, false},
		{"a deployment that is a pattern", one + `, "deployment": "*"`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s checkerSettings
			err := decodeSettings("config.json", []byte(`{"redis": {`+tt.members+`}}`), &s)
			if err == nil {
				x, openErr := openExchange(s.Redis, s.Rate, dir, "310105", slog.New(slog.DiscardHandler))
				if err = openErr; err == nil {
					err = x.Close()
				}
			}
			if (err == nil) != tt.good {
				t.Errorf("good is %v: %v", tt.good, err)
			}
		})
	}
}
