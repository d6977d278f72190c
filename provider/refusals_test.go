package provider_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// TestRefusedBeforeSending covers calls that fail without reaching a model.
func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	tools := json.RawMessage(`[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`)
	schema := json.RawMessage(`{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}}`)
	object := json.RawMessage(`{"type":"json_object"}`)
	image := []provider.Message{{Role: "user",
		Content: provider.Content{Parts: []provider.Part{{Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}}}}}}
	chat := func(r provider.ChatRequest) func(context.Context, *provider.Provider) error {
		return func(ctx context.Context, p *provider.Provider) error {
			if r.Messages == nil {
				r.Messages = says("hi")
			}
			_, err := p.Chat(ctx, r)
			return err
		}
	}
	embed := func(model string, dimensions *int) func(context.Context, *provider.Provider) error {
		return func(ctx context.Context, p *provider.Provider) error {
			_, err := p.Embed(ctx, provider.EmbedRequest{Model: model, Input: []string{"a"}, Dimensions: dimensions})
			return err
		}
	}
	tests := []struct {
		name  string
		call  func(context.Context, *provider.Provider) error
		code  provider.Code
		words []string // of the error's text, in order
	}{
		{"a chat with an unknown model", chat(provider.ChatRequest{Model: "gpt-oss-12b"}), provider.CodeUnknownModel,
			[]string{`"gpt-oss-12b"`, "Hint:", "gpt-oss-120b", "gpt-oss-20b"}},
		{"a chat with a misspelt named model", chat(provider.ChatRequest{Model: "codr"}), provider.CodeUnknownModel,
			[]string{`"codr"`, "Hint:", "coder"}},
		{"a chat with a model behind another prefix", chat(provider.ChatRequest{Model: "openrouter/gpt-oss-120b"}), provider.CodeUnknownModel,
			[]string{"Hint:", "gpt-oss-120b"}},
		{"a chat with the stray ppl", chat(provider.ChatRequest{Model: "ppl"}), provider.CodeUnknownModel, []string{`"ppl"`}},
		{"an embedding with an unknown model", embed("bge-m4", nil), provider.CodeUnknownModel, []string{`"bge-m4"`, "Hint:", "bge-m3"}},
		{"a chat with an embedding model", chat(provider.ChatRequest{Model: "bge-m3"}), provider.CodeUnsupported,
			[]string{"bge-m3", "chat", "Hint:", "gpt-oss-120b"}},
		{"a chat with a voice", chat(provider.ChatRequest{Model: "nvr-tts-en-us"}), provider.CodeUnsupported,
			[]string{"nvr-tts-en-us", "chat", "Hint:"}},
		{"a chat with an ear", chat(provider.ChatRequest{Model: "whisper-large-v3"}), provider.CodeUnsupported,
			[]string{"whisper-large-v3", "chat", "Hint:"}},
		{"an embedding with a chat model", embed("gpt-oss-120b", nil), provider.CodeUnsupported,
			[]string{"gpt-oss-120b", "embedding", "Hint:", "bge-m3"}},
		{"an image for a model without vision", chat(provider.ChatRequest{Model: "gpt-oss-120b", Messages: image}), provider.CodeUnsupported,
			[]string{"gpt-oss-120b", "image", "Hint:", "Qwen3.5-397B-A17B"}},
		{"tools for a model that calls none", chat(provider.ChatRequest{Model: "Qwen2.5-VL-72B-Instruct", Tools: tools}),
			provider.CodeUnsupported,
			[]string{"Qwen2.5-VL-72B-Instruct", "call tools", "Hint:", "gpt-oss-120b"}},
		{"a schema for a model that takes none", chat(provider.ChatRequest{Model: "Qwen3Guard-Gen-8B", ResponseFormat: schema}),
			provider.CodeUnsupported,
			[]string{"Qwen3Guard-Gen-8B", "json_schema", "Hint:", "gpt-oss-120b"}},
		{"JSON of a model that cannot", chat(provider.ChatRequest{Model: "Qwen3Guard-Gen-8B", ResponseFormat: object}), provider.CodeUnsupported,
			[]string{"json_object", "Hint:", "gpt-oss-120b"}},
		{"dimensions of a model that has one size", embed("bge-m3", new(512)), provider.CodeUnsupported,
			[]string{"dimensions", "bge-m3", "1024", "Hint:", "Qwen3-Embedding-8B (32 to 4096)"}},
		{"dimensions below the least", embed("Qwen3-Embedding-8B", new(31)), provider.CodeInvalidArgument,
			[]string{"dimensions", "31", "32 to 4096"}},
		{"dimensions above the most", embed("Qwen3-Embedding-8B", new(4097)), provider.CodeInvalidArgument,
			[]string{"dimensions", "4097", "32 to 4096"}},
		{"a query that does not parse", chat(provider.ChatRequest{Model: "llama@fastst"}), provider.CodeQuerySyntax,
			[]string{`"fastst"`, `"fastest"`}},
		{"a query without a tag", chat(provider.ChatRequest{Model: "@cheapest"}), provider.CodeQuerySyntax, []string{"Hint:"}},
		{"an extended query that nothing matches", chat(provider.ChatRequest{Model: "llama@biggest?input_cost<=0.5"}), provider.CodeNoMatch,
			[]string{"Meta-Llama-3_3-70B-Instruct"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			got := wantCode(t, tt.call(t.Context(), connect(t, e, named)), tt.code)
			if got.Retryable || got.Status != 0 || len(got.Attempts) > 0 {
				t.Errorf("got %+v, want an error without an attempt", got)
			}
			text := got.Error()
			for _, word := range tt.words {
				_, rest, ok := strings.Cut(text, word)
				if !ok {
					t.Errorf("%q does not say %q in its place", got, word)
					break
				}
				text = rest
			}
			for _, r := range e.Requests() {
				if r.Method != "GET" {
					t.Errorf("%s %s was sent", r.Method, r.Path)
				}
			}
		})
	}
}

func TestUnknownModelNamesTheThreeNearest(t *testing.T) {
	t.Parallel()
	_, err := connect(t, emulator.New(emulator.Options{})).Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-12b", Messages: says("hi")})
	got := wantCode(t, err, provider.CodeUnknownModel)
	_, list, _ := strings.Cut(got.Hint, "nearest are ")
	if names := strings.Split(list, ", "); len(names) != 3 || names[0] != "gpt-oss-120b" || names[1] != "gpt-oss-20b" {
		t.Errorf("got hint %q", got.Hint)
	}
}

func TestDimensionsInRangeAreGiven(t *testing.T) {
	t.Parallel()
	p := connect(t, emulator.New(emulator.Options{}))
	for _, dimensions := range []int{32, 256, 4096} {
		result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "Qwen3-Embedding-8B", Input: []string{"a"}, Dimensions: &dimensions})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(result.Vectors[0]); got != dimensions {
			t.Errorf("got %d dimensions, want %d", got, dimensions)
		}
	}
}

func TestEmbedQueryPicksAnEmbeddingModel(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	result, err := connect(t, e).Embed(t.Context(), provider.EmbedRequest{Model: "qwen@cheapest", Input: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	if sent := sentBody(t, e, embedPath)["model"]; sent != "Qwen3-Embedding-8B" || result.ResolvedBy != provider.ResolvedByCatalog {
		t.Errorf("sent model %q, resolved by %q", sent, result.ResolvedBy)
	}
}

func TestCheckModelName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in string
		ok bool
	}{
		{"gpt-oss-120b", true}, {"meta-llama/Llama-3.3-70B-Instruct", true}, {"ovhcloud/bge-m3", true},
		{"llama@latest", true}, {"ovhcloud/llama@biggest?input_cost<0.5", true}, {"NVIDIA Riva@latest", true},
		{"", false}, {"two words", false}, {"llama@", false}, {"llama@best", false}, {"a\nb", false}, {strings.Repeat("a", 201), false},
	}
	for _, tt := range tests {
		if err := provider.CheckModelName(tt.in); (err == nil) != tt.ok {
			t.Errorf("%q: got %v, want ok %t", tt.in, err, tt.ok)
		}
	}
}

// TestSlowCatalogueDelaysACallOnce: a catalogue that hangs costs the first call
// three seconds, not each look into it.
func TestSlowCatalogueDelaysACallOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: "/models_v2", Hang: true, Times: -1})
		p := connectInMemory(t, e)
		for _, want := range []time.Duration{3 * time.Second, 0} {
			start := time.Now()
			if _, err := ask(t, p); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != want {
				t.Errorf("a chat took %s, want %s", took, want)
			}
		}
	})
}
