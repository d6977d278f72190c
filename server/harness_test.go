package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maxWait bounds every wait for something that should take no time.
const maxWait = 10 * time.Second

// setup is what a test changes in the usual setup.
type setup struct {
	upstream emulator.Options
	provider provider.Options
	sandbox  bool
	inMemory bool                            // no network: for testing/synctest and fuzzing
	served   bool                            // the upstream has no catalogue: what it serves is all that is known
	wrap     func(http.Handler) http.Handler // around the emulator
	tools    []string
	memory   limit.Memory
	log      *slog.Logger
	metrics  *telemetry.Metrics
	traces   *telemetry.Traces
}

// rig is a real MCP client, connected to the real server, whose provider talks
// to the emulator.
type rig struct {
	testing.TB
	*emulator.Emulator
	server  *server.Server
	client  *client.Client
	wire    *wiretap
	outputs map[string]*jsonschema.Schema
	*notebook
}

// connect returns a client over stdio.
func connect(t testing.TB, s setup) *rig {
	t.Helper()
	return serveStdio(context.WithoutCancel(t.Context()), t, s).rig
}

func newRig(t testing.TB, s setup) *rig {
	t.Helper()
	r := &rig{
		TB: t, Emulator: emulator.New(s.upstream), outputs: map[string]*jsonschema.Schema{},
		notebook: &notebook{notes: map[string][]note{}, noted: make(chan struct{}, 100_000)},
	}
	r.Record()
	upstream := http.Handler(r.Emulator)
	if s.wrap != nil {
		upstream = s.wrap(upstream)
	}
	r.server = newServer(t, s, upstream)
	return r
}

// attach connects the client over a transport.
func (r *rig) attach(over transport.Interface) {
	r.Helper()
	r.wire = &wiretap{Interface: over, results: map[string]json.RawMessage{}}
	r.client = client.NewClient(r.wire)
	r.Cleanup(func() { _ = r.client.Close() })
	r.client.OnNotification(r.note)
	if err := r.client.Start(r.Context()); err != nil {
		r.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if _, err := r.client.Initialize(r.Context(), hello); err != nil {
		r.Fatal(err)
	}
	for _, tool := range r.list() {
		r.outputs[tool.Name] = compile(r.TB, tool.OutputSchema)
	}
}

// newServer makes the server, whose upstream listens on loopback or is in memory.
func newServer(t testing.TB, s setup, upstream http.Handler) *server.Server {
	t.Helper()
	o := s.provider
	switch {
	case s.inMemory:
		o.HTTPClient = &http.Client{Transport: memory{upstream}}
		o.BaseURL, o.CatalogURL = "http://emulator.test/v1", "http://emulator.test/rest/v1/models_v2"
	default:
		listening := httptest.NewServer(upstream)
		t.Cleanup(listening.Close)
		o.BaseURL, o.CatalogURL = listening.URL+"/v1", listening.URL+"/rest/v1/models_v2"
	}
	if s.served {
		o.CatalogURL = ""
	}
	if o.Logger == nil {
		o.Logger = s.log
	}
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	srv, err := server.New(p, server.Options{
		Tools: s.tools, Logger: s.log, Version: "test", Sandbox: s.sandbox, Memory: s.memory, Metrics: s.metrics, Traces: s.traces,
	})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// result is the result of a tool call, as the client received it.
type result struct {
	testing.TB
	isError    bool
	texts      []string
	links      []mcp.ResourceLink
	structured json.RawMessage
	call       bookkeeping
}

// bookkeeping is what a result says of its call under "ai-endpoints/call" in _meta.
type bookkeeping struct {
	RequestedModel string    `json:"requested_model"`
	FirstTokenMS   int64     `json:"first_token_ms"`
	Attempts       []attempt `json:"attempts"`
}

// call calls a tool. Every result must have a first text that is not blank and
// structured content that conforms to the tool's output schema.
func (r *rig) call(tool, arguments string) result {
	r.Helper()
	got, err := r.tryCall(r.Context(), tool, arguments, "")
	if err != nil {
		r.Fatalf("%s %s: %v", tool, arguments, err)
	}
	return got
}

// tryCall calls a tool with a progress token. A token and arguments that are "" are
// absent.
func (r *rig) tryCall(ctx context.Context, tool, arguments, token string) (result, error) {
	r.Helper()
	var request mcp.CallToolRequest
	request.Params.Name = tool
	if arguments != "" {
		request.Params.Arguments = json.RawMessage(arguments)
	}
	if token != "" {
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
	}
	answer, err := r.client.CallTool(ctx, request)
	if err != nil {
		return result{TB: r.TB}, err
	}
	got := result{TB: r.TB, isError: answer.IsError}
	for _, block := range answer.Content {
		switch block := block.(type) {
		case mcp.TextContent:
			got.texts = append(got.texts, block.Text)
		case mcp.ResourceLink:
			got.links = append(got.links, block)
		default:
			r.Fatalf("%s answered a block of type %T", tool, block)
		}
	}
	if got.structured, err = json.Marshal(answer.StructuredContent); err != nil {
		r.Fatal(err)
	}
	if answer.Meta != nil {
		if err := json.Unmarshal([]byte(quote(r, answer.Meta.AdditionalFields["ai-endpoints/call"])), &got.call); err != nil {
			r.Fatal(err)
		}
	}
	r.checkShape(tool, got)
	return got, nil
}

func (r *rig) checkShape(tool string, got result) {
	r.Helper()
	if len(got.texts) == 0 || strings.TrimSpace(got.texts[0]) == "" {
		r.Errorf("%s: the first text block is blank: %q", tool, got.texts)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.structured))
	if err != nil {
		r.Fatal(err)
	}
	if err := r.outputs[tool].Validate(value); err != nil {
		r.Errorf("%s: structured content %s does not conform to the tool's output schema: %v", tool, got.structured, err)
	}
}

// succeed calls a tool that must not fail, and decodes its structured content.
func (r *rig) succeed(tool, arguments string, into any) result {
	r.Helper()
	got := r.call(tool, arguments)
	if got.isError {
		r.Fatalf("%s %s failed: %s", tool, arguments, got.texts[0])
	}
	got.decode(into)
	return got
}

func (r result) decode(into any) {
	r.Helper()
	if into == nil {
		return
	}
	if err := json.Unmarshal(r.structured, into); err != nil {
		r.Fatalf("%v in %s", err, r.structured)
	}
}

// posts returns the bodies of the requests to models.
func (r *rig) posts() []string {
	var bodies []string
	for _, request := range r.Requests() {
		if request.Method == http.MethodPost {
			bodies = append(bodies, string(request.Body))
		}
	}
	return bodies
}

// lastPost decodes the body of the latest request to a model.
func (r *rig) lastPost(into any) {
	r.Helper()
	bodies := r.posts()
	if len(bodies) == 0 {
		r.Fatal("nothing was sent to a model")
	}
	if err := json.Unmarshal([]byte(bodies[len(bodies)-1]), into); err != nil {
		r.Fatal(err)
	}
}

// in returns the same connection for a subtest.
func (r *rig) in(t testing.TB) *rig {
	here := *r
	here.TB = t
	return &here
}

// quote returns a value as JSON, to put it into arguments.
func quote(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
