package main

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/batch"
	"yizheng/dispute"
	"yizheng/register"
)

// gather collects what is only known when it is asked for.
type gather struct {
	descriptions []*prometheus.Desc
	collect      func(chan<- prometheus.Metric)
}

// Describe implements prometheus.Collector.
func (g gather) Describe(out chan<- *prometheus.Desc) {
	for _, d := range g.descriptions {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g gather) Collect(out chan<- prometheus.Metric) { g.collect(out) }

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

// seconds of Unix time, as Prometheus wants instants.
func unix(t time.Time) float64 { return float64(t.Unix()) }

func buildInfo() prometheus.Collector {
	info := described("yizheng_build_info", "1, with the version of this program and of Go.", "version", "go")
	return gather{[]*prometheus.Desc{info}, func(out chan<- prometheus.Metric) {
		out <- gauge(info, 1, version, runtime.Version())
	}}
}

// metrics tells what a node verifies by.
func (c *checker) metrics() []prometheus.Collector {
	expiry := described("yizheng_trust_expiry_timestamp_seconds", "When the trust document of a signer ceases to count, in Unix time; past it every verification that rests on it is unknown.", "signer", "document")
	age := described("yizheng_status_list_age_seconds", "Age of the oldest signature among the status lists of our own register, as this node has them.")
	signed := described("yizheng_trust_signatures_expiry_timestamp_seconds", "Until when the signatures of its holders carry a trust document, in Unix time, whatever is stated from day to day; it is to be signed anew before.", "signer", "document")
	copies := described("yizheng_issuer_copies_bytes", "Memory that is taken by what is held of other issuers: status lists, records and closing lists.")
	return []prometheus.Collector{buildInfo(), c.overLimit.dropped, gather{[]*prometheus.Desc{expiry, signed, age, copies}, func(out chan<- prometheus.Metric) {
		v := c.view.Load()
		out <- gauge(copies, float64(v.lists.Bytes()))
		for _, p := range v.bundle.Publications {
			for part, term := range p.Terms() {
				end, _ := p.Ends(term, part)
				out <- gauge(expiry, unix(end), p.Path(), string(part))
				out <- gauge(signed, unix(signedUntil(p, term)), p.Path(), string(part))
			}
		}
		now, oldest := c.clock(), time.Time{}
		for _, held := range v.lists.Held() {
			if c.keeps(held.Region) && (oldest.IsZero() || held.Issued.Before(oldest)) {
				oldest = held.Issued
			}
		}
		if !oldest.IsZero() {
			out <- gauge(age, now.Sub(oldest).Seconds())
		}
	}}}
}

// metrics tells what an issuing node works with, beside what it verifies by.
func (n *node) metrics() []prometheus.Collector {
	all := append(n.checker.metrics(), n.issuing.metrics()...)
	all = append(all, n.rows, newBacklog(n.d.store.Workload, n.clock),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "yizheng_seal_certificate_expiry_timestamp_seconds",
			Help: "When the seal's certificate expires, in Unix time; documents are not sealed after that."}, n.d.press.seal.expires))
	if n.filing != nil {
		all = append(all, n.filing.metrics()...)
	}
	if pool := n.d.store.Postgres(); pool != nil {
		connections := described("yizheng_database_connections", "Connections to PostgreSQL by state.", "state")
		most := described("yizheng_database_connections_max", "How many connections to PostgreSQL this node opens at most.")
		waited := described("yizheng_database_connection_waits_total", "How often a connection to PostgreSQL had to be waited for.")
		all = append(all, gather{[]*prometheus.Desc{connections, most, waited}, func(out chan<- prometheus.Metric) {
			stat := pool.Stat()
			out <- gauge(connections, float64(stat.AcquiredConns()), "used")
			out <- gauge(connections, float64(stat.IdleConns()), "idle")
			out <- gauge(most, float64(stat.MaxConns()))
			out <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
		}})
	}
	return all
}

// newBatchRows counts the rows of batches that this node works through.
func newBatchRows() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yizheng_batch_rows_total", Help: "Rows of batches that this node went through, by phase: validating, issuing, acting.",
	}, []string{"phase"})
}

// passing counts the rows between two events of one run.
func passing(rows *prometheus.CounterVec) func() func(batch.Event) {
	return func() func(batch.Event) {
		seen := make(map[string]int)
		return func(e batch.Event) {
			before, known := seen[e.Phase]
			if !known {
				before = e.Before
			}
			seen[e.Phase] = e.Rows
			rows.WithLabelValues(e.Phase).Add(float64(max(0, e.Rows-before)))
		}
	}
}

// backlog counts what waits in the register. Counting takes longer the more
// waits, so it is done anew only when it has taken a small part of the time
// since.
type backlog struct {
	count func(context.Context) (register.Workload, error)
	clock func() time.Time

	events, age, jobs, batches, disputes, disputeAge *prometheus.Desc

	mu    sync.Mutex
	held  register.Workload
	good  bool
	again time.Time // when to count anew
}

// countWithin bounds one count, and countPart is how many times as long as a
// count takes its figures are kept.
const (
	countWithin = 5 * time.Second
	countPart   = 20
)

func newBacklog(count func(context.Context) (register.Workload, error), clock func() time.Time) *backlog {
	return &backlog{count: count, clock: clock,
		events:     described("yizheng_outbox_events", "Events that the e-license library does not have: pending ones, and dead ones that were given up and wait for an operator.", "state"),
		age:        described("yizheng_outbox_oldest_event_age_seconds", "How long ago the oldest event happened that the e-license library does not have; 0 when it has all."),
		jobs:       described("yizheng_jobs", "Jobs that have not ended, by kind and by River's state.", "kind", "state"),
		disputes:   described("yizheng_disputes", "Disputes without an answer: waiting to be delivered, open with their issuer elsewhere, received by this office.", "state"),
		disputeAge: described("yizheng_disputes_oldest_age_seconds", "How long ago the oldest of them came into the register; 0 when there is none.", "state"),
		batches:    described("yizheng_batch_jobs", "Files of many rows that wait or are worked on.", "state"),
	}
}

// Describe implements prometheus.Collector.
func (b *backlog) Describe(out chan<- *prometheus.Desc) {
	out <- b.events
	out <- b.age
	out <- b.jobs
	out <- b.batches
	out <- b.disputes
	out <- b.disputeAge
}

// Collect implements prometheus.Collector. While the register does not answer
// there are no figures, rather than old ones; the readiness check says why.
func (b *backlog) Collect(out chan<- prometheus.Metric) {
	w, good := b.workload()
	if !good {
		return
	}
	out <- gauge(b.events, float64(w.Filing.Pending), "pending")
	out <- gauge(b.events, float64(w.Filing.Dead), "dead")
	out <- gauge(b.age, b.since(w.Filing.Oldest))
	for state, c := range map[string]dispute.Count{"waiting": w.Waiting, "open": w.Open, "received": w.Received} {
		out <- gauge(b.disputes, float64(c.Number), state)
		out <- gauge(b.disputeAge, b.since(c.Oldest), state)
	}
	for _, j := range w.Jobs {
		out <- gauge(b.jobs, float64(j.Jobs), j.Kind, j.State)
	}
	for state, jobs := range w.Batches {
		out <- gauge(b.batches, float64(jobs), string(state))
	}
}

// since is how many seconds ago an instant was; 0 for none.
func (b *backlog) since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, b.clock().Sub(t).Seconds())
}

func (b *backlog) workload() (register.Workload, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	began := time.Now()
	if began.Before(b.again) {
		return b.held, b.good
	}
	ctx, cancel := context.WithTimeout(context.Background(), countWithin)
	defer cancel()
	var err error
	b.held, err = b.count(ctx)
	b.good = err == nil
	took := time.Since(began)
	b.again = began.Add(took * countPart)
	return b.held, b.good
}
