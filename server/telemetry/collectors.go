package telemetry

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
)

// catalogCollector reads the catalogue at each scrape.
type catalogCollector struct {
	catalog             func() *catalog.Catalog
	age, models, source *prometheus.Desc
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

func newCatalogCollector(inUse func() *catalog.Catalog) *catalogCollector {
	return &catalogCollector{
		catalog: inUse,
		age: describe("catalog_age_seconds",
			"Time since the catalogue in use was read from the service; absent while none is in use."),
		models: describe("catalog_models", "Models of the catalogue in use."),
		source: describe("catalog_source", "1 for where the catalogue in use comes from: live, cache or snapshot.", "source"),
	}
}

// Describe implements [prometheus.Collector].
func (c *catalogCollector) Describe(described chan<- *prometheus.Desc) {
	described <- c.age
	described <- c.models
	described <- c.source
}

// reportPanic makes a panic of a collector an error of the scrape: the registry collects in
// its own goroutines, where a panic would end the process.
func reportPanic(collected chan<- prometheus.Metric, desc *prometheus.Desc) {
	if cause := recover(); cause != nil {
		collected <- prometheus.NewInvalidMetric(desc, fmt.Errorf("the collector panicked: %T", cause))
	}
}

// Collect implements [prometheus.Collector].
func (c *catalogCollector) Collect(collected chan<- prometheus.Metric) {
	defer reportPanic(collected, c.models)
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		collected <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	var inUse catalog.Source
	models := 0
	if known := c.catalog(); known != nil {
		inUse, models = known.Source, len(known.Models())
		gauge(c.age, time.Since(known.FetchedAt).Seconds())
	}
	gauge(c.models, float64(models))
	for _, source := range []catalog.Source{catalog.SourceLive, catalog.SourceCache, catalog.SourceSnapshot} {
		value := 0.0
		if source == inUse {
			value = 1
		}
		gauge(c.source, value, string(source))
	}
}

// WatchCertificate tells at each scrape when the certificate that is served ends.
func (m *Metrics) WatchCertificate(expiry func() time.Time) {
	if m == nil {
		return
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "certificate_expiry_timestamp_seconds",
		Help: "When the TLS certificate that is served ends, in Unix time; absent without TLS.",
	}, func() float64 { return float64(expiry().Unix()) }))
}

// budgetCollector reads the limits of callers at each scrape.
type budgetCollector struct {
	budgets    func() []budget.CallerBudget
	callers    *names
	spent, max *prometheus.Desc
}

func newBudgetCollector(budgets func() []budget.CallerBudget, callers *names) *budgetCollector {
	return &budgetCollector{
		budgets: budgets, callers: callers,
		spent: describe("caller_spent_eur", "What a caller with a limit has spent in the current day or month (UTC), with what is reserved; "+
			"absent until it calls in it.", "caller", "period"),
		max: describe("caller_limit_eur", "What a caller may spend in a day or month; absent until it calls in it.", "caller", "period"),
	}
}

// Describe implements [prometheus.Collector].
func (c *budgetCollector) Describe(described chan<- *prometheus.Desc) {
	described <- c.spent
	described <- c.max
}

// Collect implements [prometheus.Collector].
func (c *budgetCollector) Collect(collected chan<- prometheus.Metric) {
	defer reportPanic(collected, c.spent)
	for _, b := range c.budgets() {
		if c.callers.label(b.Caller) != b.Caller {
			continue // several would share a series
		}
		collected <- prometheus.MustNewConstMetric(c.spent, prometheus.GaugeValue, b.Spent, b.Caller, b.Period)
		collected <- prometheus.MustNewConstMetric(c.max, prometheus.GaugeValue, b.Max, b.Caller, b.Period)
	}
}

// sharedCollector reads how the state that replicas share is, at each scrape.
type sharedCollector struct {
	store                  *shared.Store
	up, replicas, failures *prometheus.Desc
}

func newSharedCollector(store *shared.Store) *sharedCollector {
	return &sharedCollector{
		store:    store,
		up:       describe("shared_state_up", "1 while this replica shares its limits on Redis, 0 while it takes its share of them."),
		replicas: describe("replicas", "Replicas that share limits, as this one last saw them."),
		failures: describe("shared_state_failures_total", "Requests to Redis that failed."),
	}
}

// Describe implements [prometheus.Collector].
func (c *sharedCollector) Describe(described chan<- *prometheus.Desc) {
	described <- c.up
	described <- c.replicas
	described <- c.failures
}

// Collect implements [prometheus.Collector].
func (c *sharedCollector) Collect(collected chan<- prometheus.Metric) {
	status, up := c.store.Status(), 0.0
	if status.Up {
		up = 1
	}
	collected <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, up)
	collected <- prometheus.MustNewConstMetric(c.replicas, prometheus.GaugeValue, float64(status.Replicas))
	collected <- prometheus.MustNewConstMetric(c.failures, prometheus.CounterValue, float64(status.Failures))
}
