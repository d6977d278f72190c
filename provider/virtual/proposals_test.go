package virtual

import (
	"slices"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestProposals(t *testing.T) {
	models := catalog.Snapshot().Models()
	for word, want := range map[string][]string{
		"llama":        {"llama@latest", "llama@cheapest", "llama@biggest"},
		"LLAMA":        {"LLAMA@latest", "LLAMA@cheapest", "LLAMA@biggest"},
		"lama":         {"llama@latest", "llama@cheapest", "llama@biggest"},
		"gpt-oss-120b": {"gpt-oss@biggest", "OpenAI@biggest", "code_chat@biggest"},
		"whisper":      nil, // models of another kind
		"bge-m3":       nil,
		"xyz":          nil,
		"":             nil,
	} {
		if got := Proposals(models, word); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// Every proposal matches something, and those for a model pick it.
func TestProposalsMatch(t *testing.T) {
	models := catalog.Snapshot().Models()
	words := KnownTags(models)
	for _, m := range models {
		words = append(words, m.ID)
	}
	for _, word := range words {
		for _, query := range Proposals(models, word) {
			parsed, err := Parse(query)
			if err != nil {
				t.Fatal(err)
			}
			res, err := Resolve(models, parsed, nil)
			if err != nil {
				t.Errorf("%q: %v", query, err)
				continue
			}
			isID := slices.ContainsFunc(models, func(m catalog.Model) bool { return m.ID == word })
			if isID && res.Candidates[0].Model.ID != word {
				t.Errorf("%q picks %s, not %s", query, res.Candidates[0].Model.ID, word)
			}
		}
	}
	hostile := []catalog.Model{{ID: "m", Series: "a@b?c", Tags: []string{"x\x00", "@"}}}
	if got := Proposals(hostile, "m"); got != nil {
		t.Errorf("a tag that no query can hold: %q", got)
	}
}
