package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TracesFromEnvironment makes traces as the OTEL_ variables say. They are off,
// and nil, unless a variable names an OTLP endpoint. It is for the start of a
// program: see [reportTo].
func TracesFromEnvironment(o TracesOptions) (*Traces, error) {
	wanted, err := tracesWanted()
	if err != nil || !wanted {
		return nil, err
	}
	reportTo(cmp.Or(o.Logger, slog.New(slog.DiscardHandler)))
	to, err := otlpExporter(context.Background())
	if err != nil {
		return nil, err
	}
	return NewTraces(to, o), nil
}

// endpointVariables name the collector; the first that is set counts.
func endpointVariables() []string {
	return []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
}

func tracesWanted() (bool, error) {
	_, endpoint := firstSet(endpointVariables()...)
	if endpoint == "" || strings.EqualFold(strings.TrimSpace(os.Getenv("OTEL_SDK_DISABLED")), "true") {
		return false, nil
	}
	switch kind := strings.TrimSpace(os.Getenv("OTEL_TRACES_EXPORTER")); kind {
	case "none":
		return false, nil
	case "", "otlp":
		return true, nil
	default:
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER is %q; otlp and none are allowed", kind)
	}
}

// otlpExporter contacts nothing yet. Everything but the protocol is read from the
// environment by the exporters themselves.
func otlpExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	switch variable, protocol := firstSet("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "", "http/protobuf", "http/json":
		if err := checkEndpoint(); err != nil {
			return nil, err
		}
		return otlptracehttp.New(ctx)
	default:
		return nil, fmt.Errorf("%s is %q; http/protobuf, http/json and grpc are allowed", variable, protocol)
	}
}

// checkEndpoint refuses what the exporter would replace by its default. The value
// stays out of the error, since it may hold a password.
func checkEndpoint() error {
	variable, endpoint := firstSet(endpointVariables()...)
	if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%s is not an http(s) URL; give one such as http://localhost:4318", variable)
	}
	return nil
}

func firstSet(variables ...string) (name, value string) {
	for _, name := range variables {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// exporter says in the log when a collector cannot be reached, once until it can
// again. The SDK is told of no failure, since it has only a global to tell of it.
type exporter struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends spans to the collector. Calls do not wait for it.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.export(ctx, spans)
	if err != nil {
		e.report(err)
	} else if e.failing.Swap(false) {
		e.log.Info("traces reach the collector again")
	}
	return nil
}

// export makes an error of a panic, which would end the process: the SDK exports in a
// goroutine of its own.
func (e *exporter) export(ctx context.Context, spans []sdktrace.ReadOnlySpan) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the exporter panicked: %T", cause)
		}
	}()
	return e.SpanExporter.ExportSpans(ctx, spans)
}

func (e *exporter) report(err error) {
	if !e.failing.Swap(true) {
		e.log.Warn("traces do not reach the collector", "error", err)
	}
}

// reportTo sends to a log what the SDK says of variables that it cannot read. It
// has only globals for that, whose defaults write to stderr in a form of their
// own, values included: of OTEL_EXPORTER_OTLP_HEADERS, those are keys. So they are
// set, but by the program's start only and when traces are on; what happens
// later goes through [exporter].
func reportTo(log *slog.Logger) {
	otel.SetLogger(logr.New(sdkLog{log}))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if !errors.Is(err, resource.ErrPartialResource) { // it shows values, and [NewTraces] tells of it
			sdkLog{log}.Error(err, "setup")
		}
	}))
}

// sdkLog is the log of the OpenTelemetry SDK. It passes on what went wrong, and
// not with which value.
type sdkLog struct{ log *slog.Logger }

// Error logs a warning: no call is affected.
func (l sdkLog) Error(err error, what string, _ ...any) {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	l.log.Warn("OpenTelemetry reports a problem, often of an OTEL_ variable", "problem", what, "error", err)
}

// Init is part of [logr.LogSink].
func (sdkLog) Init(logr.RuntimeInfo) {}

// Enabled drops everything but errors.
func (sdkLog) Enabled(int) bool { return false }

// Info is part of [logr.LogSink].
func (sdkLog) Info(int, string, ...any) {}

// WithValues drops the values.
func (l sdkLog) WithValues(...any) logr.LogSink { return l }

// WithName is part of [logr.LogSink].
func (l sdkLog) WithName(string) logr.LogSink { return l }
