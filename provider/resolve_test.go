package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// named is a configuration with named models.
func named(o *provider.Options) {
	o.Models = map[string]provider.NamedModel{
		"coder": {Model: "Qwen3.5-397B-A17B", Temperature: new(0.2), MaxTokens: new(4000)},
		"quick": {Model: "text_generation@cheapest"},
		"local": {Model: "text_generation@cheapest?params>=20"},
		"llama": {Model: "llama-3-3-70b-instruct"},
	}
}

// choice says which model a call went to.
type choice struct {
	Sent, Answered, Requested, ResolvedBy string
	Warnings                              []provider.WarningCode
}

func TestModelNames(t *testing.T) {
	t.Parallel()
	alias, extension := []provider.WarningCode{provider.WarnModelAlias}, []provider.WarningCode{provider.WarnQueryExtension}
	tests := []struct {
		name, model string
		want        choice
	}{
		{"an exact id", "gpt-oss-120b", choice{"gpt-oss-120b", "gpt-oss-120b", "gpt-oss-120b", "", nil}},
		{"an id that the catalogue does not list", "Qwen3-32B", choice{"Qwen3-32B", "Qwen3-32B", "Qwen3-32B", "", nil}},
		{"blanks around an id", " gpt-oss-120b\n", choice{"gpt-oss-120b", "gpt-oss-120b", "gpt-oss-120b", "", nil}},
		{"an alias", "meta-llama/Llama-3.3-70B-Instruct",
			choice{"Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct", "", alias}},
		{"a slug", "llama-3-3-70b-instruct",
			choice{"Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "llama-3-3-70b-instruct", "", alias}},
		{"an id in other case", "GPT-OSS-120B", choice{"gpt-oss-120b", "gpt-oss-120b", "GPT-OSS-120B", "", alias}},
		{"an alias in other case", "META-LLAMA/llama-3.3-70b-instruct",
			choice{"Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "META-LLAMA/llama-3.3-70b-instruct", "", alias}},
		{"an id behind the prefix", "ovhcloud/gpt-oss-120b", choice{"gpt-oss-120b", "gpt-oss-120b", "ovhcloud/gpt-oss-120b", "", nil}},
		{"an alias behind the prefix", "ovhcloud/llama-3-3-70b-instruct",
			choice{"Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "ovhcloud/llama-3-3-70b-instruct", "", alias}},
		{"a query behind the prefix", "ovhcloud/gpt-oss@cheapest",
			choice{"gpt-oss@cheapest", "gpt-oss-20b", "ovhcloud/gpt-oss@cheapest", "service", nil}},
		{"a named model", "coder", choice{"Qwen3.5-397B-A17B", "Qwen3.5-397B-A17B", "coder", "", nil}},
		{"a named model behind the prefix", "ovhcloud/coder", choice{"Qwen3.5-397B-A17B", "Qwen3.5-397B-A17B", "ovhcloud/coder", "", nil}},
		{"a named model that is a query", "quick", choice{"text_generation@cheapest", "gpt-oss-20b", "quick", "service", nil}},
		{"a named model that is an alias", "llama", choice{"Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "llama", "", alias}},
		{"a named model that is an extended query", "local", choice{"gpt-oss-20b", "gpt-oss-20b", "local", "catalog", extension}},
		{"the default", "", choice{"gpt-oss-120b", "gpt-oss-120b", "text_generation@biggest?input_cost<0.2", "catalog", nil}},
		{"a query goes out as it was written", "GPT-OSS @ cheapest ? input_cost < 0.5",
			choice{"GPT-OSS @ cheapest ? input_cost < 0.5", "gpt-oss-20b", "GPT-OSS @ cheapest ? input_cost < 0.5", "service", nil}},
		{"a query with another operator", "gpt-oss@latest?params>=100",
			choice{"gpt-oss-120b", "gpt-oss-120b", "gpt-oss@latest?params>=100", "catalog", extension}},
		{"a query with two conditions", "qwen@biggest?params<300&input_cost<0.5",
			choice{"Qwen3.6-27B", "Qwen3.6-27B", "qwen@biggest?params<300&input_cost<0.5", "catalog", extension}},
		{"a query with a short number", "qwen@smallest?context_size>128k",
			choice{"Qwen3.5-9B", "Qwen3.5-9B", "qwen@smallest?context_size>128k", "catalog", extension}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			result, err := connect(t, e, named).Chat(t.Context(), provider.ChatRequest{Model: tt.model, Messages: says("hi")})
			if err != nil {
				t.Fatal(err)
			}
			sent, _ := sentBody(t, e, chatPath)["model"].(string)
			got := choice{sent, result.Model, result.RequestedModel, result.ResolvedBy, codes(result.Warnings)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if result.Cost == nil && result.Model != "Qwen3-32B" {
				t.Error("the cost of a listed model is unknown")
			}
		})
	}
}

func TestServiceIsAskedThoughNothingListedMatches(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath,
		RawEvents: []string{`{"model":"Mistral-Small-3.2-24B-Instruct-2506","choices":[{"delta":{"content":"Bonjour"}}]}`, stopped, lateUsage,
			done}})
	const query = "mistral@latest?context_size > 100000"
	result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Model: query, Messages: says("hi")})
	if err != nil {
		t.Fatal(err)
	}
	if sent := sentBody(t, e, chatPath)["model"]; sent != query {
		t.Errorf("sent model %q", sent)
	}
	want := choice{"", "Mistral-Small-3.2-24B-Instruct-2506", query, "service", []provider.WarningCode{provider.WarnNoLocalMatch}}
	if diff := cmp.Diff(want, choice{"", result.Model, result.RequestedModel, result.ResolvedBy, codes(result.Warnings)}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestQueryOfCallThatNeedsACapability: the service cannot see what the call asks
// of its model, so the catalogue decides among those that have it.
func TestQueryOfCallThatNeedsACapability(t *testing.T) {
	t.Parallel()
	tools := json.RawMessage(`[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`)
	schema := json.RawMessage(`{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object","properties":{},"additionalProperties":false}}}`)
	image := []provider.Message{{Role: "user", Content: provider.Content{Parts: []provider.Part{
		{Type: "text", Text: "what is it?"}, {Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}},
	}}}}
	tests := []struct {
		name string
		in   provider.ChatRequest
		want string
	}{
		{"an image", provider.ChatRequest{Model: "text_generation@cheapest", Messages: image}, "Qwen3.5-9B"},
		{"an image and no model", provider.ChatRequest{Messages: image}, "Qwen3.5-9B"},
		{"tools", provider.ChatRequest{Model: "qwen@cheapest?input_cost>0.65", Messages: says("hi"), Tools: tools}, ""},
		{"a schema", provider.ChatRequest{Model: "text_generation@cheapest", Messages: says("hi"), ResponseFormat: schema}, "gpt-oss-20b"},
		{"a JSON object",
			provider.ChatRequest{Model: "text_generation@cheapest", Messages: says("hi"), ResponseFormat: json.RawMessage(`{"type":"json_object"}`)},
			"gpt-oss-20b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			result, err := connect(t, e).Chat(t.Context(), tt.in)
			if tt.want == "" { // Qwen2.5-VL-72B, the only one of that price, cannot call tools
				_ = wantCode(t, err, provider.CodeNoMatch)
				if n := len(e.Calls(chatPath)); n > 0 {
					t.Errorf("%d chats were sent", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if sent := sentBody(t, e, chatPath)["model"]; sent != tt.want || result.ResolvedBy != provider.ResolvedByCatalog {
				t.Errorf("sent model %q, resolved by %q", sent, result.ResolvedBy)
			}
		})
	}
}

func TestSettingsOfNamedModels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   provider.ChatRequest
		want map[string]any
	}{
		{"apply where the call has none", provider.ChatRequest{Model: "coder"}, map[string]any{"temperature": 0.2, "max_tokens": 4000.0}},
		{"yield to the call's", provider.ChatRequest{Model: "coder", Temperature: new(0.0), MaxTokens: new(5)},
			map[string]any{"temperature": 0.0, "max_tokens": 5.0}},
		{"yield one by one", provider.ChatRequest{Model: "coder", MaxTokens: new(5)}, map[string]any{"temperature": 0.2, "max_tokens": 5.0}},
		{"apply to the default", provider.ChatRequest{}, map[string]any{"temperature": 0.2, "max_tokens": 4000.0}},
		{"do not apply to the model itself", provider.ChatRequest{Model: "Qwen3.5-397B-A17B"}, map[string]any{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			p := connect(t, e, named, func(o *provider.Options) { o.Defaults.Chat = "coder" })
			tt.in.Messages = says("hi")
			if _, err := p.Chat(t.Context(), tt.in); err != nil {
				t.Fatal(err)
			}
			body := sentBody(t, e, chatPath)
			got := map[string]any{}
			for _, field := range []string{"temperature", "max_tokens"} {
				if value, ok := body[field]; ok {
					got[field] = value
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || body["model"] != "Qwen3.5-397B-A17B" {
				t.Errorf("model %v, settings (-want +got):\n%s", body["model"], diff)
			}
		})
	}
}

func TestDefaultsOfConfiguration(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e, func(o *provider.Options) {
		o.Defaults = provider.Defaults{Chat: "gpt-oss-20b", Vision: "Qwen3.6-27B", Embed: "bge-multilingual-gemma2"}
	})
	image := provider.Content{Parts: []provider.Part{{Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}}}}
	for _, messages := range [][]provider.Message{says("hi"), {{Role: "user", Content: image}}} {
		if _, err := p.Chat(t.Context(), provider.ChatRequest{Messages: messages}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, body := range append(sentBodies(t, e, chatPath), sentBodies(t, e, embedPath)...) {
		got = append(got, body["model"])
	}
	if diff := cmp.Diff([]any{"gpt-oss-20b", "Qwen3.6-27B", "bge-multilingual-gemma2"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, model string
		want        *float64 // nil is unknown
	}{
		{"from both prices", "gpt-oss-120b", new(0.08*7e-6 + 0.4*5e-6)},
		{"a price of 0 is free", "Qwen3Guard-Gen-8B", new(0.0)},
		{"of a model without prices it is unknown", "Qwen3-32B", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), stopped, lateUsage, done}})
			result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Model: tt.model, Messages: says("hi")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, result.Cost, cmp.Comparer(func(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnverifiedModel(t *testing.T) {
	t.Parallel()
	down := func(path string) emulator.Fault {
		return emulator.Fault{Path: path, Status: http.StatusServiceUnavailable, Body: "down", Times: -1}
	}
	tests := []struct {
		name   string
		faults []emulator.Fault
		model  string
		sent   string // "" is unknown_model
	}{
		{"without the catalogue an unknown id goes out", []emulator.Fault{down("/models_v2")}, "Brand-New-70B", "Brand-New-70B"},
		{"without the served ids an unknown id goes out", []emulator.Fault{down("/models")}, "Brand-New-70B", "Brand-New-70B"},
		{"without both an unknown id goes out", []emulator.Fault{down("/models"), down("/models_v2")}, "vendor/Brand-New:70B",
			"vendor/Brand-New:70B"},
		{"what is no id does not", []emulator.Fault{down("/models")}, "no such model!", ""},
		{"with both an unknown id does not", nil, "Brand-New-70B", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(append(tt.faults, emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), stopped, lateUsage, done}})...)
			result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Model: tt.model, Messages: says("hi")})
			if tt.sent == "" {
				_ = wantCode(t, err, provider.CodeUnknownModel)
				if n := len(e.Calls(chatPath)); n > 0 {
					t.Errorf("%d chats were sent", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if sent := sentBody(t, e, chatPath)["model"]; sent != tt.sent {
				t.Errorf("sent model %q", sent)
			}
			if diff := cmp.Diff([]provider.WarningCode{provider.WarnModelUnverified}, codes(result.Warnings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSnapshotServesNamesWhenTheServiceListsNothing(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: "/models", Status: 500, Times: -1}, emulator.Fault{Path: "/models_v2", Body: "<html>", Times: -1})
	result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Model: "llama-3-3-70b-instruct", Messages: says("hi")})
	if err != nil {
		t.Fatal(err)
	}
	if result.Model != "Meta-Llama-3_3-70B-Instruct" || !strings.Contains(result.Content, "[emulator]") {
		t.Errorf("got model %q, content %q", result.Model, result.Content)
	}
}

// readModel returns the model that a request names.
func readModel(r *http.Request) string {
	var body struct{ Model string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	return body.Model
}

// Gateways serve ids that look like queries.
func TestAServedIDThatHoldsAnAtSignIsNoQuery(t *testing.T) {
	t.Parallel()
	const served = `{"object":"list","data":[{"id":"@cf/meta/llama-3.1-8b-instruct"},{"id":"claude@20240620"},{"id":"llama@latest"}]}`
	for _, id := range []string{"@cf/meta/llama-3.1-8b-instruct", "claude@20240620", "llama@latest", ` "claude@20240620" `} {
		var sent string
		handler := answering("/models", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(served)) })
		p := connectInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/chat/completions") {
				sent = readModel(r)
				_, _ = w.Write([]byte(`{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`))
				return
			}
			handler.ServeHTTP(w, r)
		}))
		if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: id, Messages: says("hello")}); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if want := strings.Trim(id, ` "`); sent != want {
			t.Errorf("%s was sent as %q", id, sent)
		}
	}
}
