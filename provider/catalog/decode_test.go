package catalog_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func day(t testing.TB, text string) catalog.Date {
	t.Helper()
	d, ok := catalog.ParseDate(text)
	if !ok {
		t.Fatalf("not a date: %q", text)
	}
	return d
}

// TestCaptureByHand compares models of the capture with what a person reads in
// it, each for the traps that it holds.
func TestCaptureByHand(t *testing.T) {
	t.Parallel()
	listed, _ := catalog.SnapshotPayloads()
	models, skipped, err := catalog.Decode(t.Context(), listed)
	if err != nil || len(skipped) > 0 || len(models) != 19 {
		t.Fatalf("%d models, skipped %v, %v; want all 19", len(models), skipped, err)
	}
	text, allFormats := []string{"text"}, []string{"raw_text", "json_object", "json_schema"}
	tests := []struct {
		name string
		want catalog.Model
	}{
		{"a language model: rounded thousands, a date DD/MM/YYYY, no end of life", catalog.Model{
			ID: "gpt-oss-120b", Slug: "gpt-oss-120b", Aliases: []string{"openai/gpt-oss-120b"}, Category: "Reasoning LLM",
			Available: true, Listed: true, Status: "live", Publisher: "OpenAI", Series: "gpt-oss", Licence: "Apache 2.0",
			Tags: []string{"code_chat", "code_completion", "code_explanation", "emotion_detection", "entity_extraction", "multi_language_coding",
				"multilingual", "paraphrasing", "sentiment_analysis", "summarization", "text_generation", "text_only_compatible", "translation"},
			Input: text, Output: text, FunctionCalling: true, Reasoning: true, ResponseFormats: allFormats,
			ParamsB: new(117.0), ContextTokens: 131072, MaxOutputTokens: 131072, Speed: new(2.0),
			InputPrice: new(0.08), OutputPrice: new(0.4), AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2025-08-12"), ModelCreatedAt: day(t, "2025-08-05"),
		}},
		{"a vision model: the id is the name, status is absent", catalog.Model{
			ID: "Qwen3.5-397B-A17B", Slug: "qwen-3-5-397b", Aliases: []string{"Qwen/Qwen3.5-397B-A17B", "qwen3.5-397b-a17b", "qwen3.5-397b"},
			Category: "Visual LLM", Available: true, Listed: true, Status: "new", Publisher: "Qwen", Series: "qwen", Licence: "Apache 2.0",
			Input: []string{"text", "image"}, Output: text, FunctionCalling: true, Reasoning: true, ResponseFormats: allFormats,
			ParamsB: new(397.0), ContextTokens: 262144, MaxOutputTokens: 262144, MaxImages: 5, Speed: new(2.0),
			InputPrice: new(0.6), OutputPrice: new(3.6), AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2026-05-15"), ModelCreatedAt: day(t, "2026-02-15"),
		}},
		{"a guard model: a price of 0 is free", catalog.Model{
			ID: "Qwen3Guard-Gen-0.6B", Slug: "qwen-guard-gen-06b", Aliases: []string{"Qwen/Qwen3Guard-Gen-0.6B"},
			Category: "LLM Guard", Available: true, Listed: true, Status: "live", Publisher: "qwen3guard", Series: "qwen3guard",
			Licence: "Apache 2.0",
			Input:   text, Output: text, ResponseFormats: []string{"raw_text"},
			ParamsB: new(0.6), ContextTokens: 32768, MaxOutputTokens: 16384, Speed: new(1.0),
			InputPrice: new(0.0), OutputPrice: new(0.0), AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2026-01-21"), ModelCreatedAt: day(t, "2025-09-23"),
		}},
		{"an embedding model: tokens as they are, no output price", catalog.Model{
			ID: "Qwen3-Embedding-8B", Slug: "qwen3-embedding-8b", Aliases: []string{"Qwen/qwen3_embedding_8b"},
			Category: "Embeddings", Available: true, Listed: true, Status: "new", Publisher: "Qwen", Series: "qwen", Licence: "Apache 2.0",
			Input: text, Output: []string{"embedding_vector"}, ResponseFormats: []string{},
			ParamsB: new(7.6), ContextTokens: 32768, Speed: new(1.0), InputPrice: new(0.1),
			Embedding:          &catalog.Embedding{Dimensions: 4096, MinDimensions: 32, MaxDimensions: 4096, MaxBatch: 25},
			AnonymousPerMinute: 2, KeyPerMinute: 400, PublishedAt: day(t, "2026-03-26"), ModelCreatedAt: day(t, "2025-06-06"),
		}},
		{"an embedding model of one size", catalog.Model{
			ID: "bge-m3", Slug: "bge-m3", Aliases: []string{"BAAI/bge-m3", "BGE-M3"},
			Category: "Embeddings", Available: true, Listed: true, Status: "live", Publisher: "BAAI", Series: "bge", Licence: "MIT",
			Input: text, Output: []string{"embedding_vector"}, ResponseFormats: []string{},
			ParamsB: new(0.567), ContextTokens: 8192, Speed: new(1.0), InputPrice: new(0.01),
			Embedding: &catalog.Embedding{Dimensions: 1024, MaxBatch: 25}, AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2024-11-07"), ModelCreatedAt: day(t, "2024-01-27"),
		}},
		{"a painter: params is an array, the price is by image", catalog.Model{
			ID: "stable-diffusion-xl-base-v10", Slug: "stable-diffusion-xl", Aliases: []string{"stabilityai/stable-diffusion-xl-base-1.0"},
			Category: "Image Generation", Available: true, Listed: true, Status: "live", Publisher: "stabilityai", Series: "stable-diffusion",
			Licence: "OpenRail++",
			Input:   text, Output: []string{"image"}, ResponseFormats: []string{},
			ParamsB: new(3.5), Speed: new(2.0), Prices: []catalog.Price{{EUR: 0, Unit: catalog.PerImage}}, AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2024-10-24"), ModelCreatedAt: day(t, "2023-07-25"),
		}},
		{"a voice: no size, a price by characters, a publisher with a blank", catalog.Model{
			ID: "nvr-tts-en-us", Slug: "nvr-tts-en-us", Aliases: []string{"NVIDIA-RIVA"},
			Category: "Text To Speech", Available: true, Listed: true, Status: "live", Publisher: "NVIDIA Riva", Series: "NVIDIA Riva",
			Licence: "Riva license",
			Input:   text, Output: []string{"sound"}, ResponseFormats: []string{"audio"},
			Speed: new(1.0), Prices: []catalog.Price{{EUR: 0, Unit: catalog.MillionInputChars}}, AnonymousPerMinute: 2, KeyPerMinute: 400,
			PublishedAt: day(t, "2024-06-28"),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(models, func(m catalog.Model) bool { return m.ID == tt.want.ID })
			if i < 0 {
				t.Fatalf("%s was not decoded", tt.want.ID)
			}
			got := models[i]
			if got.Description == "" {
				t.Error("the description is missing")
			}
			if tt.want.Tags == nil {
				tt.want.Tags = got.Tags // only the first model's are copied out here
			}
			tt.want.Description = got.Description
			for _, p := range []struct {
				eur  *float64
				unit string
			}{{tt.want.InputPrice, catalog.MillionInputTokens}, {tt.want.OutputPrice, catalog.MillionOutputTokens}} {
				if p.eur != nil {
					tt.want.Prices = append(tt.want.Prices, catalog.Price{EUR: *p.eur, Unit: p.unit})
				}
			}
			if diff := cmp.Diff(tt.want, got, sameDay); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryEntryOfTheCapture reads the capture a second time, without structs.
func TestEveryEntryOfTheCapture(t *testing.T) {
	t.Parallel()
	listed, _ := catalog.SnapshotPayloads()
	models, _, err := catalog.Decode(t.Context(), listed)
	if err != nil {
		t.Fatal(err)
	}
	var raw []any
	if err := json.Unmarshal(listed, &raw); err != nil || len(raw) != len(models) {
		t.Fatalf("%d entries, %d models, %v", len(raw), len(models), err)
	}
	at := func(v any, path string) any {
		for name := range strings.SplitSeq(path, ".") {
			object, _ := v.(map[string]any)
			v = object[name]
		}
		return v
	}
	for i, m := range models {
		e := raw[i]
		prices := map[any]any{}
		for _, p := range at(e, "metadata.usage_information.pricing").([]any) {
			prices[at(p, "price_unit")] = at(p, "price")
		}
		figure := func(v *float64) any {
			if v == nil {
				return nil
			}
			return *v
		}
		param := func(name string) float64 {
			number, _ := at(e, "metadata.model_specs.model_parameters.params."+name).(float64)
			return number
		}
		for name, pair := range map[string][2]any{
			"id":                {m.ID, at(e, "name")},
			"slug":              {m.Slug, at(e, "id")},
			"category":          {m.Category, at(e, "category")},
			"description":       {m.Description, oneLine(at(e, "description"))},
			"available":         {m.Available, at(e, "available")},
			"publisher":         {m.Publisher, at(e, "metadata.publishing_information.publisher")},
			"series":            {m.Series, at(e, "metadata.publishing_information.series")},
			"licence":           {m.Licence, at(e, "metadata.publishing_information.licence_name")},
			"tags":              {fmt.Sprint(m.Tags), fmt.Sprint(at(e, "metadata.model_specs.capabilities.use_case_tag"))},
			"input":             {fmt.Sprint(m.Input), fmt.Sprint(at(e, "metadata.model_specs.capabilities.input_modality"))},
			"output":            {fmt.Sprint(m.Output), fmt.Sprint(at(e, "metadata.model_specs.capabilities.output_modality"))},
			"function calling":  {m.FunctionCalling, at(e, "metadata.model_specs.capabilities.function_calling")},
			"reasoning":         {m.Reasoning, at(e, "metadata.model_specs.capabilities.reasoning")},
			"response formats":  {fmt.Sprint(m.ResponseFormats), fmt.Sprint(at(e, "metadata.model_specs.capabilities.response_format"))},
			"parameters":        {figure(m.ParamsB), at(e, "metadata.model_specs.nb_of_billion_parameters")},
			"speed":             {figure(m.Speed), at(e, "metadata.usage_information.avg_throughtput")},
			"input price":       {figure(m.InputPrice), prices["million_input_tokens"]},
			"output price":      {figure(m.OutputPrice), prices["million_output_tokens"]},
			"images":            {float64(m.MaxImages), param("max_images_per_prompt")},
			"thousands context": {float64(m.ContextTokens / 1000), math.Floor(max(param("context_size_k"), param("context_size")/1000))},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %v, the capture says %v", m.ID, name, pair[0], pair[1])
			}
		}
	}
}

// oneLine returns a description of the capture as texts are decoded.
func oneLine(description any) any {
	text, _ := description.(string)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text))
}

// entryOf returns an entry whose model_parameters.params is params.
func entryOf(name, params string) string {
	return fmt.Sprintf(`{"id":"slug","name":%q,"available":true,"metadata":{"model_specs":{"model_parameters":{"params":%s}}}}`, name, params)
}

func TestContextSizes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, params string
		want         int
	}{
		{"131 thousand", `{"context_size_k":131}`, 131072},
		{"262 thousand", `{"context_size_k":262}`, 262144},
		{"32 thousand", `{"context_size_k":32}`, 32768},
		{"1 thousand", `{"context_size_k":1}`, 1024},
		{"a million", `{"context_size_k":1048}`, 1048576},
		{"128 thousand are no power of two", `{"context_size_k":128}`, 128000},
		{"a half", `{"context_size_k":1.5}`, 1500},
		{"tokens of embeddings", `{"context_size":8192}`, 8192},
		{"no figure", `{}`, 0},
		{"an empty array", `[]`, 0},
		{"null", `null`, 0},
		{"zero", `{"context_size_k":0}`, 0},
		{"a negative figure is ignored", `{"context_size_k":-5}`, 0},
		{"a figure above the limit is ignored", `{"context_size_k":1e300}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			models, _, err := catalog.Decode(t.Context(), []byte("["+entryOf("m", tt.params)+"]"))
			if err != nil {
				t.Fatal(err)
			}
			if got := models[0].ContextTokens; got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestBrokenEntriesAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, entry, kind, example string }{
		{"a word", `"hello"`, "entries that are not objects", `entry 1 is "hello"`},
		{"a number", `1`, "entries that are not objects", "entry 1 is 1"},
		{"a list", `[{}]`, "entries that are not objects", "entry 1 is a list"},
		{"null", `null`, "entries that are not objects", "entry 1 is null"},
		{"no name", `{"id":"slug"}`, "entries without a name", `entry 1, "slug"`},
		{"a blank name", `{"name":" "}`, "entries without a name", `entry 1, ""`},
		{"a name that is null", `{"name":null,"id":7}`, "entries without a name", `entry 1, "7"`},
		{"a name that was there", entryOf("first", "{}"), "entries listed twice", `entry 1, "first"`},
		{"a name of 201 bytes", entryOf(strings.Repeat("n", 201), "{}"), "entries with an unusable name",
			`entry 1, "` + strings.Repeat("n", 60) + `…": over 200 bytes or with control characters`},
		{"a name with an escape sequence", `{"name":"\u001b[31mred"}`, "entries with an unusable name",
			`entry 1, "red": over 200 bytes or with control characters`},
		{"a name that turns the direction", `{"name":"a\u202eb"}`, "entries with an unusable name",
			`entry 1, "ab": over 200 bytes or with control characters`},
		{"a name of two lines", `{"name":"a\nb"}`, "entries with an unusable name",
			`entry 1, "a b": over 200 bytes or with control characters`},
		{"an entry above the limit", `{"name":"m","x":"` + strings.Repeat("x", 256<<10) + `"}`, "entries above 256 KiB", "entry 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			entries := []string{entryOf("first", "{}"), tt.entry, entryOf("last", "{}")}
			models, issues, err := catalog.Decode(t.Context(), []byte("["+strings.Join(entries, ",")+"]"))
			if err != nil || len(models) != 2 || models[0].ID != "first" || models[1].ID != "last" {
				t.Fatalf("got %v, %v; want the first and the last", models, err)
			}
			if diff := cmp.Diff(catalog.Issues{{Kind: tt.kind, Count: 1, Example: tt.example}}, issues); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFiguresThatMakeNoSenseAreMissing(t *testing.T) {
	t.Parallel()
	for _, figure := range []string{`"free"`, "-1", "1e300", "null", "[]", "{}", "true"} {
		t.Run(figure, func(t *testing.T) {
			t.Parallel()
			models, skipped, err := catalog.Decode(t.Context(), []byte(strings.ReplaceAll(`[{"name":"m","metadata":{
				"model_specs":{"nb_of_billion_parameters":FIGURE,"model_parameters":{"params":{"context_size":FIGURE,"max_output_token_k":FIGURE,
					"max_images_per_prompt":FIGURE,"output_dimension":FIGURE,"max_batch_size":FIGURE}}},
				"usage_information":{"avg_throughtput":FIGURE,
					"pricing":[{"price":FIGURE,"price_unit":"million_input_tokens"},{"price":FIGURE,"price_unit":"million_output_tokens"}],
					"rate_limit":{"rate_limit_api":[{"rate_limit_unit":"req/m","rate_limit_value":FIGURE}]}}}}]`, "FIGURE", figure)))
			if err != nil || (len(skipped) == 0) != (figure == "null") {
				t.Fatal(err, skipped)
			}
			unknown := []catalog.Capability{"chat", "vision", "tools", "reasoning", "json_schema", "json_object", "embeddings", "speech_to_text"}
			if diff := cmp.Diff([]catalog.Model{{ID: "m", Listed: true, Unknown: unknown}}, models, sameDay); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPayloadsThatAreNotACatalogue(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", "<html>", "{}", `{"data":[]}`, "null", "[]", "[{}]", `["a"]`, `[{"name":"m"}`, "42"} {
		if models, _, err := catalog.Decode(t.Context(), []byte(payload)); err == nil || models != nil {
			t.Errorf("%q: got %v, %v", payload, models, err)
		}
	}
	for _, payload := range []string{"", "<html>", "[]", "{}", "null", `{"data":[]}`, `{"data":[{"id":"ppl"}]}`,
		`{"data":[{"id":" "}]}`, `{"data":5}`,
		`{"data":null}`, `{"data":{"id":"m"}}`, `{"data":[{"id":true}]}`, `{"data":[[]]}`, `[{"id":"a"}`} {
		if ids, _, err := catalog.DecodeServed(t.Context(), []byte(payload)); err == nil || ids != nil {
			t.Errorf("served %q: got %v, %v", payload, ids, err)
		}
	}
}
