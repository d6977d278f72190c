package telemetry

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// catalogCollector tells of the catalogue as it is at each scrape.
type catalogCollector struct {
	known               func() *catalog.Catalog
	age, models, source *prometheus.Desc
}

func newCatalogCollector(known func() *catalog.Catalog) *catalogCollector {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	return &catalogCollector{
		known:  known,
		age:    describe("catalog_age_seconds", "Time since the catalogue in use was read from the service; absent while none is in use."),
		models: describe("catalog_models", "Models of the catalogue in use."),
		source: describe("catalog_source", "1 for where the catalogue in use comes from: live, cache or snapshot.", "source"),
	}
}

// Describe is part of [prometheus.Collector].
func (c *catalogCollector) Describe(described chan<- *prometheus.Desc) {
	described <- c.age
	described <- c.models
	described <- c.source
}

// Collect is part of [prometheus.Collector]. A panic becomes an error of the scrape: the
// registry collects in goroutines of its own, where it would end the process.
func (c *catalogCollector) Collect(collected chan<- prometheus.Metric) {
	defer func() {
		if cause := recover(); cause != nil {
			collected <- prometheus.NewInvalidMetric(c.models, fmt.Errorf("the collector panicked: %T", cause))
		}
	}()
	gauge := func(what *prometheus.Desc, value float64, labels ...string) {
		collected <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value, labels...)
	}
	var inUse catalog.Source
	models := 0
	if known := c.known(); known != nil {
		inUse, models = known.Source, len(known.Models())
		gauge(c.age, time.Since(known.FetchedAt).Seconds())
	}
	gauge(c.models, float64(models))
	for _, source := range []catalog.Source{catalog.SourceLive, catalog.SourceCache, catalog.SourceSnapshot} {
		used := 0.0
		if source == inUse {
			used = 1
		}
		gauge(c.source, used, string(source))
	}
}
