package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// retiring is a call to a model that is retired, and the model's replacement.
type retiring struct {
	name, model string
	call        func(testing.TB, *provider.Provider, string) ([]provider.Warning, error)
	want        string
}

func chatting(adjust ...func(*provider.ChatRequest)) func(testing.TB, *provider.Provider, string) ([]provider.Warning, error) {
	return func(t testing.TB, p *provider.Provider, model string) ([]provider.Warning, error) {
		req := provider.ChatRequest{Model: model, Messages: says("hi")}
		for _, change := range adjust {
			change(&req)
		}
		result, err := p.Chat(t.Context(), req)
		if err != nil {
			return nil, err
		}
		return result.Warnings, nil
	}
}

func embedOne(t testing.TB, p *provider.Provider, model string) ([]provider.Warning, error) {
	result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: model, Input: []string{"a"}})
	if err != nil {
		return nil, err
	}
	return result.Warnings, nil
}

func retirements() []retiring {
	withTools := func(r *provider.ChatRequest) {
		r.Tools = json.RawMessage(`[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`)
	}
	withImage := func(r *provider.ChatRequest) {
		r.Messages = []provider.Message{{Role: "user",
			Content: provider.Content{Parts: []provider.Part{{Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}}}}}}
	}
	const incomparable = ", whose vectors do not compare with the old ones"
	return []retiring{
		{"of the same series", "gpt-oss-120b", chatting(), "gpt-oss-20b"},
		{"and the other way round", "gpt-oss-20b", chatting(), "gpt-oss-120b"},
		{"of the closest size in the series", "Qwen3.5-397B-A17B", chatting(), "Qwen3.6-27B"},
		{"larger or smaller", "Qwen3.5-9B", chatting(), "Qwen3.6-27B"},
		{"that loses no ability", "Qwen2.5-VL-72B-Instruct", chatting(), "Qwen3.6-27B"},
		{"of another series, with the same use cases", "Meta-Llama-3_3-70B-Instruct", chatting(), "gpt-oss-120b"},
		{"that calls tools", "gpt-oss-120b", chatting(withTools), "gpt-oss-20b"},
		{"that takes images", "Qwen3.5-397B-A17B", chatting(withImage), "Qwen3.6-27B"},
		{"a guard for a guard", "Qwen3Guard-Gen-8B", chatting(), "Qwen3Guard-Gen-0.6B"},
		{"that returns embeddings", "bge-m3", embedOne, "bge-multilingual-gemma2" + incomparable},
		{"that returns embeddings, of another series", "Qwen3-Embedding-8B", embedOne, "bge-m3" + incomparable},
	}
}

func TestARetiredModelNamesItsReplacement(t *testing.T) {
	t.Parallel()
	for _, tt := range retirements() {
		for what, body := range map[string]string{
			"in the service's words": "{\"error\":{\"message\":\"model_not_found: The model `" + tt.model + "` does not exist\"}}",
			"without a word":         `{"message":"no"}`,
		} {
			t.Run(tt.name+", "+what, func(t *testing.T) {
				t.Parallel()
				e := emulator.New(emulator.Options{})
				e.Script(emulator.Fault{Status: http.StatusNotFound, Body: body, Times: -1})
				_, err := tt.call(t, connect(t, e, withMaxWait(1)), tt.model)
				got := wantCode(t, err, provider.CodeUnknownModel)
				want := tt.model + " was retired, although the catalogue lists it; the nearest replacement is " + tt.want
				if got.Hint != want || got.Status != http.StatusNotFound || got.Retryable {
					t.Errorf("got %+v, want the hint %q", got, want)
				}
				if len(got.Attempts) != 1 || got.Attempts[0].Code != provider.CodeUnknownModel {
					t.Errorf("got the attempts %+v", got.Attempts)
				}
			})
		}
	}
}

func TestADeprecatedModelNamesItsReplacement(t *testing.T) {
	t.Parallel()
	const notice = "This model is deprecated and will be removed"
	for _, tt := range retirements() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Header: map[string]string{"X-Warning": notice}, Times: -1})
			got, err := tt.call(t, connect(t, e), tt.model)
			if err != nil {
				t.Fatal(err)
			}
			want := provider.Warning{Code: provider.WarnModelDeprecated,
				Message: "the service says: " + notice + "; the nearest replacement is " + tt.want}
			if len(got) != 1 || got[0] != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Of a model that is served but not listed only the name is known.
func TestAnUnlistedModelHasTheNearestName(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Header: map[string]string{"X-Warning": "deprecated"}})
	got, err := chatting()(t, connect(t, e), "Qwen3-32B")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !strings.HasSuffix(got[0].Message, "; the nearest replacement is Qwen3.6-27B") {
		t.Errorf("got %+v", got)
	}
}

func TestA404IsNotAlwaysARetiredModel(t *testing.T) {
	t.Parallel()
	const unknown = "{\"error\":{\"message\":\"model_not_found: The model `X` does not exist\"}}"
	tests := []struct {
		name, model, body string
		faults            []emulator.Fault
		code              provider.Code
	}{
		{"an unlisted model", "Qwen3-32B", unknown, nil, provider.CodeUnknownModel},
		{"an unlisted model, without a word", "Qwen3-32B", `{"message":"no"}`, nil, provider.CodeUpstreamRejected},
		{"a query", "gpt-oss@latest", unknown, nil, provider.CodeUnknownModel},
		{"a base URL that serves nothing", "gpt-oss-120b", `{"message":"no such path"}`,
			[]emulator.Fault{{Path: "/models", Status: http.StatusNotFound, Times: -1}}, provider.CodeUpstreamRejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(append(tt.faults, emulator.Fault{Status: http.StatusNotFound, Body: tt.body, Times: -1})...)
			_, err := chatting()(t, connect(t, e), tt.model)
			if got := wantCode(t, err, tt.code); strings.Contains(got.Hint, "was retired") {
				t.Errorf("%q claims too much", got)
			}
		})
	}
}
