package telemetry

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// flushTimeout bounds the wait for the last spans to be sent.
const flushTimeout = 3 * time.Second

// TracesOptions configures [Traces]; zero values work.
type TracesOptions struct {
	Version string       // of this program
	BaseURL string       // of the service, as in requests to models
	Logger  *slog.Logger // nil discards
}

// Traces records a server span for each tool call and a client span for each
// request to a model.
//
// mcp-go: its own tracing is not used. The names of its spans and attributes differ
// from the semantic conventions, its attributes are all strings, and it would trace
// each message twice.
type Traces struct {
	provider *sdktrace.TracerProvider
	exporter *exporter
	tracer   trace.Tracer
	parents  propagation.TraceContext
	upstream []attribute.KeyValue // address and port of the service
}

// NewTraces returns traces that go to an exporter, which [Traces.Close] shuts down.
func NewTraces(to sdktrace.SpanExporter, o TracesOptions) *Traces {
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	described, err := resource.New(context.Background(),
		resource.WithAttributes(attrServiceName.String("ai-endpoints-mcp"), attrServiceVersion.String(o.Version)),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // the last one wins
	)
	if err != nil {
		log.Warn("OTEL_RESOURCE_ATTRIBUTES cannot be read in full")
	}
	t := &Traces{exporter: &exporter{SpanExporter: to, log: log}, upstream: upstreamAttributes(o.BaseURL)}
	t.provider = sdktrace.NewTracerProvider(sdktrace.WithResource(described), sdktrace.WithBatcher(t.exporter))
	t.tracer = t.provider.Tracer("github.com/ai-endpoints-mcp/ai-endpoints-mcp",
		trace.WithInstrumentationVersion(o.Version), trace.WithSchemaURL(schemaURL))
	return t
}

// Close sends the remaining spans, for a few seconds at most.
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

// TransportStdio is the transport of MCP over stdio.
const TransportStdio = "pipe"

// ToolCall is what a span says about a call when it starts.
type ToolCall struct {
	Tool      string
	RequestID string // of the JSON-RPC message; "" if it is not known
	Protocol  string // version of MCP; "" if it is not known
	Transport string // [TransportStdio], tcp or unix
	Header    http.Header
	Meta      *mcp.Meta
}

// StartCall starts the span of a tool call. The caller calls ended when the call has
// ended. The span's parent is the caller's span, which the message's _meta names, or
// else the HTTP headers.
func (t *Traces) StartCall(ctx context.Context, c ToolCall) (traced context.Context, ended func(tools.Summary)) {
	if t == nil {
		return ctx, func(tools.Summary) {}
	}
	ctx, links := t.extract(ctx, c)
	ctx, span := t.tracer.Start(ctx, methodToolsCall+" "+c.Tool,
		trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(links...), trace.WithAttributes(c.attributes()...))
	return ctx, func(s tools.Summary) {
		span.SetAttributes(summaryAttributes(s)...)
		end(span, s.Code)
	}
}

// extract adds the caller's span to ctx. Where the message names one, that of the HTTP
// headers is the transport's, which is linked.
func (t *Traces) extract(ctx context.Context, c ToolCall) (context.Context, []trace.Link) {
	ctx = t.parents.Extract(ctx, propagation.HeaderCarrier(c.Header))
	if c.Meta == nil {
		return ctx, nil
	}
	transport := trace.SpanContextFromContext(ctx)
	ctx = t.parents.Extract(ctx, metaCarrier(c.Meta.AdditionalFields))
	if !transport.IsValid() || transport.Equal(trace.SpanContextFromContext(ctx)) {
		return ctx, nil
	}
	return ctx, []trace.Link{{SpanContext: transport}}
}

// startAttempt starts the span of a request to a model.
func (t *Traces) startAttempt(ctx context.Context, operation provider.Operation, model string) func(provider.Attempt) {
	_, span := t.tracer.Start(ctx, strings.TrimSpace(string(operation)+" "+model), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.attemptAttributes(operation, model)...))
	return func(a provider.Attempt) { end(span, a.Code) }
}

// end ends a span. It records only the code of an error: the message may hold text
// of a caller or a model. The conventions have one value, tool_error, for all errors of
// tools, which would hide what they allow besides: the code.
func end(span trace.Span, code provider.Code) {
	if code != "" {
		span.SetAttributes(attrErrorType.String(string(code)))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceID returns the id of the trace that records the span of ctx, "" if there is
// none.
func TraceID(ctx context.Context) string {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		return span.SpanContext().TraceID().String()
	}
	return ""
}

// metaCarrier reads the trace context of a message. It implements
// [propagation.TextMapCarrier].
type metaCarrier map[string]any

// Get returns a field that is a string.
func (c metaCarrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

// Set does nothing: the trace context is only read.
func (metaCarrier) Set(string, string) {}

// Keys returns the names of the fields.
func (c metaCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}

// maxRequestID is how long an id may be, the one attribute that a caller chooses.
const maxRequestID = 64

func (c ToolCall) attributes() []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attrMCPMethod.String(methodToolsCall),
		attrOperation.String(operationExecuteTool),
		attrTool.String(c.Tool),
		attrNetworkTransport.String(c.Transport),
	}
	if c.Transport != TransportStdio {
		attributes = append(attributes, attrNetworkProtocol.String(protocolHTTP))
	}
	if c.Protocol != "" {
		attributes = append(attributes, attrMCPProtocol.String(c.Protocol))
	}
	if c.RequestID != "" && len(c.RequestID) <= maxRequestID {
		attributes = append(attributes, attrRPCRequestID.String(c.RequestID))
	}
	return attributes
}

func summaryAttributes(s tools.Summary) []attribute.KeyValue {
	var attributes []attribute.KeyValue
	if s.Model != "" {
		attributes = append(attributes, attrResponseModel.String(s.Model))
	}
	if s.TotalTokens > 0 {
		attributes = append(attributes, attrInputTokens.Int(s.PromptTokens), attrOutputTokens.Int(s.CompletionTokens))
	}
	return attributes
}

// attemptAttributes returns what is known of a request to a model before it is sent.
func (t *Traces) attemptAttributes(operation provider.Operation, model string) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attrOperation.String(string(operation)), // the names are the conventions', where they have one
		attrProvider.String(providerName),
	}
	if model != "" { // of which a request about a batch may know nothing
		attributes = append(attributes, attrRequestModel.String(model))
	}
	return append(attributes, t.upstream...)
}

// upstreamAttributes returns the address and the port of a base URL.
func upstreamAttributes(baseURL string) []attribute.KeyValue {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	}
	return []attribute.KeyValue{attrServerAddress.String(u.Hostname()), attrServerPort.Int(port)}
}

// OnAttempt returns a function for [provider.Options.OnAttempt] that counts and
// traces the requests to models. It is nil if both are off, which costs nothing.
func OnAttempt(m *Metrics, t *Traces) func(context.Context, provider.Operation, string) func(provider.Attempt) {
	switch {
	case m == nil && t == nil:
		return nil
	case t == nil:
		return func(context.Context, provider.Operation, string) func(provider.Attempt) { return m.countAttempt }
	case m == nil:
		return t.startAttempt
	}
	return func(ctx context.Context, operation provider.Operation, model string) func(provider.Attempt) {
		ended := t.startAttempt(ctx, operation, model)
		return func(a provider.Attempt) {
			ended(a)
			m.countAttempt(a)
		}
	}
}
