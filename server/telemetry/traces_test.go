package telemetry_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// endedSpans closes the traces and returns the spans of the one call and of its
// attempts, in the order in which they started.
func (r *rig) endedSpans() (call sdktrace.ReadOnlySpan, attempts []sdktrace.ReadOnlySpan) {
	r.Helper()
	r.traces.Close()
	r.spans.mu.Lock()
	defer r.spans.mu.Unlock()
	for _, span := range r.spans.spans {
		switch span.SpanKind() {
		case trace.SpanKindServer:
			if call != nil {
				r.Fatalf("%s is a second server span", span.Name())
			}
			call = span
		default:
			attempts = append(attempts, span)
		}
	}
	if call == nil {
		r.Fatal("there is no server span")
	}
	slices.SortFunc(attempts, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	for _, attempt := range attempts {
		if attempt.Parent().SpanID() != call.SpanContext().SpanID() || attempt.SpanContext().TraceID() != call.SpanContext().TraceID() {
			r.Errorf("%s is not a child of the call's span", attempt.Name())
		}
	}
	return call, attempts
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]any {
	all := map[string]any{}
	for _, a := range span.Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

// checkSpan compares a span with what is wanted. An attribute whose wanted value is
// nil may have any.
func checkSpan(t testing.TB, span sdktrace.ReadOnlySpan, kind trace.SpanKind, name string, want map[string]any) {
	t.Helper()
	got := attributesOf(span)
	if span.Name() != name || span.SpanKind() != kind {
		t.Errorf("the span is %s %s, want %s %s", span.SpanKind(), span.Name(), kind, name)
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("%s has the attributes %v", name, got)
	}
	for key, value := range want {
		if value != nil && got[key] != value {
			t.Errorf("%s: %s is %v, want %v", name, key, got[key], value)
		}
	}
	wantStatus := codes.Unset
	if want["error.type"] != nil {
		wantStatus = codes.Error
	}
	if span.Status().Code != wantStatus || span.Status().Description != "" || len(span.Events()) > 0 {
		t.Errorf("%s has the status %v and the events %v", name, span.Status(), span.Events())
	}
}

// callAttributes returns the attributes of the span of every call, and more, in pairs.
func callAttributes(tool string, more ...any) map[string]any {
	return with(map[string]any{
		"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool,
		"network.transport": "tcp", "network.protocol.name": "http", "mcp.protocol.version": "2025-11-25", "jsonrpc.request.id": "7",
	}, more...)
}

func attemptAttributes(operation, model string, more ...any) map[string]any {
	return with(map[string]any{
		"gen_ai.operation.name": operation, "gen_ai.provider.name": "ovhcloud", "gen_ai.request.model": model,
		"server.address": "127.0.0.1", "server.port": nil,
	}, more...)
}

func with(attributes map[string]any, more ...any) map[string]any {
	for i := 0; i < len(more); i += 2 {
		attributes[more[i].(string)] = more[i+1]
	}
	return attributes
}

func TestSpansOfAChat(t *testing.T) {
	r := start(t)
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, nil)
	call, attempts := r.endedSpans()
	checkSpan(t, call, trace.SpanKindServer, "tools/call chat", callAttributes("chat",
		"gen_ai.response.model", "gpt-oss-20b", "gen_ai.usage.input_tokens", nil, "gen_ai.usage.output_tokens", nil))
	if call.Parent().IsValid() {
		t.Errorf("the parent is %v", call.Parent())
	}
	if len(attempts) != 1 {
		t.Fatalf("%d attempts", len(attempts))
	}
	checkSpan(t, attempts[0], trace.SpanKindClient, "chat gpt-oss-20b", attemptAttributes("chat", "gpt-oss-20b"))
	if traceID := call.SpanContext().TraceID().String(); !strings.Contains(r.log.String(), `"trace_id":"`+traceID+`"`) {
		t.Errorf("the log does not name the trace %s: %s", traceID, r.log)
	}
	resource := map[string]string{}
	for _, a := range call.Resource().Attributes() {
		resource[string(a.Key)] = a.Value.AsString()
	}
	if resource["service.name"] != "ai-endpoints-mcp" || resource["service.version"] != "1.2.3" {
		t.Errorf("the resource is %v", resource)
	}
}

func TestTheEnvironmentNamesTheService(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "models-of-the-team")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	r := start(t)
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, nil)
	call, _ := r.endedSpans()
	if got := call.Resource().String(); !strings.Contains(got, "service.name=models-of-the-team") || !strings.Contains(got,
		"deployment.environment.name=test") || !strings.Contains(got, "service.version=1.2.3") {
		t.Errorf("the resource is %s", got)
	}
}

func TestSpansOfARetry(t *testing.T) {
	r := start(t)
	r.Script(emulator.Fault{Status: http.StatusInternalServerError, Body: secretPrompt})
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, nil)
	call, attempts := r.endedSpans()
	checkSpan(t, call, trace.SpanKindServer, "tools/call chat", callAttributes("chat",
		"gen_ai.response.model", "gpt-oss-20b", "gen_ai.usage.input_tokens", nil, "gen_ai.usage.output_tokens", nil))
	if len(attempts) != 2 {
		t.Fatalf("%d attempts", len(attempts))
	}
	checkSpan(t, attempts[0], trace.SpanKindClient, "chat gpt-oss-20b",
		attemptAttributes("chat", "gpt-oss-20b", "error.type", "upstream_unavailable"))
	checkSpan(t, attempts[1], trace.SpanKindClient, "chat gpt-oss-20b", attemptAttributes("chat", "gpt-oss-20b"))
}

func TestSpansOfFailures(t *testing.T) {
	for _, test := range []struct {
		name, arguments, code string
		attempts              int
	}{
		{"of a bad argument", `{"prompt":"hi","temperature":9}`, "invalid_argument", 0},
		{"of an unknown model", `{"prompt":"hi","model":"nothing-like-it"}`, "unknown_model", 0},
		{"of the service", `{"prompt":"hi","model":"gpt-oss-20b"}`, "upstream_rejected", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t)
			r.Script(emulator.Fault{Status: http.StatusUnprocessableEntity, Body: secretPrompt})
			r.call("chat", test.arguments, nil)
			call, attempts := r.endedSpans()
			checkSpan(t, call, trace.SpanKindServer, "tools/call chat", callAttributes("chat", "error.type", test.code))
			if len(attempts) != test.attempts {
				t.Fatalf("%d attempts", len(attempts))
			}
			for _, attempt := range attempts {
				checkSpan(t, attempt, trace.SpanKindClient, "chat gpt-oss-20b", attemptAttributes("chat", "gpt-oss-20b", "error.type", test.code))
			}
		})
	}
}

func TestSpansOfEmbeddings(t *testing.T) {
	r := start(t)
	input, _ := json.Marshal(strings.Split(strings.TrimSuffix(strings.Repeat("word ", 600), " "), " "))
	r.call("embed", `{"model":"bge-m3","input":`+string(input)+`}`, nil)
	call, attempts := r.endedSpans()
	checkSpan(t, call, trace.SpanKindServer, "tools/call embed",
		callAttributes("embed", "gen_ai.response.model", "bge-m3", "gen_ai.usage.input_tokens", nil, "gen_ai.usage.output_tokens", nil))
	if want := len(r.Calls("/embeddings")); len(attempts) != want || want < 2 {
		t.Errorf("%d spans of %d batches", len(attempts), want)
	}
	for _, attempt := range attempts {
		checkSpan(t, attempt, trace.SpanKindClient, "embeddings bge-m3", attemptAttributes("embeddings", "bge-m3"))
	}
}

func TestSpanOfACallWithoutAClient(t *testing.T) {
	r := start(t)
	result, err := r.server.Call(t.Context(), "chat", json.RawMessage(`{"prompt":"hi","model":"gpt-oss-20b"}`), tools.Events{})
	if err != nil || result.IsError {
		t.Fatal(err, result)
	}
	call, attempts := r.endedSpans()
	if got := attributesOf(call); call.Name() != "tools/call chat" || got["network.transport"] != "pipe" || len(attempts) != 1 {
		t.Errorf("the span is %s with %v, of %d attempts", call.Name(), got, len(attempts))
	}
}
