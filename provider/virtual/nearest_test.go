package virtual_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func TestNearest(t *testing.T) {
	models := []string{
		"gpt-oss-20b", "gpt-oss-120b", "Qwen3.5-9B", "Qwen3.5-397B-A17B", "bge-m3",
		"Meta-Llama-3_3-70B-Instruct", "Mistral-7B-Instruct-v0.3", "whisper-large-v3",
	}
	tests := []struct {
		name, word string
		n          int
		want       []string
	}{
		{"equal but for case", "QWEN3.5-9b", 1, []string{"Qwen3.5-9B"}},
		{"equal but for separators", "meta/llama 3.3_70B.instruct", 1, []string{"Meta-Llama-3_3-70B-Instruct"}},
		{"letter dropped", "gpt-oss-10b", 2, []string{"gpt-oss-120b", "gpt-oss-20b"}},
		{"neighbours swapped", "bge-3m", 1, []string{"bge-m3"}},
		{"beginning", "mistral", 1, []string{"Mistral-7B-Instruct-v0.3"}},
		{"beginning of two", "qwen3.5", 2, []string{"Qwen3.5-9B", "Qwen3.5-397B-A17B"}},
		{"middle", "llama-3.3-70b", 1, []string{"Meta-Llama-3_3-70B-Instruct"}},
		{"longer than the word meant", "gpt-oss-120b-instruct", 1, []string{"gpt-oss-120b"}},
		{"more than there are", "bge-m3", 99, nil},
		{"none", "bge-m3", 0, []string{}},
		{"fewer than none", "bge-m3", -1, []string{}},
		{"empty word", "", 3, models[:3]}, // equally far from all
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := virtual.Nearest(tt.word, models, tt.n)
			if tt.want == nil {
				if len(got) != len(models) {
					t.Errorf("got %d words of %d", len(got), len(models))
				}
				return
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := virtual.Nearest(strings.Repeat("🦙", 10_000), []string{"", "llama"}, 2); len(got) != 2 {
		t.Errorf("for a long word: got %q", got)
	}
	// A swap is one edit, two replacements are two.
	if got := virtual.Nearest("abcd", []string{"bxcd", "bacd"}, 1); got[0] != "bacd" {
		t.Errorf("a swap: got %q first", got[0])
	}
	if got := virtual.Nearest("llama", nil, 3); len(got) != 0 {
		t.Errorf("among none: got %q", got)
	}
}
