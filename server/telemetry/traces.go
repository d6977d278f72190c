package telemetry

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// flushTimeout bounds the wait for the last spans to be sent.
const flushTimeout = 3 * time.Second

// TracesOptions configures [Traces]; zero values work.
type TracesOptions struct {
	Version string       // of this program
	BaseURL string       // of the service that is asked for answers
	Logger  *slog.Logger // nil discards
}

// Traces makes a server span of each tool call, and a client span of each
// request to a model. mcp-go's own tracing is not used: its spans and
// attributes have other names than the semantic conventions, its attributes are
// texts only, and it would trace each message twice.
type Traces struct {
	provider *sdktrace.TracerProvider
	exporter *exporter
	tracer   trace.Tracer
	parents  propagation.TraceContext
	upstream []attribute.KeyValue // where requests to models go
}

// NewTraces makes traces that go to an exporter, which [Traces.Close] shuts down.
func NewTraces(to sdktrace.SpanExporter, o TracesOptions) *Traces {
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	described, err := resource.New(context.Background(),
		resource.WithAttributes(semconv.ServiceName("ai-endpoints-mcp"), semconv.ServiceVersion(o.Version)),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // the last one wins
	)
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES cannot be read in full")
	}
	t := &Traces{exporter: &exporter{SpanExporter: to, log: log}, upstream: upstreamAttributes(o.BaseURL)}
	t.provider = sdktrace.NewTracerProvider(sdktrace.WithResource(described), sdktrace.WithBatcher(t.exporter))
	t.tracer = t.provider.Tracer("github.com/ai-endpoints-mcp/ai-endpoints-mcp",
		trace.WithInstrumentationVersion(o.Version), trace.WithSchemaURL(semconv.SchemaURL))
	return t
}

// Close sends what is left, for a few seconds at most.
func (t *Traces) Close() {
	if t == nil {
		return
	}
	soon, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(soon); err != nil {
		t.exporter.report(err)
		_ = t.exporter.Shutdown(soon) // ends the request that the SDK still waits for
	}
}

// ToolCall is what a span tells of a call that begins.
type ToolCall struct {
	Tool      string
	RequestID string // of JSON-RPC; "" when it is not known
	Protocol  string // version of MCP; "" when it is not known
	Transport string // pipe, tcp or unix
	Header    http.Header
	Meta      *mcp.Meta
}

// StartCall starts the span of a tool call; what it gives is called once that
// has ended. The span's parent is the caller's: of the message's _meta, or else of
// the HTTP headers.
func (t *Traces) StartCall(ctx context.Context, c ToolCall) (context.Context, func(tools.Summary)) {
	if t == nil {
		return ctx, func(tools.Summary) {}
	}
	ctx = t.parents.Extract(ctx, propagation.HeaderCarrier(c.Header))
	if c.Meta != nil {
		ctx = t.parents.Extract(ctx, metaCarrier(c.Meta.AdditionalFields))
	}
	ctx, span := t.tracer.Start(ctx, "tools/call "+c.Tool, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(c.attributes()...))
	return ctx, func(s tools.Summary) {
		span.SetAttributes(summaryAttributes(s)...)
		end(span, s.Code)
	}
}

// startAttempt starts the span of a request to a model.
func (t *Traces) startAttempt(ctx context.Context, operation provider.Operation, model string) func(provider.Attempt) {
	_, span := t.tracer.Start(ctx, string(operation)+" "+model, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.attemptAttributes(operation, model)...))
	return func(a provider.Attempt) { end(span, a.Code) }
}

// end ends a span. Of a failure it tells the code only: the message may hold
// what a caller or a model wrote.
func end(span trace.Span, code provider.Code) {
	if code != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(string(code)))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceID gives the id of the trace that ctx's span is recorded in, "" if there
// is none.
func TraceID(ctx context.Context) string {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		return span.SpanContext().TraceID().String()
	}
	return ""
}

// metaCarrier reads the trace context that a message carries.
type metaCarrier map[string]any

// Get gives a field that is a text.
func (c metaCarrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

// Set has nothing to do: only what arrives is read.
func (metaCarrier) Set(string, string) {}

// Keys are the fields' names.
func (c metaCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}
