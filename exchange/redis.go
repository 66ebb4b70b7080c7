package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Redis says where Redis is and who asks.
type Redis struct {
	// Addresses, each host:port: of the one server; of sentinels, where
	// Master names what they watch; of some nodes of a cluster, where Cluster
	// is set.
	Addresses []string
	Master    string
	Cluster   bool

	Username, Password string // of Redis; empty for its default user, without password
	// Of the sentinels, where they ask for them.
	SentinelUsername, SentinelPassword string

	TLS *tls.Config // nil for none
}

// String keeps the passwords out of logs.
func (r Redis) String() string { return "redis" }

// GoString does the same for %#v.
func (r Redis) GoString() string { return r.String() }

func (r Redis) check() error {
	switch {
	case len(r.Addresses) == 0:
		return errors.New("redis has no addresses")
	case r.Master != "" && r.Cluster:
		return errors.New("redis is either behind sentinels or a cluster")
	case len(r.Addresses) > 1 && r.Master == "" && !r.Cluster:
		return errors.New("several addresses are those of sentinels or of a cluster")
	case r.Master == "" && r.SentinelPassword != "":
		return errors.New("a password for sentinels, and no sentinels")
	}
	for _, a := range r.Addresses {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return errors.New("an address of redis is not of the form host:port")
		}
	}
	return nil
}

// The bounds of a connection. Requests are bounded by the budget, far below;
// these hold for what runs in the background.
const (
	dialWithin  = time.Second
	replyWithin = time.Second
	connections = 32
)

// client makes a client that tries once, and quickly. It speaks RESP2, in
// which nothing comes that was not asked for outside a subscription.
func (r Redis) client() redis.UniversalClient {
	return redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: r.Addresses, MasterName: r.Master, IsClusterMode: r.Cluster,
		Username: r.Username, Password: r.Password,
		SentinelUsername: r.SentinelUsername, SentinelPassword: r.SentinelPassword,
		Dialer:   r.dial,
		Protocol: 2, ContextTimeoutEnabled: true,
		// One more attempt, for a connection that was closed while it lay idle.
		MaxRetries: 1, MinRetryBackoff: time.Millisecond, MaxRetryBackoff: 2 * time.Millisecond,
		DialTimeout: dialWithin, DialerRetries: 1, ReadTimeout: replyWithin, WriteTimeout: replyWithin,
		PoolSize: connections, MinIdleConns: 2, PoolTimeout: replyWithin, PipelinePoolSize: -1,
		ReadBufferSize: 8 << 10, WriteBufferSize: 8 << 10,
		FailingTimeoutSeconds:    1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// dial connects, and guards what is read.
func (r Redis) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	plain, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if r.TLS == nil {
		if tcp, ok := plain.(*net.TCPConn); ok {
			return &guardedTCP{guarded{Conn: plain}, tcp}, nil
		}
		return &guarded{Conn: plain}, nil
	}
	config := r.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address) // it was dialled, so it has a host
	}
	secure := tls.Client(plain, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return &guarded{Conn: secure}, nil
}
