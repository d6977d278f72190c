// Package telemetry tells operators what the server does: [Metrics] counts for
// Prometheus, [Traces] sends OpenTelemetry spans to a collector.
//
// A nil *Metrics and a nil *Traces are off: their methods do nothing. Neither
// ever holds a key, a token, or what a caller or a model wrote, but for a span's
// place in the caller's trace and the id of its message.
package telemetry

import (
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const namespace = "ai_endpoints_mcp"

// MetricsOptions configures [Metrics].
type MetricsOptions struct {
	Version string // of this program
	// Catalog gives the catalogue as it is known, nil while nothing is. It is
	// asked often and fetches nothing.
	Catalog func() *catalog.Catalog
}

// Metrics counts in a registry of its own. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	catalog  func() *catalog.Catalog

	calls        *prometheus.CounterVec
	callDuration *prometheus.HistogramVec
	firstToken   *prometheus.HistogramVec
	tokens       *prometheus.CounterVec
	cost         *prometheus.CounterVec
	warnings     *prometheus.CounterVec

	attempts        *prometheus.CounterVec
	attemptDuration *prometheus.HistogramVec

	inFlight prometheus.Gauge
	requests *prometheus.CounterVec
}

// seconds are the histograms' buckets: an embedding takes 50 ms, a reasoning
// model may take the whole deadline of 5 minutes.
func seconds() []float64 {
	return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300}
}

// NewMetrics makes metrics that have counted nothing yet.
func NewMetrics(o MetricsOptions) *Metrics {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return factory.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return factory.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: seconds()}, labels)
	}
	m := &Metrics{
		registry: registry, catalog: o.Catalog,
		calls:        counter("calls_total", "Tool calls that have ended, by code: ok, or the error's.", "tool", "model", "token", "code"),
		callDuration: histogram("call_duration_seconds", "Time that tool calls took, waits and new tries included.", "tool", "model"),
		firstToken:   histogram("first_token_seconds", "Time until the first piece of an answer.", "tool", "model"),
		tokens:       counter("tokens_total", "Tokens that the service counted, by kind: prompt or completion.", "tool", "model", "token", "kind"),
		cost:         counter("cost_eur_total", "Cost of calls in EUR, at the catalogue's prices.", "tool", "model", "token"),
		warnings:     counter("warnings_total", "Warnings in answers.", "tool", "code"),

		attempts:        counter("upstream_attempts_total", "Requests to models that have ended, by code: ok, or the failure's.", "model", "code"),
		attemptDuration: histogram("upstream_attempt_duration_seconds", "Time that requests to models took.", "model"),

		inFlight: factory.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "requests_in_flight", Help: "HTTP requests that are being answered."}),
		requests: counter("http_requests_total", "HTTP requests that have ended, by status.", "status"),
	}
	factory.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "1, for the program's version."}, []string{"version", "goversion"}).
		WithLabelValues(o.Version, runtime.Version()).Set(1)
	registry.MustRegister(newCatalogCollector(o.Catalog), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call is a tool call that has ended.
type Call struct {
	Tool     string // one of the server's, not what a caller wrote
	Token    string // the name of the caller's token; "" without authentication
	Duration time.Duration
	tools.Summary
}

// CountCall counts a call.
func (m *Metrics) CountCall(c Call) {
	if m == nil {
		return
	}
	model, token := m.modelLabel(c.Model), orNone(c.Token)
	m.calls.WithLabelValues(c.Tool, model, token, codeLabel(c.Code)).Inc()
	m.callDuration.WithLabelValues(c.Tool, model).Observe(c.Duration.Seconds())
	if c.FirstTokenMS > 0 {
		m.firstToken.WithLabelValues(c.Tool, model).Observe((time.Duration(c.FirstTokenMS) * time.Millisecond).Seconds())
	}
	if c.TotalTokens > 0 {
		grow(m.tokens.WithLabelValues(c.Tool, model, token, "prompt"), float64(c.PromptTokens))
		grow(m.tokens.WithLabelValues(c.Tool, model, token, "completion"), float64(c.CompletionTokens))
	}
	if c.CostEUR != nil {
		grow(m.cost.WithLabelValues(c.Tool, model, token), *c.CostEUR)
	}
	for _, code := range c.Warnings {
		m.warnings.WithLabelValues(c.Tool, warningLabel(code)).Inc()
	}
}

// grow adds to a counter, which panics at what is negative.
func grow(counter prometheus.Counter, by float64) {
	if by > 0 {
		counter.Add(by)
	}
}

// countAttempt counts a request to a model.
func (m *Metrics) countAttempt(a provider.Attempt) {
	model := m.modelLabel(a.Model)
	m.attempts.WithLabelValues(model, codeLabel(a.Code)).Inc()
	m.attemptDuration.WithLabelValues(model).Observe(a.Duration.Seconds())
}

// StartRequest counts an HTTP request; what it gives is called with the answer's
// status, 0 for none.
func (m *Metrics) StartRequest() (ended func(status int)) {
	if m == nil {
		return func(int) {}
	}
	m.inFlight.Inc()
	return func(status int) {
		label := "none"
		if status != 0 {
			label = strconv.Itoa(status)
		}
		m.requests.WithLabelValues(label).Inc()
		m.inFlight.Dec()
	}
}
