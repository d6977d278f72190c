package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]catalog.Group{
		"gpt-oss-120b": "chat", "Qwen3.5-9B": "vision", "Qwen3Guard-Gen-8B": "moderation", "bge-m3": "embedding",
		"whisper-large-v3": "speech", "nvr-tts-de-de": "speech", "stable-diffusion-xl-base-v10": "image", "Qwen3-32B": "",
	} {
		m, _, _ := catalog.Snapshot().Lookup(id)
		if got := m.Group(); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
		for _, g := range catalog.Groups() {
			if want := g == want || g == "chat" && want == "vision"; m.In(g) != want {
				t.Errorf("%s in %s: got %t", id, g, !want)
			}
		}
	}
	ocr := catalog.Model{Input: []string{"image"}, Output: []string{"text"}}
	if got := ocr.Group(); got != "vision" || ocr.In("chat") {
		t.Errorf("a model that takes only images is %q", got)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	const tokens = "Qwen3Guard-Gen-0.6B Qwen3Guard-Gen-8B bge-m3 bge-multilingual-gemma2 gpt-oss-20b gpt-oss-120b Qwen3.5-9B " +
		"Qwen3-Embedding-8B Qwen3.6-27B Qwen3.5-397B-A17B Meta-Llama-3_3-70B-Instruct Qwen2.5-VL-72B-Instruct "
	for _, tt := range []struct {
		name   string
		filter catalog.Filter
		order  catalog.Order
		want   string // begins so
		count  int
	}{
		{"unit by unit", catalog.Filter{}, catalog.ByPrice, tokens +
			"whisper-large-v3-turbo whisper-large-v3 stable-diffusion-xl-base-v10 nvr-tts-de-de ", 24},
		{"by name", catalog.Filter{Group: "speech"}, catalog.ByName, "nvr-tts-de-de nvr-tts-en-us nvr-tts-es-es nvr-tts-it-it whisper-large-v3 ", 6},
		{"by size", catalog.Filter{Group: "chat"}, catalog.BySize, "Qwen3.5-397B-A17B gpt-oss-120b Qwen2.5-VL-72B-Instruct ", 7},
		{"by context", catalog.Filter{Group: "embedding"}, catalog.ByContext, "Qwen3-Embedding-8B bge-m3 ", 3},
		{"by date", catalog.Filter{Supports: []catalog.Capability{"tools", "vision"}}, catalog.ByDate, "Qwen3.5-397B-A17B Qwen3.6-27B Qwen3.5-9B ", 3},
		{"no images", catalog.Filter{Group: "image", Supports: []catalog.Capability{"tools"}}, catalog.ByDate, "", 0},
		{"a tag in other case", catalog.Filter{Tag: "LLAMA"}, "", "Meta-Llama-3_3-70B-Instruct ", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var ids strings.Builder
			found := catalog.Snapshot().Select(tt.filter, tt.order)
			for _, m := range found {
				ids.WriteString(m.ID + " ")
			}
			if len(found) != tt.count || !strings.HasPrefix(ids.String(), tt.want) {
				t.Errorf("got %d: %s; want %d: %s", len(found), ids.String(), tt.count, tt.want)
			}
		})
	}
}

// Whatever is missing, an order is one: the models of a list stand where they stood when
// it is sorted again from the other end.
func TestOrdersAreTotal(t *testing.T) {
	t.Parallel()
	figure := new(1.5)
	models := append(slices.Clone(catalog.Snapshot().Models()),
		catalog.Model{ID: "a", Prices: []catalog.Price{{EUR: 1, Unit: "per_kg"}}}, catalog.Model{ID: "b", Prices: []catalog.Price{{EUR: 2, Unit: "per_day"}}},
		catalog.Model{ID: "c", OutputPrice: figure}, catalog.Model{ID: "C", InputPrice: figure}, catalog.Model{ID: "d", ParamsB: figure})
	for _, order := range []catalog.Order{"", catalog.ByName, catalog.ByPrice, catalog.ByContext, catalog.BySize, catalog.ByDate} {
		slices.SortFunc(models, order.Compare)
		sorted := slices.Clone(models)
		slices.Reverse(models)
		slices.SortFunc(models, order.Compare)
		for i := range models {
			if models[i].ID != sorted[i].ID {
				t.Fatalf("%s: %s or %s at %d", order, models[i].ID, sorted[i].ID, i)
			}
		}
	}
}

func TestAvailability(t *testing.T) {
	t.Parallel()
	day, _ := catalog.ParseDate("2026-09-30")
	for want, m := range map[string]catalog.Model{
		"": {Available: true}, "beta": {Available: true, Status: "beta"}, "retiring": {Available: true, Status: "live", RetiresAt: day},
		"retired": {Status: "live", RetiresAt: day}, "unavailable": {Status: "live"},
	} {
		if got := m.CurrentStatus(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c := catalog.New([]catalog.Model{{ID: "gone", Series: "x"}, {ID: "here", Series: "x", Available: true}}, nil)
	for unavailable, want := range map[bool]int{false: 1, true: 2} {
		if got := c.Select(catalog.Filter{Tag: "x", Unavailable: unavailable}, ""); len(got) != want {
			t.Errorf("unavailable %t: got %d models, want %d", unavailable, len(got), want)
		}
	}
}

func TestFindCapability(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]catalog.Capability{
		"json": catalog.JSONSchema, "JSON_Schema": catalog.JSONSchema, "Vision": catalog.Vision, "chat": "", "": "", "hearing": "",
	} {
		if got, ok := catalog.FindCapability(name, catalog.ChatCapabilities()); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t", name, got, ok)
		}
	}
}
