package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Whatever the config file holds, reading it ends. What is accepted can be used: a
// provider takes its models and defaults, and every model is within the limits.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		"", "# only a comment\n", "models:\n", "colour: red\n", "{{{", "\x00", "- a\n- b\n", "null", "42",
		"timeout: 5m\nlog-level: debug\n",
		"models:\n  coder: {model: Qwen3.5-397B-A17B, temperature: 0.2, max_tokens: 8192}\n" +
			"  quick: {model: \"text_generation@cheapest\", fallback: [gpt-oss-120b]}\n",
		"defaults: {chat: coder, embed: bge-m3}\nmodels: {coder: {model: gpt-oss-20b}}\n",
		"models: {a: {model: b}, b: {model: a}}\n", "models: {a: {model: \"llama@fastst\"}}\n",
		"models: {a: {model: gpt-oss-20b, temperature: .nan}}\n",
		"models: {a: {model: gpt-oss-20b, max_tokens: 99999999999999999999}}\n", "tools: [chat, embed]\nbase-url: http://127.0.0.1/v1\n",
		"!0", "a;b", "a: &a [1]\nb: *a\n", "models: {a: &m {model: gpt-oss-20b}, b: *m}\n", "log-level: warn\n---\ncolour: red\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(path)
		if err != nil {
			if text := err.Error(); strings.TrimSpace(text) == "" || strings.Contains(text, "cli.") {
				t.Errorf("the error does not help: %q", text)
			}
			return
		}
		for name, m := range c.models {
			switch {
			case m.Model == "":
				t.Errorf("models.%s has no model", name)
			case m.Temperature != nil && !(*m.Temperature >= 0 && *m.Temperature <= 2):
				t.Errorf("models.%s has the temperature %v", name, *m.Temperature)
			case m.MaxTokens != nil && *m.MaxTokens < 1:
				t.Errorf("models.%s has %d tokens", name, *m.MaxTokens)
			}
		}
		p, err := provider.New(provider.Options{Models: c.models, Defaults: c.defaults})
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	})
}
