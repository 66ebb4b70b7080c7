package exchange

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter counts what is asked of Redis.
type meter struct {
	operations *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
}

func newMeter() *meter {
	return &meter{
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_redis_operations_total",
			Help: "What was asked of Redis, by operation and result: ok, hit, miss, refused (no node of ours wrote it), error, away (not asked).",
		}, []string{"operation", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "yizheng_redis_operation_duration_seconds",
			Help:    "Time that Redis took, by operation.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1},
		}, []string{"operation"}),
	}
}

func (m *meter) count(operation, result string) {
	m.operations.WithLabelValues(operation, result).Inc()
}

func (m *meter) took(operation string, d time.Duration) {
	m.seconds.WithLabelValues(operation).Observe(d.Seconds())
}

func (m *meter) collectors(l *link) []prometheus.Collector {
	return []prometheus.Collector{m.operations, m.seconds, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yizheng_redis_up", Help: "1 when Redis answers in time, 0 when this node goes on alone.",
	}, func() float64 {
		if l.away.Load() {
			return 0
		}
		return 1
	})}
}
