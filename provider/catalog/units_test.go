package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// decodeOne decodes the regular entry with a part of it replaced.
func decodeOne(t *testing.T, before, after string) (catalog.Model, catalog.Issues) {
	t.Helper()
	if !strings.Contains(regular, before) {
		t.Fatalf("the regular entry has no %s", before)
	}
	models, issues, err := catalog.Decode(t.Context(), []byte("["+strings.Replace(regular, before, after, 1)+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return models[0], issues
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	limit := func(value, unit string) string {
		return `{"rate_limit_unit":` + unit + `,"rate_limit_value":` + value + `}`
	}
	tests := []struct {
		name, limits string
		want, issues int
	}{
		{"a minute", limit("400", `"req/m"`), 400, 0},
		{"a minute, in words", limit("400", `"requests per minute"`), 400, 0},
		{"a minute, joined", limit("400", `"requests_per_minute"`), 400, 0},
		{"a minute, short", limit("400", `"RPM"`), 400, 0},
		{"a minute, longer", limit("400", `"req/min"`), 400, 0},
		{"a second", limit("10", `"req/s"`), 600, 0},
		{"half a second", limit("0.5", `"req/sec"`), 30, 0},
		{"an hour", limit("150", `"req/h"`), 2, 0},
		{"an hour, less than one a minute", limit("59", `"requests/hour"`), 1, 0},
		{"a day", limit("2880", `"req/day"`), 2, 0},
		{"a day, less than one a minute", limit("1", `"rpd"`), 1, 0},
		{"a part of one a minute", limit("0.5", `"req/m"`), 1, 0},
		{"more than can be", limit("1e9", `"req/s"`), 1e9, 0},
		{"none", limit("0", `"req/m"`), 0, 0},
		{"an unknown time", limit("5", `"req/fortnight"`), 0, 1},
		{"tokens", limit("5", `"tokens/m"`), 0, 1},
		{"no unit", limit("5", "null"), 0, 1},
		{"a minute beside a day", limit("1440", `"req/d"`) + "," + limit("400", `"req/m"`), 400, 0},
		{"a minute before a day", limit("400", `"req/m"`) + "," + limit("1440", `"req/d"`), 400, 0},
		{"the least of two minutes", limit("400", `"req/m"`) + "," + limit("40", `"req/m"`) + "," + limit("90", `"req/m"`), 40, 0},
		{"the least of others", limit("1", `"req/s"`) + "," + limit("1200", `"req/h"`), 20, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, issues := decodeOne(t, limit("400", `"req/m"`), tt.limits)
			if m.KeyPerMinute != tt.want || len(issues) != tt.issues {
				t.Errorf("got %d, issues %s; want %d", m.KeyPerMinute, issues, tt.want)
			}
		})
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	price := func(eur, unit string) string { return `{"price":` + eur + `,"price_unit":` + unit + `}` }
	tests := []struct {
		name, prices string
		want         []catalog.Price
		unit         string // that compares
		issues       int
	}{
		{"of audio", price("4e-05", `"audio_duration_seconds"`), []catalog.Price{{EUR: 4e-5, Unit: "audio_duration_seconds"}},
			"audio_duration_seconds", 0},
		{"of an image, as text", price(`"0.02"`, `" Per_Image "`), []catalog.Price{{EUR: 0.02, Unit: "per_image"}}, "per_image", 0},
		{"of an unknown unit", price("3", `"Per \u001b[1mKitten"`), []catalog.Price{{EUR: 3, Unit: "Per Kitten"}}, "Per Kitten", 0},
		{"input tokens compare", price("3", `"per_image"`) + "," + price("1", `"million_output_tokens"`) + "," + price("2", `"million_input_tokens"`),
			[]catalog.Price{{EUR: 3, Unit: "per_image"}, {EUR: 1, Unit: "million_output_tokens"}, {EUR: 2, Unit: "million_input_tokens"}},
			"million_input_tokens", 0},
		{"twice", price("null", `"x"`) + "," + price("2", `"x"`) + "," + price("3", `"x"`), []catalog.Price{{EUR: 2, Unit: "x"}}, "x", 0},
		{"without a unit", price("2", "null"), nil, "", 1},
		{"none", "", nil, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, issues := decodeOne(t, `{"price":0.08,"price_unit":"million_input_tokens"},{"price":0,"price_unit":"million_output_tokens"}`, tt.prices)
			if diff := cmp.Diff(tt.want, m.Prices); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if m.PriceUnit() != tt.unit || len(issues) != tt.issues {
				t.Errorf("unit %q, issues %s; want %q", m.PriceUnit(), issues, tt.unit)
			}
			if tt.unit != "" && m.Price(tt.unit) == nil || m.Price("other") != nil {
				t.Error("no price of its own unit, or one of another")
			}
		})
	}
	if p := (catalog.Model{InputPrice: new(2.0)}).Price(catalog.MillionInputTokens); p == nil || *p != 2 {
		t.Errorf("a model made by hand has the input price %v", p)
	}
	for unit, want := range map[string]string{
		catalog.MillionInputTokens: "per million input tokens", catalog.MillionOutputTokens: "per million output tokens",
		catalog.MillionInputChars: "per million input characters", catalog.AudioSeconds: "per second of audio",
		catalog.PerImage: "per image", "kitten": "by kitten",
	} {
		if got := catalog.UnitWords(unit); got != want {
			t.Errorf("%s: got %q", unit, got)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	want := map[string]catalog.Kind{
		"gpt-oss-120b": catalog.KindChat, "Qwen3.5-9B": catalog.KindChat, "Qwen3Guard-Gen-8B": catalog.KindModeration,
		"bge-m3": catalog.KindEmbedding, "whisper-large-v3": catalog.KindSpeechToText, "nvr-tts-de-de": catalog.KindTextToSpeech,
		"stable-diffusion-xl-base-v10": catalog.KindImage, "Qwen3-32B": "",
	}
	for id, kind := range want {
		if m, _, _ := catalog.Snapshot().Lookup(id); m.Kind() != kind {
			t.Errorf("%s: got kind %q, want %q", id, m.Kind(), kind)
		}
	}
	if got := (catalog.Model{Output: []string{"text"}}).Kind(); got != "" {
		t.Errorf("a model whose input is unknown has the kind %q", got)
	}
}

// TestMayHave: what the entry does not say, the model may have.
func TestMayHave(t *testing.T) {
	t.Parallel()
	all := []catalog.Capability{catalog.Chat, catalog.Vision, catalog.ToolCalls, catalog.Reasoning, catalog.JSONSchema,
		catalog.JSONObject, catalog.Embeddings}
	for _, tt := range []struct{ name, before, after, want string }{
		{"what it has", "", "", "chat tools json_schema"},
		{"no metadata", `"metadata"`, `"was"`, "chat vision tools reasoning json_schema json_object embeddings"},
		{"no input", `"input_modality":["text"]`, `"input_modality":null`, "chat vision tools json_schema"},
		{"no output", `"output_modality":["text"]`, `"output_modality":[]`, "chat tools json_schema embeddings"},
		{"no input, and an image", `"input_modality":["text"],"output_modality":["text"]`, `"output_modality":["image"]`, "vision tools json_schema"},
		{"no output, and sound", `"input_modality":["text"],"output_modality":["text"]`, `"input_modality":["sound"]`, "tools json_schema embeddings"},
		{"odd flags", `"function_calling":true,"reasoning":false`, `"function_calling":[],"reasoning":"?"`, "chat tools reasoning json_schema"},
		{"no formats", `["json_schema"]`, "null", "chat tools json_schema json_object"},
		{"formats that are none", `["json_schema"]`, "[]", "chat tools"},
	} {
		m, _ := decodeOne(t, tt.before, tt.after)
		var got []string
		for _, c := range all {
			if m.MayHave(c) {
				got = append(got, string(c))
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
	if !(catalog.Model{ID: "served"}).MayHave(catalog.Vision) {
		t.Error("a model that is not listed may not try")
	}
}
