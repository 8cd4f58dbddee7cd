package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
)

// Metrics are what a monitoring system asks for. None has a lead, a person or anything that they wrote in it.
type Metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	messages   *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	decisions  *prometheus.CounterVec
	deliveries *prometheus.CounterVec
}

// NewMetrics makes metrics that count from zero.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "crm", Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("requests_total", "Requests of machines that were answered.", "route", "code"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "crm", Name: "request_seconds", Help: "Time from a request's header to its answer.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"route"}),
		messages:   counter("messages_total", "Messages about leads: new ones, and known ones that came again.", "result"),
		refusals:   counter("refusals_total", "Requests of machines that were refused.", "kind"),
		decisions:  counter("decisions_total", "Answers of the desk to commands of people, of machines and of the scheduler.", "command", "outcome"),
		deliveries: counter("deliveries_total", "Tries to deliver an effect.", "outcome"),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.messages, m.refusals, m.decisions, m.deliveries)
	return m
}

// Decided counts an answer of the desk, see [app.Options].Count.
func (m *Metrics) Decided(command string, refused bool) {
	outcome := "decided"
	if refused {
		outcome = "refused"
	}
	m.decisions.WithLabelValues(command, outcome).Inc()
}

// Sent counts the tries of a [app.Send].
func (m *Metrics) Sent(send app.Send) app.Send {
	return func(ctx context.Context, d store.Delivery) error {
		err := send(ctx, d)
		outcome := "delivered"
		if err != nil {
			outcome = "failed"
		}
		m.deliveries.WithLabelValues(outcome).Inc()
		return err
	}
}

func (m *Metrics) answered(route string, code int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(code)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *Metrics) ingested(in app.Ingested) {
	m.messages.WithLabelValues("new").Add(float64(in.Messages - in.Known))
	m.messages.WithLabelValues("known").Add(float64(in.Known))
}

// handler answers with the metrics, and with how far behind the application is.
func (m *Metrics) handler(a *app.App) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&backlog{a})
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, registry}, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// backlog asks the database how far behind the application is, when the metrics are asked for.
type backlog struct{ app *app.App }

var (
	pending = prometheus.NewDesc("crm_outbox_effects", "Effects that are not delivered yet, or given up.", []string{"state"}, nil)
	waiting = prometheus.NewDesc("crm_outbox_late_seconds", "For how long the effect that waits longest could have been sent.", nil, nil)
	late    = prometheus.NewDesc("crm_timers_late_seconds", "For how long the timer that waits longest has been due.", nil, nil)
	healthy = prometheus.NewDesc("crm_database_up", "1 if the database answers.", nil, nil)
)

func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pending, waiting, late, healthy} {
		to <- d
	}
}

func (b *backlog) Collect(to chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	s, now := b.app.Store(), b.app.Now()
	counts, err := s.OutboxCounts(ctx, now)
	if err != nil {
		gauge(healthy, 0)
		return
	}
	gauge(healthy, 1)
	for _, state := range []string{store.PendingState, store.DeadState} {
		gauge(pending, float64(counts[state]), state)
	}
	if next, err := s.NextEffect(ctx); err == nil {
		gauge(waiting, since(next, now))
	}
	if next, err := s.NextTimer(ctx); err == nil {
		gauge(late, since(next, now))
	}
}

// since is for how many seconds something is late; 0 if it is not.
func since(due, now time.Time) float64 {
	if due.IsZero() || due.After(now) {
		return 0
	}
	return now.Sub(due).Seconds()
}
