package telemetry_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const (
	headerTrace = "0af7651916cd43dd8448eb211c80319c"
	headerSpan  = "b7ad6b7169203331"
	metaTrace   = "4bf92f3577b34da6a3ce929d0e0e4736"
	metaSpan    = "00f067aa0ba902b7"
)

func traceparent(traceID, spanID string) string { return "00-" + traceID + "-" + spanID + "-01" }

func TestTheParentIsTheCallers(t *testing.T) {
	header := []string{"Traceparent", traceparent(headerTrace, headerSpan), "Tracestate", "of=header"}
	meta := map[string]any{"traceparent": traceparent(metaTrace, metaSpan), "tracestate": "of=meta"}
	for _, test := range []struct {
		name               string
		headers            []string
		meta               map[string]any
		trace, span, state string
	}{
		{"none", nil, nil, "", "0000000000000000", ""},
		{"of the header", header, nil, headerTrace, headerSpan, "of=header"},
		{"of _meta", nil, meta, metaTrace, metaSpan, "of=meta"},
		{"_meta wins", header, meta, metaTrace, metaSpan, "of=meta"},
		{"of the header when _meta has nonsense", header, map[string]any{"traceparent": "nonsense"}, headerTrace, headerSpan, "of=header"},
		{"of the header when _meta has a number", header, map[string]any{"traceparent": 1}, headerTrace, headerSpan, "of=header"},
		{"none of nonsense", []string{"Traceparent", "00-0-0-01"}, nil, "", "0000000000000000", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t)
			r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, test.meta, test.headers...)
			call, _ := r.endedSpans()
			if call.Parent().SpanID().String() != test.span || test.trace != "" && call.SpanContext().TraceID().String() != test.trace {
				t.Errorf("the parent is %v of trace %v", call.Parent().SpanID(), call.SpanContext().TraceID())
			}
			if got := call.SpanContext().TraceState().String(); got != test.state {
				t.Errorf("the state is %q, want %q", got, test.state)
			}
			var linked []string
			for _, link := range call.Links() {
				linked = append(linked, link.SpanContext.SpanID().String())
			}
			if want := test.name == "_meta wins"; (len(linked) > 0) != want || want && linked[0] != headerSpan {
				t.Errorf("the links are %v; the transport's span is linked only beside that of _meta", linked)
			}
			for _, request := range r.Requests() {
				for name := range request.Header {
					if strings.HasPrefix(strings.ToLower(name), "trace") {
						t.Errorf("%s went to the service", name)
					}
				}
			}
		})
	}
}

func TestACallerDecidesWhatIsSampled(t *testing.T) {
	r := start(t)
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, nil, "Traceparent", "00-"+headerTrace+"-"+headerSpan+"-00")
	r.traces.Close()
	if len(r.spans.spans) > 0 || strings.Contains(r.log.String(), "trace_id") {
		t.Errorf("%d spans; the log is %s", len(r.spans.spans), r.log)
	}
}

// Without HTTP the transport is a pipe, and mcp-go does not pass on the message's id.
func TestSpansOfAClientInTheProcess(t *testing.T) {
	r := start(t)
	c, err := client.NewInProcessClient(r.server.MCP())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = "chat", map[string]any{"prompt": "hi", "temperature": 9}
	request.Params.Meta = &mcp.Meta{AdditionalFields: map[string]any{"traceparent": traceparent(metaTrace, metaSpan)}}
	if _, err := c.CallTool(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	call, _ := r.endedSpans()
	got := attributesOf(call)
	if call.Parent().SpanID().String() != metaSpan || got["network.transport"] != "pipe" || got["jsonrpc.request.id"] != nil {
		t.Errorf("the parent is %v, the attributes are %v", call.Parent(), got)
	}
	if !strings.Contains(r.log.String(), `"trace_id":"`+metaTrace+`"`) {
		t.Errorf("the log is %s", r.log)
	}
}

func TestNoTextOfCallersOrModelsIsInASpan(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"answers":                {Path: "/nowhere"},
		"fails":                  {Status: http.StatusInternalServerError, Body: secretPrompt + secretKey, Times: -1},
		"rejects":                {Status: http.StatusUnprocessableEntity, Body: `{"message":"` + secretPrompt + secretKey + `"}`},
		"fails in a stream":      {RawEvents: []string{`{"error":{"message":"` + secretPrompt + secretKey + `"}}`}, Times: -1},
		"answers with a secret":  {RawEvents: []string{`{"choices":[{"delta":{"content":"` + secretPrompt + `"},"finish_reason":"stop"}]}`}},
		"warns of a replacement": {Header: map[string]string{"X-Warning": secretPrompt}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			r.Script(fault)
			r.call("chat", `{"prompt":"`+secretPrompt+`","system":"`+secretPrompt+`","model":"gpt-oss-20b"}`, nil,
				"X-Anything", secretPrompt, "Baggage", "secret="+secretPrompt)
			call, attempts := r.endedSpans()
			all := ""
			for _, span := range append(attempts, call) {
				all += fmt.Sprintln(span.Name(), span.Status(), span.Attributes(), span.Events(), span.Links(), span.Resource())
			}
			for _, secret := range []string{secretPrompt, secretKey, secretToken} {
				if strings.Contains(all, secret) {
					t.Errorf("%s is in %s", secret, all)
				}
				if strings.Contains(r.scrape(), secret) {
					t.Errorf("%s is in the metrics", secret)
				}
			}
		})
	}
}

// A caller chooses the id of its message.
func TestALongRequestIDIsLeftOut(t *testing.T) {
	r := start(t)
	id := strings.Repeat("x", 65)
	r.post(`{"jsonrpc":"2.0","id":"`+id+`","method":"tools/call","params":{"name":"chat","arguments":{}}}`, "Authorization",
		"Bearer "+secretToken)
	call, _ := r.endedSpans()
	if got, ok := attributesOf(call)["jsonrpc.request.id"]; ok {
		t.Errorf("the id is %v", got)
	}
}
