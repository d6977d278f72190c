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

// TracesFromEnvironment returns traces that the OTEL_ variables configure, nil unless
// a variable names an OTLP endpoint. Only a program's start should call it: it
// sets the global logger of OpenTelemetry.
func TracesFromEnvironment(o TracesOptions) (*Traces, error) {
	enabled, err := tracesEnabled()
	if err != nil || !enabled {
		return nil, err
	}
	setSDKLogger(cmp.Or(o.Logger, slog.New(slog.DiscardHandler)))
	to, err := otlpExporter(context.Background())
	if err != nil {
		return nil, err
	}
	return NewTraces(to, o), nil
}

// endpointVariables name the collector, by precedence.
func endpointVariables() []string {
	return []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
}

func tracesEnabled() (bool, error) {
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

// otlpExporter makes the exporter, which does not connect yet. The exporters read
// everything but the protocol from the environment themselves.
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

// checkEndpoint refuses a URL that the exporter would replace by its default. The
// error does not show it, since it may hold a password.
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

// exporter logs the first failure to reach the collector, and when it is reached
// again. The SDK would report errors to a global handler, so it gets none.
type exporter struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

// ExportSpans sends spans to the collector. Calls of tools do not wait for it.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.export(ctx, spans)
	if err != nil {
		e.report(err)
	} else if e.failing.Swap(false) {
		e.log.Info("traces reach the collector again")
	}
	return nil
}

// export returns a panic as an error: the SDK exports in its own goroutine, where a
// panic would end the process.
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

// setSDKLogger logs what the SDK reports of variables that it cannot read. The SDK
// has only globals for that. Their defaults write to stderr, with the values, and those of
// OTEL_EXPORTER_OTLP_HEADERS are keys. Errors after the start go through [exporter].
func setSDKLogger(log *slog.Logger) {
	sdk := logr.FromSlogHandler(sdkHandler{slog.DiscardHandler, log})
	otel.SetLogger(sdk)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if !errors.Is(err, resource.ErrPartialResource) { // its text has values, and NewTraces logs it
			sdk.Error(err, "setup")
		}
	}))
}

// sdkHandler logs the errors of the OpenTelemetry SDK without the values, which
// follow the error in a record. It discards everything else.
type sdkHandler struct {
	slog.Handler // a [slog.DiscardHandler]
	log          *slog.Logger
}

// Handle logs a warning, since calls of tools are not affected.
func (h sdkHandler) Handle(_ context.Context, record slog.Record) error {
	attributes := []any{"problem", record.Message}
	record.Attrs(func(first slog.Attr) bool {
		if err, ok := first.Value.Any().(error); ok && !quotesURL(err) {
			attributes = append(attributes, "error", err)
		}
		return false
	})
	h.log.Warn("OpenTelemetry reports a problem, often with an OTEL_ variable", attributes...)
	return nil
}

// quotesURL reports whether an error shows a part of a URL or of an escaped header,
// which may be a password or a key.
func quotesURL(err error) bool {
	_, isURL := errors.AsType[*url.Error](err)
	_, isEscaped := errors.AsType[url.EscapeError](err)
	return isURL || isEscaped
}
