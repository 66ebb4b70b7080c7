package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/license"
)

// overLimit tells of issuers who have more lists than a node keeps of one, so
// that what was used longest ago had to go.
type overLimit struct {
	log     *slog.Logger
	clock   func() time.Time
	dropped prometheus.Counter

	mu   sync.Mutex
	told map[license.Region]time.Time // when the log was last told
}

// tellOverLimit is how often the log is told of one issuer.
const tellOverLimit = 10 * time.Minute

func newOverLimit(log *slog.Logger, clock func() time.Time) *overLimit {
	return &overLimit{
		log: log, clock: clock, told: make(map[license.Region]time.Time),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yizheng_issuer_copies_dropped_total",
			Help: "Status lists, records and parts of closing lists of other issuers that were dropped, since this node keeps no more of one issuer, or of all; the log names the issuer.",
		}),
	}
}

// note is told of each thing that was dropped.
func (o *overLimit) note(region license.Region) {
	o.dropped.Inc()
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.clock(); now.Sub(o.told[region]) >= tellOverLimit {
		o.told[region] = now
		o.log.Warn("an issuer has more lists than there is room for; those used longest ago are dropped", "region", region, "reason", "issuer_over_limit")
	}
}
