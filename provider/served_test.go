package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// engine is a server that is not AI Endpoints: it serves models and has no catalogue.
func engine(models ...string) (handler http.Handler, sent *[]string) {
	sent = &[]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/models", func(w http.ResponseWriter, _ *http.Request) {
		var entries []string
		for _, id := range models {
			entries = append(entries, fmt.Sprintf(`{"id":%q}`, id))
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(entries, ","))
	})
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			*sent = append(*sent, readModel(r))
			_, _ = w.Write([]byte(body))
		}
	}
	mux.HandleFunc("/v1"+chatPath, answer(`{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`))
	mux.HandleFunc("/v1"+embedPath, answer(`{"data":[{"embedding":[1,2]}]}`))
	return mux, sent
}

func withoutCatalog(o *provider.Options) {
	o.CatalogURL, o.RateLimit = "", provider.AutoRateLimit
}

// The catalogue describes AI Endpoints. Of another server only what it serves is known.
func TestAnotherServerWithoutACatalogue(t *testing.T) {
	t.Parallel()
	handler, sent := engine("qwen-local", "nomic-embed-text")
	p := connect(t, handler, withoutCatalog)
	for range 4 { // two a minute would throttle
		result, err := p.Chat(t.Context(), provider.ChatRequest{Messages: says("hi")})
		if err != nil {
			t.Fatal(err)
		}
		if result.Model != "qwen-local" || result.Cost != nil || len(result.Warnings) != 0 {
			t.Errorf("got %+v", result)
		}
	}
	embedded, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}})
	if err != nil || embedded.Model != "nomic-embed-text" {
		t.Errorf("got %+v, %v", embedded, err)
	}
	if got := strings.Join(*sent, " "); got != "qwen-local qwen-local qwen-local qwen-local nomic-embed-text" {
		t.Errorf("sent to %s", got)
	}
	image := shows(pixels(t, 1, 1))
	if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: "qwen-local", Messages: image}); err != nil {
		t.Errorf("nothing is known of its vision, but: %v", err)
	}
	_, err = p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
	if got := wantCode(t, err, provider.CodeUnknownModel); !strings.Contains(got.Hint, "qwen-local") || strings.Contains(got.Error(), "AI Endpoints") {
		t.Errorf("got %v", got)
	}
	_, err = p.Chat(t.Context(), provider.ChatRequest{Model: "llama@latest", Messages: says("hi")})
	if got := wantCode(t, err, provider.CodeNoMatch); !strings.Contains(got.Hint, "qwen-local, nomic-embed-text") {
		t.Errorf("got %v", got)
	}
}

func TestAnotherServerWithSeveralModelsWantsAName(t *testing.T) {
	t.Parallel()
	handler, _ := engine("a-7b", "b-7b", "whisper-1")
	p := connect(t, handler, withoutCatalog)
	_, err := p.Chat(t.Context(), provider.ChatRequest{Messages: says("hi")})
	if got := wantCode(t, err, provider.CodeInvalidArgument); !strings.Contains(got.Message, "model") || !strings.Contains(got.Hint, "a-7b, b-7b, whisper-1") {
		t.Errorf("got %v", got)
	}
}

func TestAnotherServerThatCannotBeReached(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "http://127.0.0.1:1", http.DefaultClient, withoutCatalog)
	_, err := p.Chat(t.Context(), provider.ChatRequest{Messages: says("hi")})
	if got := wantCode(t, err, provider.CodeUpstreamUnreachable); !strings.Contains(got.Message, "127.0.0.1:1") {
		t.Errorf("got %v", got)
	}
}

func TestABudgetNeedsPrices(t *testing.T) {
	t.Parallel()
	_, err := provider.New(provider.Options{BaseURL: "http://127.0.0.1:8400/v1", MaxCost: 1})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:8400") {
		t.Errorf("got %v", err)
	}
}
