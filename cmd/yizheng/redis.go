package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"yizheng/exchange"
	"yizheng/keys"
	"yizheng/license"
)

// redisSettings is where the nodes of a deployment share what they have in
// common. Paths are from the folder of the configuration, and files with
// secrets must be their owner's alone.
type redisSettings struct {
	// Addresses, host:port: of the server, of the sentinels, or of some nodes
	// of a cluster.
	Addresses []string          `json:"addresses"`
	Sentinel  *sentinelSettings `json:"sentinel,omitempty"`
	Cluster   bool              `json:"cluster,omitempty"`
	TLS       *tlsSettings      `json:"tls,omitempty"` // {} for the machine's authorities

	Username     string `json:"username,omitempty"`
	PasswordFile string `json:"passwordFile,omitempty"`
	// SecretFile holds at least 32 bytes that every node has, and Redis has
	// not: by them a node knows what another wrote.
	SecretFile string `json:"secretFile"`
	// Deployment is what its keys in Redis are named after; the region, where
	// it is absent.
	Deployment string `json:"deployment,omitempty"`
}

type sentinelSettings struct {
	Master       string `json:"master"` // as the sentinels call it
	Username     string `json:"username,omitempty"`
	PasswordFile string `json:"passwordFile,omitempty"` // of the sentinels
}

type tlsSettings struct {
	CA          string `json:"ca,omitempty"`          // PEM: the authorities, in place of the machine's
	Certificate string `json:"certificate,omitempty"` // PEM: ours, where Redis asks for one
	Key         string `json:"key,omitempty"`         // PEM
	ServerName  string `json:"serverName,omitempty"`  // where it is not the address's host
}

// rateSettings is how often one client may ask for what everybody may ask for,
// at all nodes together where they share Redis.
type rateSettings struct {
	PerSecond float64 `json:"perSecond,omitempty"` // 10 where absent
	Burst     int     `json:"burst,omitempty"`     // 60 where absent
}

func (s *redisSettings) check() error {
	switch {
	case len(s.Addresses) == 0 || s.SecretFile == "":
		return errors.New("redis needs addresses and secretFile")
	case s.Sentinel != nil && s.Cluster:
		return errors.New("redis: sentinel or cluster, and not both")
	case s.Sentinel != nil && s.Sentinel.Master == "":
		return errors.New("redis: sentinel needs master")
	case s.TLS != nil && (s.TLS.Certificate == "") != (s.TLS.Key == ""):
		return errors.New("redis: tls needs certificate and key, both or neither")
	case s.Username != "" && s.PasswordFile == "":
		return errors.New("redis: username needs passwordFile")
	}
	return nil
}

// openExchange builds what a node shares with the others; alone where nothing
// is configured. dir is where the configuration lies.
func openExchange(s *redisSettings, rate *rateSettings, dir string, region license.Region, log *slog.Logger) (*exchange.Exchange, error) {
	var c exchange.Config
	if s != nil {
		var err error
		if c, err = s.exchange(dir, region); err != nil {
			return nil, usage("redis", err)
		}
	}
	c.Log = log
	if rate != nil {
		c.Rate = exchange.Rate(*rate)
	}
	x, err := exchange.New(c)
	if err != nil {
		return nil, usage("configuration", err)
	}
	return x, nil
}

// exchange reads what the configuration names.
func (s *redisSettings) exchange(dir string, region license.Region) (c exchange.Config, err error) {
	from := func(name string) string { return pathIn(dir, name) }
	secret := func(name string) string {
		if name == "" || err != nil {
			return ""
		}
		var raw []byte
		raw, err = keys.ReadSecret(from(name))
		return string(bytes.TrimSpace(raw))
	}
	r := exchange.Redis{Addresses: s.Addresses, Cluster: s.Cluster, Username: s.Username, Password: secret(s.PasswordFile)}
	if s.Sentinel != nil {
		r.Master, r.SentinelUsername, r.SentinelPassword = s.Sentinel.Master, s.Sentinel.Username, secret(s.Sentinel.PasswordFile)
	}
	c = exchange.Config{Redis: &r, Deployment: s.Deployment, Secret: []byte(secret(s.SecretFile))}
	if c.Deployment == "" {
		c.Deployment = string(region)
	}
	if err != nil || s.TLS == nil {
		return c, err
	}
	r.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.TLS.ServerName}
	if s.TLS.CA != "" {
		authorities, err := os.ReadFile(from(s.TLS.CA))
		if err != nil {
			return c, fmt.Errorf("reading the authorities of redis: %w", err)
		}
		r.TLS.RootCAs = x509.NewCertPool()
		if !r.TLS.RootCAs.AppendCertsFromPEM(authorities) {
			return c, fmt.Errorf("%s holds no certificate", s.TLS.CA)
		}
	}
	if s.TLS.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(from(s.TLS.Certificate), from(s.TLS.Key))
		if err != nil {
			return c, fmt.Errorf("loading our certificate for redis: %w", err)
		}
		r.TLS.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
