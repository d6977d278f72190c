// Package telemetry tells operators what the server does: [Metrics] counts for
// Prometheus, [Traces] sends OpenTelemetry spans to a collector.
//
// The methods of a nil *Metrics and a nil *Traces do nothing. Neither ever holds a
// key, a token, or text of a caller or a model. The exceptions are in spans: the ids
// of the caller's trace and of its message.
package telemetry

import (
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const namespace = "ai_endpoints_mcp"

// MetricsOptions configures [Metrics].
type MetricsOptions struct {
	Version string // of this program
	// Catalog returns the catalogue in use, nil before the first one. It is
	// called often, so it must not fetch.
	Catalog func() *catalog.Catalog
	// Budgets returns the limits of callers; nil has none. It is called at each scrape.
	Budgets func() []budget.CallerBudget
	// Shared is the state that replicas share; nil has no metrics.
	Shared *shared.Store
}

// Metrics has its own registry. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	catalog  func() *catalog.Catalog
	callers  names

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

// durationBuckets are in seconds: an embedding takes 50 ms, a reasoning
// model may take the whole deadline of 5 minutes.
func durationBuckets() []float64 {
	return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300}
}

// NewMetrics returns metrics whose counters are zero.
func NewMetrics(o MetricsOptions) *Metrics {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return factory.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: durationBuckets()}
		return factory.NewHistogramVec(opts, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: registry, catalog: o.Catalog,
		calls: counter("calls_total", "Tool calls that have ended, by code: ok, or the error's.",
			"tool", "model", "token", "code"),
		callDuration: histogram("call_duration_seconds", "Duration of tool calls, including waits and retries.", "tool", "model"),
		firstToken:   histogram("first_token_seconds", "Time to the first piece of an answer.", "tool", "model"),
		tokens: counter("tokens_total", "Tokens that the service counted, by kind: prompt or completion.",
			"tool", "model", "token", "kind"),
		cost:     counter("cost_eur_total", "Cost of calls in EUR, at the catalogue's prices.", "tool", "model", "token"),
		warnings: counter("warnings_total", "Warnings in answers.", "tool", "code"),

		attempts: counter("upstream_attempts_total", "Requests to models that have ended, by code: ok, or the error's.",
			"model", "code"),
		attemptDuration: histogram("upstream_attempt_duration_seconds", "Duration of requests to models.", "model"),

		inFlight: gauge("requests_in_flight", "HTTP requests that are being answered.").WithLabelValues(),
		requests: counter("http_requests_total", "HTTP requests that have ended, by status.", "status"),
	}
	gauge("build_info", "1, for the program's version.", "version", "goversion").WithLabelValues(o.Version, runtime.Version()).Set(1)
	if o.Budgets != nil {
		registry.MustRegister(newBudgetCollector(o.Budgets, &m.callers))
	}
	if o.Shared != nil {
		registry.MustRegister(newSharedCollector(o.Shared))
	}
	registry.MustRegister(newCatalogCollector(o.Catalog),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call is a tool call that has ended.
type Call struct {
	Tool     string // a tool of the server: any other name would become a series
	Token    string // the caller's name; "" without authentication
	Duration time.Duration
	tools.Summary
}

// CountCall counts a call.
func (m *Metrics) CountCall(c Call) {
	if m == nil {
		return
	}
	model, token := m.modelLabel(c.Model), m.callers.label(c.Token)
	m.calls.WithLabelValues(c.Tool, model, token, codeLabel(c.Code)).Inc()
	m.callDuration.WithLabelValues(c.Tool, model).Observe(c.Duration.Seconds())
	if c.FirstTokenMS > 0 {
		m.firstToken.WithLabelValues(c.Tool, model).Observe((time.Duration(c.FirstTokenMS) * time.Millisecond).Seconds())
	}
	if c.TotalTokens > 0 {
		add(m.tokens.WithLabelValues(c.Tool, model, token, "prompt"), float64(c.PromptTokens))
		add(m.tokens.WithLabelValues(c.Tool, model, token, "completion"), float64(c.CompletionTokens))
	}
	if c.CostEUR != nil {
		add(m.cost.WithLabelValues(c.Tool, model, token), *c.CostEUR)
	}
	for _, code := range c.Warnings {
		m.warnings.WithLabelValues(c.Tool, warningLabel(code)).Inc()
	}
}

// add ignores negative numbers, for which a counter panics.
func add(counter prometheus.Counter, by float64) {
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

// StartRequest counts an HTTP request. The caller calls ended with the status of the
// answer, or 0 if there was none.
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

// Every new value of a label is a series that is kept forever, so text of a caller
// must not become one.

// modelLabel returns the id of a model in the catalogue, and "other" for all others.
func (m *Metrics) modelLabel(id string) string {
	if id == "" {
		return "none"
	}
	if known := m.catalog(); known != nil {
		if model, _, ok := known.Lookup(id); ok && model.ID == id {
			return id
		}
	}
	return "other"
}

func codeLabel(code provider.Code) string {
	known := slices.ContainsFunc(provider.Codes(), func(c provider.CodeMeaning) bool { return c.Code == code })
	switch {
	case code == "":
		return "ok"
	case known, code == provider.CodeEmptyAttempt:
		return string(code)
	default:
		return "other"
	}
}

func warningLabel(code provider.WarningCode) string {
	if slices.ContainsFunc(provider.Warnings(), func(w provider.WarningMeaning) bool { return w.Code == code }) {
		return string(code)
	}
	return "other"
}
