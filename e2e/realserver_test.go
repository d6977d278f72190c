package e2e

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"time"
)

// TestRealServer runs chat and embed against any OpenAI-compatible server, such
// as llama-server or Ollama:
//
//	AI_ENDPOINTS_TEST_URL=http://127.0.0.1:8080/v1 AI_ENDPOINTS_TEST_MODEL=NAME go test -run TestRealServer -v ./e2e
//
// A server whose chat model makes no embeddings needs another one in
// AI_ENDPOINTS_TEST_EMBED_MODEL. A key is read from AI_ENDPOINTS_TEST_KEY.
func TestRealServer(t *testing.T) {
	url, model := os.Getenv("AI_ENDPOINTS_TEST_URL"), os.Getenv("AI_ENDPOINTS_TEST_MODEL")
	if url == "" || model == "" {
		t.Skip("AI_ENDPOINTS_TEST_URL and AI_ENDPOINTS_TEST_MODEL name no server and model to test with")
	}
	t.Setenv("OVH_AI_ENDPOINTS_ACCESS_TOKEN", os.Getenv("AI_ENDPOINTS_TEST_KEY"))
	for name, start := range agents {
		t.Run(name, func(t *testing.T) {
			// The server has no catalogue; nothing listens on port 1.
			a := start(t, "stdio", "--base-url", url, "--catalog-url", "http://127.0.0.1:1/", "--cache-dir", t.TempDir(),
				"--rate-limit", "off", "--timeout", "10m")
			t.Run("chat", func(t *testing.T) { realChat(t, a, model) })
			t.Run("embed", func(t *testing.T) { realEmbed(t, a, model) })
		})
	}
}

// slowAnswer is how long a small machine may take to answer.
const slowAnswer = 10 * time.Minute

func realChat(t *testing.T, a agent, model string) {
	got, err := a.call(contextWithin(t, slowAnswer), "chat", map[string]any{
		"model": model, "system": "Answer in one short sentence.", "prompt": "What is the capital of France?",
		"max_tokens": 2000, "temperature": 0,
	}, "real")
	if err != nil || got.isError {
		t.Fatalf("%+v, %v", got, err)
	}
	t.Logf("%s answered: %s", got.structured["model"], got.texts)
	content, _ := got.structured["content"].(string)
	if !strings.Contains(content, "Paris") {
		t.Errorf("the content is %q", content)
	}
	if progress := strings.Join(a.progress("real"), ""); progress != content {
		t.Errorf("together the progress is %q", progress)
	}
}

func realEmbed(t *testing.T, a agent, model string) {
	other := os.Getenv("AI_ENDPOINTS_TEST_EMBED_MODEL")
	got, err := a.call(contextWithin(t, slowAnswer), "embed", map[string]any{
		"model": cmp.Or(other, model), "input": []string{"Stock prices fell.", "A cat sleeps on the sofa."}, "query": "pets",
	}, "")
	switch {
	case err != nil:
		t.Fatal(err)
	case got.isError && other == "":
		t.Skipf("%s makes no embeddings here; name a model that does in AI_ENDPOINTS_TEST_EMBED_MODEL: %s", model, got.texts[0])
	case got.isError:
		t.Fatal(got.texts[0])
	}
	t.Log(got.texts[0])
	if ranking, _ := got.structured["ranking"].([]any); len(ranking) != 2 {
		t.Errorf("the ranking is %v", got.structured["ranking"])
	}
}
