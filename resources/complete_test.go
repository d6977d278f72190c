package resources_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func ofTemplate(uri string) mcp.ResourceReference {
	return mcp.ResourceReference{Type: "ref/resource", URI: uri}
}

func ofPrompt(name string) mcp.PromptReference {
	return mcp.PromptReference{Type: "ref/prompt", Name: name}
}

func TestCompletions(t *testing.T) {
	tests := []struct {
		name            string
		ref             any
		argument, typed string
		want            []string
	}{
		{"ids by prefix, in any case", ofTemplate(template), "id", "GPT", []string{"gpt-oss-120b", "gpt-oss-20b"}},
		{"prefix first, then contains", ofTemplate(template), "id", "m", []string{
			"Meta-Llama-3_3-70B-Instruct", "Mistral-7B-Instruct-v0.3", "Mistral-Nemo-Instruct-2407", "Mistral-Small-3.2-24B-Instruct-2506",
			"bge-m3", "bge-multilingual-gemma2", "Qwen3-Embedding-8B"}},
		{"contains", ofTemplate(template), "id", "instruct-25", []string{"Mistral-Small-3.2-24B-Instruct-2506"}},
		{"aliases where no id has it", ofTemplate(template), "id", "openai/gpt", []string{"openai/gpt-oss-120b", "openai/gpt-oss-20b"}},
		{"no such id", ofTemplate(template), "id", "zzz", []string{}},
		{"no such argument", ofTemplate(template), "name", "gpt", []string{}},
		{"no such template", ofTemplate("ai-endpoints://x/{id}"), "id", "gpt", []string{}},

		{"tags by prefix, then contains", ofPrompt("choose-model"), "tag", "LLAMA", []string{"llama", "meta-llama"}},
		{"abilities", ofPrompt("choose-model"), "needs", "", []string{"json", "reasoning", "tools", "vision"}},
		{"a further ability", ofPrompt("choose-model"), "needs", "vision, t", []string{"vision, tools"}},
		{"an ability that is there", ofPrompt("choose-model"), "needs", "tools,t", []string{}},

		{"models that chat", ofPrompt("compare-models"), "models", "qwen3-", []string{"Qwen3-32B", "Qwen3-Coder-30B-A3B-Instruct"}},
		{"a further model", ofPrompt("compare-models"), "models", "gpt-oss-20b, gpt", []string{"gpt-oss-20b, gpt-oss-120b"}},
		{"no embedding model", ofPrompt("compare-models"), "models", "bge", []string{}},
		{"no guard model", ofPrompt("compare-models"), "models", "qwen3guard", []string{}},
		{"a named model", ofPrompt("compare-models"), "models", "code", []string{"coder", "Qwen3-Coder-30B-A3B-Instruct"}},
		{"a query", ofPrompt("compare-models"), "models", "gpt-oss-20b,llama@l", []string{"gpt-oss-20b,llama@latest", "gpt-oss-20b,meta-llama@latest"}},
		{"free text", ofPrompt("compare-models"), "question", "gpt", []string{}},
		{"no such prompt", ofPrompt("nope"), "models", "gpt", []string{}},
	}
	for _, e := range eras() {
		c := connect(t, setup{option: e.option, models: coder})
		for _, test := range tests {
			t.Run(e.name+"/"+test.name, func(t *testing.T) {
				got := session{c.Client, t, c.provider, c.set}.complete(test.ref, test.argument, test.typed)
				if diff := cmp.Diff(test.want, got.Values); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
				if got.Total != len(test.want) || got.HasMore {
					t.Errorf("total %d, more: %v", got.Total, got.HasMore)
				}
			})
		}
	}
}

func TestCompletionsAreAtMost100(t *testing.T) {
	listed, served := manyModels(120)
	c := connect(t, setup{upstream: emulator.Options{Catalog: listed, Served: served}})
	for typed, total := range map[string]int{"": 240, "MODEL-": 120, "model-00": 10, "unlisted-1": 20} {
		got := c.complete(ofTemplate(template), "id", typed)
		if len(got.Values) != min(total, 100) || got.Total != total || got.HasMore != (total > 100) {
			t.Errorf("%q: %d values of %d, more: %v; want %d", typed, len(got.Values), got.Total, got.HasMore, total)
		}
		for _, value := range got.Values {
			if !strings.Contains(value, strings.ToLower(typed)) {
				t.Errorf("%q: got %q", typed, value)
			}
		}
	}
	// The first hundred are the first in the alphabet.
	got := c.complete(ofTemplate(template), "id", "unlisted").Values
	for i := range 100 {
		if want := fmt.Sprintf("unlisted-%03d", i); !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// What completes must be accepted.
func TestCompletedIDsCanBeRead(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		ids := c.complete(ofTemplate(template), "id", "").Values
		if len(ids) != 24 { // 19 listed and 5 only served
			t.Errorf("%d ids, want 24: %q", len(ids), ids)
		}
		for _, id := range ids {
			wantParts(t, c.read(modelsURI+id, "application/json"), `"id":"`+id+`"`)
		}
	})
}

// coder is a configuration with one named model.
var coder = map[string]provider.NamedModel{"coder": {Model: "gpt-oss-120b"}}
