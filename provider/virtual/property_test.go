package virtual_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// TestResolveAgainstDefinition compares Resolve with the rules written down
// once more, model by model, for random queries over random catalogues.
func TestResolveAgainstDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(20260803, 1))
	capture := catalog.Snapshot().Models()
	matched := 0
	for range 5000 {
		models := capture
		if random.IntN(2) == 0 {
			models = randomModels(t, random)
		}
		query := randomQuery(random, models)
		q := parse(t, query)
		var want []catalog.Model
		for _, m := range models {
			if carries(m, q.Tag) && chats(m) && satisfies(m, q) {
				want = append(want, m)
			}
		}
		res, err := virtual.Resolve(models, q, nil)
		if len(want) == 0 {
			if _, ok := errors.AsType[*virtual.NoMatchError](err); !ok {
				t.Fatalf("%s: got %s, %v; want no match", query, ids(res.Candidates), err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		matched++
		slices.SortFunc(want, func(a, b catalog.Model) int { return strings.Compare(a.ID, b.ID) })
		if len(res.Candidates) != len(want) {
			t.Fatalf("%s: got %s, want %d candidates", query, ids(res.Candidates), len(want))
		}
		for i, c := range res.Candidates {
			if !slices.ContainsFunc(want, func(m catalog.Model) bool { return m.ID == c.Model.ID }) {
				t.Fatalf("%s: %s does not satisfy it", query, c.Model.ID)
			}
			for _, later := range res.Candidates[i+1:] {
				if outranks(later.Model, c.Model, q.Ranker) {
					t.Fatalf("%s: %s comes after %s", query, later.Model.ID, c.Model.ID)
				}
			}
		}
	}
	if matched < 1000 {
		t.Errorf("only %d queries matched: too few for this test", matched)
	}
}

func carries(m catalog.Model, tag string) bool {
	for _, has := range append([]string{m.Series, m.Publisher}, m.Tags...) {
		if has != "" && strings.EqualFold(has, tag) {
			return true
		}
	}
	return false
}

func chats(m catalog.Model) bool {
	guard := m.Category == "LLM Guard" || slices.Contains(m.Tags, "moderation") || strings.Contains(m.Series, "guard")
	return m.Available && slices.Contains(m.Input, "text") && slices.Contains(m.Output, "text") && !guard
}

// satisfies spells out every condition, and that the ranker has its figure.
func satisfies(m catalog.Model, q virtual.Query) bool {
	for _, c := range q.Conditions {
		var have, want string // zero-padded, so that text compares as numbers and dates do
		pad := func(v float64) string { return fmt.Sprintf("%020.6f", v) }
		switch {
		case c.Spec == virtual.ContextSize && m.ContextTokens > 0:
			have, want = pad(float64(m.ContextTokens)), pad(c.Value)
		case c.Spec == virtual.MaxTokens && m.MaxOutputTokens > 0:
			have, want = pad(float64(m.MaxOutputTokens)), pad(c.Value)
		case c.Spec == virtual.InputCost && m.InputPrice != nil:
			have, want = pad(*m.InputPrice), pad(c.Value)
		case c.Spec == virtual.Params && m.ParamsB != nil:
			have, want = pad(*m.ParamsB), pad(c.Value)
		case c.Spec == virtual.EndpointPublicationDate && !m.PublishedAt.IsZero():
			have, want = m.PublishedAt.String(), c.Date.String()
		default:
			return false
		}
		less := have < want && strings.Contains(string(c.Op), "<")
		more := have > want && strings.Contains(string(c.Op), ">")
		same := have == want && strings.Contains(string(c.Op), "=")
		if !less && !more && !same {
			return false
		}
	}
	switch q.Ranker {
	case virtual.Latest:
		return !m.PublishedAt.IsZero()
	case virtual.Cheapest:
		return m.InputPrice != nil
	case virtual.Fastest:
		return m.Speed != nil
	default:
		return m.ParamsB != nil
	}
}

func outranks(a, b catalog.Model, r virtual.Ranker) bool {
	switch {
	case r == virtual.Cheapest && *a.InputPrice != *b.InputPrice:
		return *a.InputPrice < *b.InputPrice
	case r == virtual.Fastest && *a.Speed != *b.Speed:
		return *a.Speed > *b.Speed
	case r == virtual.Biggest && *a.ParamsB != *b.ParamsB:
		return *a.ParamsB > *b.ParamsB
	case r == virtual.Smallest && *a.ParamsB != *b.ParamsB:
		return *a.ParamsB < *b.ParamsB
	case a.PublishedAt.String() != b.PublishedAt.String():
		return a.PublishedAt.String() > b.PublishedAt.String()
	case price(a) != price(b):
		return price(a) < price(b)
	}
	return a.ID < b.ID
}

func price(m catalog.Model) float64 {
	if m.InputPrice == nil {
		return 1e9
	}
	return *m.InputPrice
}

// randomModels draws every figure from few values, so that ties and missing
// figures are common.
func randomModels(t *testing.T, random *rand.Rand) []catalog.Model {
	figure := func() *float64 {
		if random.IntN(4) == 0 {
			return nil
		}
		return new(float64(random.IntN(4)))
	}
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	models := make([]catalog.Model, random.IntN(20))
	for i := range models {
		models[i] = catalog.Model{
			ID:        fmt.Sprintf("model-%02d", random.IntN(90)*100+i),
			Available: random.IntN(10) > 0,
			Category:  pick("LLM", "LLM", "LLM", "LLM Guard"),
			Publisher: pick("Qwen", "meta-llama", ""), Series: pick("qwen", "llama", "qwen3guard"),
			Tags:  []string{pick("code_chat", "moderation", "text_generation"), pick("code_chat", "multimodal")},
			Input: []string{pick("text", "text", "text", "sound")}, Output: []string{pick("text", "text", "text", "image")},
			ParamsB: figure(), Speed: figure(), InputPrice: figure(),
			ContextTokens: random.IntN(4), MaxOutputTokens: random.IntN(4),
		}
		if day := pick("2024-12-31", "2025-01-01", "2025-01-02", ""); day != "" {
			models[i].PublishedAt = date(t, day)
		}
	}
	return models
}

// randomQuery takes its tag and its values from models where it can.
func randomQuery(random *rand.Rand, models []catalog.Model) string {
	tags := append(virtual.KnownTags(models), "nothing", "QWEN")
	query := tags[random.IntN(len(tags))] + "@" + string(virtual.Rankers()[random.IntN(5)])
	values := []string{"0", "1", "2", "0.4", "70", "131072", "32k"}
	dates := []string{"2024-12-31", "01/01/2025", "2025-08-12", "2026-05-06"}
	for i := range random.IntN(4) {
		spec := virtual.Specs()[random.IntN(5)]
		value := values[random.IntN(len(values))]
		if spec == virtual.EndpointPublicationDate {
			value = dates[random.IntN(len(dates))]
		}
		query += string("?&&"[i]) + string(spec) + string(virtual.Ops()[random.IntN(5)]) + value
	}
	return query
}
