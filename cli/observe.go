package cli

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// withTraces sends traces where the usual OTEL_ variables say, if they do.
func withTraces(a *app, o *provider.Options) (err error) {
	a.traces, err = telemetry.TracesFromEnvironment(telemetry.TracesOptions{Version: a.version, BaseURL: o.BaseURL, Logger: a.log})
	if err != nil {
		return usageError{fmt.Errorf("traces: %w", err), "correct the variable, or set OTEL_SDK_DISABLED=true"}
	}
	a.close = append(a.close, a.traces.Close)
	return nil
}

// withMetrics counts, if somebody can read it.
func (c *httpCommand) withMetrics(a *app, _ *provider.Options) error {
	if c.MetricsAddr != "" {
		a.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{
			Version: a.version,
			Catalog: func() *catalog.Catalog { return a.provider.KnownCatalog() },
		})
	}
	return nil
}

// serveMetrics serves the metrics, if it is asked for, until the function that it
// gives is called.
func (c *httpCommand) serveMetrics(ctx context.Context, a *app) (stop func(), err error) {
	if c.MetricsAddr == "" {
		return func() {}, nil
	}
	address, err := httpd.ParseAddress(c.MetricsAddr)
	if err != nil {
		return nil, usageError{fmt.Errorf("--metrics-addr: %w", err), "give an address such as 127.0.0.1:9464"}
	}
	listener, err := address.Listen()
	if err != nil {
		return nil, fmt.Errorf("--metrics-addr: %w", err)
	}
	listening := listener.Addr().String()
	if !address.IsLocal() {
		a.log.Warn("metrics can be read by everyone who reaches their address", "address", listening)
	}
	a.log.Info("serving metrics", "address", listening)
	return a.metrics.Serve(ctx, listener, a.log), nil
}
