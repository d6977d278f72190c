package resources_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// era is a version of the protocol.
type era struct {
	name   string
	modern bool
	option client.ClientOption
}

func eras() []era {
	return []era{
		{"2026-07-28", true, client.WithProtocolVersion("2026-07-28")},
		{"2025-11-25", false, client.WithProtocolVersion("2025-11-25")},
	}
}

// inBothEras runs check with a client of each, on the emulator's own catalogue.
func inBothEras(t *testing.T, check func(t *testing.T, e era, c session)) {
	t.Helper()
	for _, e := range eras() {
		t.Run(e.name, func(t *testing.T) { check(t, e, connect(t, setup{option: e.option})) })
	}
}

// setup is what a test changes of the usual server.
type setup struct {
	option   client.ClientOption // nil is the modern era
	upstream emulator.Options
	handler  http.Handler  // in place of the emulator; nil is the emulator
	ttl      time.Duration // of the catalogue; 0 is the default
	tools    []string      // that are offered; nil offers all that the texts mention
	models   map[string]provider.NamedModel
	budget   float64
}

// offline answers nothing, so that only the snapshot is left.
func offline() http.Handler { return http.NotFoundHandler() }

// counter is an emulator that counts its requests.
type counter struct {
	http.Handler
	requests atomic.Int32
}

func newCounter() *counter { return &counter{Handler: emulator.New(emulator.Options{})} }

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.requests.Add(1)
	c.Handler.ServeHTTP(w, r)
}

// manyModels returns the payloads of a catalogue of count models that chat, and
// of as many that are served only.
func manyModels(count int) (listed, served []byte) {
	var models, ids []string
	for i := range count {
		models = append(models, fmt.Sprintf(`{"name": "model-%03d-instruct-with-a-long-name", "available": true, "metadata": {"model_specs": {
			"nb_of_billion_parameters": %d.5, "model_parameters": {"params": {"context_size_k": 131}},
			"capabilities": {"function_calling": true, "reasoning": true, "response_format": ["json_schema"],
				"input_modality": ["text", "image"], "output_modality": ["text"], "use_case_tag": ["code_chat"]}},
			"publishing_information": {"endpoint_publication_date": "12/08/2025"}}}`, i, i))
		ids = append(ids, fmt.Sprintf(`{"id": "model-%03d-instruct-with-a-long-name"}, {"id": "unlisted-%03d"}`, i, i))
	}
	return []byte("[" + strings.Join(models, ",") + "]"), []byte(`{"data": [` + strings.Join(ids, ",") + "]}")
}

// session is a real client of a real server that mounts a Set and nothing else.
type session struct {
	*client.Client
	testing.TB
	provider *provider.Provider
	set      *resources.Set
}

func connect(t testing.TB, s setup) session {
	t.Helper()
	if s.handler == nil {
		s.handler = emulator.New(s.upstream)
	}
	listening := httptest.NewServer(s.handler)
	t.Cleanup(listening.Close)
	p, err := provider.New(provider.Options{
		BaseURL: listening.URL + "/v1", CatalogURL: listening.URL + "/rest/v1/models_v2",
		CatalogTTL: s.ttl, Models: s.models, MaxCost: s.budget,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)

	if s.tools == nil {
		s.tools = []string{"chat", "structured-extract", "resolve-virtual-model", "list-models"}
	}
	set, hooks := resources.New(p, s.tools), &mcpserver.Hooks{}
	set.AddHooks(hooks)
	srv := mcpserver.NewMCPServer("test", "1", append(set.ServerOptions(), mcpserver.WithHooks(hooks))...)
	srv.AddResources(set.Resources()...)
	srv.AddResourceTemplates(set.Templates()...)
	srv.AddPrompts(set.Prompts()...)

	if s.option == nil {
		s.option = eras()[0].option
	}
	c, err := client.NewInProcessClientWithOptions(srv, s.option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return session{c, t, p, set}
}

func (c session) tryRead(uri string) (*mcp.ReadResourceResult, error) {
	var request mcp.ReadResourceRequest
	request.Params.URI = uri
	return c.ReadResource(c.Context(), request)
}

// read returns the only text of a resource.
func (c session) read(uri, mimeType string) string {
	c.Helper()
	result, err := c.tryRead(uri)
	if err != nil {
		c.Fatalf("%s: %v", uri, err)
	}
	if len(result.Contents) != 1 {
		c.Fatalf("%s: %d contents, want 1", uri, len(result.Contents))
	}
	text, ok := result.Contents[0].(mcp.TextResourceContents)
	if !ok {
		c.Fatalf("%s: the content is a %T", uri, result.Contents[0])
	}
	if text.URI != uri || text.MIMEType != mimeType || strings.TrimSpace(text.Text) == "" {
		c.Errorf("%s: got URI %q, type %q, %d bytes; want type %q", uri, text.URI, text.MIMEType, len(text.Text), mimeType)
	}
	return text.Text
}

func (c session) tryPrompt(name string, arguments map[string]string) (*mcp.GetPromptResult, error) {
	var request mcp.GetPromptRequest
	request.Params.Name, request.Params.Arguments = name, arguments
	return c.GetPrompt(c.Context(), request)
}

// prompt returns the text of the first message of a prompt.
func (c session) prompt(name string, arguments map[string]string) string {
	c.Helper()
	result, err := c.tryPrompt(name, arguments)
	if err != nil {
		c.Fatalf("%s %v: %v", name, arguments, err)
	}
	first := result.Messages[0]
	text, ok := first.Content.(mcp.TextContent)
	if !ok || first.Role != mcp.RoleUser {
		c.Fatalf("%s: the first message is a %T of the %s", name, first.Content, first.Role)
	}
	return text.Text
}

func (c session) complete(ref any, argument, typed string) mcp.Completion {
	c.Helper()
	var request mcp.CompleteRequest
	request.Params.Ref = ref
	request.Params.Argument = mcp.CompleteArgument{Name: argument, Value: typed}
	result, err := c.Complete(c.Context(), request)
	if err != nil {
		c.Fatalf("completing %q of %v: %v", argument, ref, err)
	}
	if result.Completion.Values == nil {
		c.Errorf("completing %q of %v: the values are null", argument, ref)
	}
	return result.Completion
}

// wantError checks the code, as the client's error names it, and what the
// message says.
func wantError(t testing.TB, err, code error, parts ...string) {
	t.Helper()
	if err == nil || code != nil && !errors.Is(err, code) {
		t.Fatalf("got %v, want an error, %v", err, code)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

func wantParts(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}
