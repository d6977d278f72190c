package virtual_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// TestCheapestOfAnotherPool: where no eligible model has a price of input tokens, the
// price of their own unit ranks them.
func TestCheapestOfAnotherPool(t *testing.T) {
	t.Parallel()
	speech := func(m catalog.Model) string {
		if m.Kind() != catalog.KindSpeechToText {
			return "is another kind"
		}
		return ""
	}
	none := func(catalog.Model) string { return "" }
	priced := func(id string, prices ...catalog.Price) catalog.Model {
		return catalog.Model{ID: id, Series: "s", Prices: prices}
	}
	image, audio := catalog.Price{EUR: 1, Unit: catalog.PerImage}, catalog.Price{EUR: 0.5, Unit: catalog.AudioSeconds}
	tests := []struct {
		name, query, want, figure string
		models                    []catalog.Model
		exclude                   func(catalog.Model) string
	}{
		{"audio", "whisper@cheapest", "whisper-large-v3-turbo whisper-large-v3", "0.00001278 EUR per second of audio",
			catalog.Snapshot().Models(), speech},
		{"input tokens before other units", "s@cheapest", "b", "2 EUR per million input tokens",
			[]catalog.Model{priced("a", image), priced("b", image, catalog.Price{EUR: 2, Unit: catalog.MillionInputTokens})}, none},
		{"the unit of the first with a price", "s@cheapest", "b", "1 EUR per image",
			[]catalog.Model{priced("a"), priced("b", image), priced("c", audio)}, none},
		{"not the unit of an excluded one", "s@cheapest", "c", "0.5 EUR per second of audio",
			[]catalog.Model{priced("b", image), priced("c", audio)}, func(m catalog.Model) string {
				if m.ID == "b" {
					return "is excluded"
				}
				return ""
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, err := virtual.Resolve(tt.models, parse(t, tt.query), tt.exclude)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(res.Candidates); got != tt.want || res.Candidates[0].Figure() != tt.figure {
				t.Errorf("got %s by %s, want %s by %s", got, res.Candidates[0].Figure(), tt.want, tt.figure)
			}
		})
	}
}

// TestKindOfTheTag: the kind is told only if it is why nothing matches.
func TestKindOfTheTag(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]catalog.Kind{
		"BAAI@latest": catalog.KindEmbedding, "whisper@cheapest": catalog.KindSpeechToText,
		"stabilityai@latest": catalog.KindImage, "NVIDIA Riva@latest": catalog.KindTextToSpeech,
		"moderation@latest":       catalog.KindModeration,
		"llama@latest?params<1":   "", // eligible
		"qwen@latest?params>1000": "", // mixed
		"llamma@latest":           "", // unknown
	} {
		if e := noMatch(t, catalog.Snapshot().Models(), query); e.Kind != want {
			t.Errorf("%s: got kind %q, want %q", query, e.Kind, want)
		}
	}
}
