package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// TestDefaultsThatMatchNothing are replaced by the built-in ones, then by any model that
// can do what the call needs. A model that the caller names is not replaced.
func TestDefaultsThatMatchNothing(t *testing.T) {
	t.Parallel()
	const none = "nothing@latest"
	embedding := `{"name":"E","available":true,"metadata":{"model_specs":{"capabilities":{"input_modality":["text"],` +
		`"output_modality":["embedding_vector"]},"model_parameters":{"params":{"output_dimension":4}}}}}`
	chatting := func(name, price string) string {
		return `{"name":"` + name + `","available":true,"metadata":{"model_specs":{"capabilities":{"input_modality":["text"],"output_modality":["text"]}},` +
			`"usage_information":{"pricing":[{"price":` + price + `,"price_unit":"million_input_tokens"}]}}}`
	}
	guard := strings.Replace(chatting("G", "0"), `"available"`, `"category":"LLM Guard","available"`, 1)
	full, _ := catalog.SnapshotPayloads()
	tests := []struct {
		name     string
		defaults provider.Defaults
		listed   string
		embed    bool
		want     string // "" is no match
		warned   bool
	}{
		{"a configured default that matches", provider.Defaults{Chat: "llama@latest"}, string(full), false, "Meta-Llama-3_3-70B-Instruct", false},
		{"a configured default is replaced by the built-in one", provider.Defaults{Chat: none}, string(full), false, "gpt-oss-120b", true},
		{"a named model that is the default", provider.Defaults{Chat: "mine"}, string(full), false, "gpt-oss-120b", true},
		{"one of another kind, too", provider.Defaults{Chat: "BAAI@latest"}, string(full), false, "gpt-oss-120b", true},
		{"a configured embedding default", provider.Defaults{Embed: none}, string(full), true, "bge-m3", true},
		{"an embedding default by query", provider.Defaults{Embed: "qwen@latest"}, string(full), true, "Qwen3-Embedding-8B", false},
		{"any embedding model", provider.Defaults{Embed: none}, "[" + chatting("A", "1") + "," + embedding + "]", true, "E", true},
		{"the cheapest", provider.Defaults{},
			"[" + chatting("A", "null") + "," + chatting("B", "2") + "," + chatting("C", "1") + "," + guard + "]",
			false, "C", true},
		{"the first, without prices", provider.Defaults{},
			"[" + guard + "," + chatting("B", "null") + "," + chatting("A", "null") + "]", false, "B", true},
		{"no model can", provider.Defaults{}, "[" + embedding + "," + guard + "]", false, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{Catalog: []byte(tt.listed), Served: []byte(`["E"]`)})
			p := connect(t, e, func(o *provider.Options) {
				o.Defaults = tt.defaults
				o.Models = map[string]provider.NamedModel{"mine": {Model: none}}
			})
			var (
				meta provider.Meta
				err  error
			)
			if tt.embed {
				var result *provider.EmbedResult
				if result, err = p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}}); err == nil {
					meta = result.Meta
				}
			} else {
				var result *provider.ChatResult
				if result, err = p.Chat(t.Context(), provider.ChatRequest{Messages: says("hi")}); err == nil {
					meta = result.Meta
				}
			}
			if tt.want == "" {
				_ = wantCode(t, err, provider.CodeNoMatch)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var warned []provider.WarningCode
			if tt.warned {
				warned = []provider.WarningCode{provider.WarnNoLocalMatch}
			}
			if diff := cmp.Diff(warned, codes(meta.Warnings)); meta.Model != tt.want || meta.ResolvedBy != provider.ResolvedByCatalog || diff != "" {
				t.Errorf("model %s by %s, want %s; warnings %v", meta.Model, meta.ResolvedBy, tt.want, meta.Warnings)
			}
		})
	}
	p := connect(t, emulator.New(emulator.Options{}))
	_, err := p.Chat(t.Context(), provider.ChatRequest{Model: "nothing@latest?params>=1", Messages: says("hi")})
	_ = wantCode(t, err, provider.CodeNoMatch)
}
