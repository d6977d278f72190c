package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// maxListBytes bounds the text of list-models at the default limit, by the order. It may
// take 400 tokens. With the real catalogue it takes, in o200k_base and cl100k_base, 386 and
// 387 tokens for 939 bytes, and by size 396 and 397 for 904.
var maxListBytes = map[string]int{"price": 945, "context": 945, "date": 945, "size": 910}

type modelList struct {
	Models []struct {
		ID            string
		Kind          string
		ContextTokens int      `json:"context_tokens"`
		InputPrice    *float64 `json:"input_price"`
		OutputPrice   *float64 `json:"output_price"`
		PriceUnit     string   `json:"price_unit"`
		Supports      []string
		Published     string
		Status        string
		Retires       string
		Replacement   string
	}
	Total    int
	Catalog  struct{ Source string }
	Warnings []struct{ Code, Message string }
}

func (l modelList) ids() string {
	var ids []string
	for _, m := range l.Models {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}

func TestModelsAreListedInFewTokens(t *testing.T) {
	r := connect(t, setup{})
	for order, most := range maxListBytes {
		if text := r.succeed("list-models", `{"sort":"`+order+`"}`, nil).texts[0]; len(text) > most {
			t.Errorf("by %s the text has %d bytes, more than %d", order, len(text), most)
		}
	}
	text := r.succeed("list-models", `{}`, nil).texts[0]
	got := regexp.MustCompile(`\d{4}-\d\d-\d\d$`).ReplaceAllString(text, "DATE") + "\n"
	const golden = "testdata/list.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the text changed; if it should, run make golden, and count its tokens:\n%s", diff)
	}
}

func TestModelsAreFilteredAndSorted(t *testing.T) {
	r := connect(t, setup{})
	for _, tt := range []struct {
		arguments, ids string
		total          int
	}{
		{`{"kind":"chat","limit":3}`, "gpt-oss-20b gpt-oss-120b Qwen3.5-9B", 7},
		{`{"kind":"vision"}`, "Qwen3.5-9B Qwen3.6-27B Qwen3.5-397B-A17B Qwen2.5-VL-72B-Instruct", 4},
		{`{"kind":"embedding","sort":"context"}`, "Qwen3-Embedding-8B bge-m3 bge-multilingual-gemma2", 3},
		{`{"kind":"speech","limit":2}`, "whisper-large-v3-turbo whisper-large-v3", 6},
		{`{"kind":"image"}`, "stable-diffusion-xl-base-v10", 1},
		{`{"kind":"moderation","sort":"size"}`, "Qwen3Guard-Gen-8B Qwen3Guard-Gen-0.6B", 2},
		{`{"supports":["tools","vision","reasoning","json_schema"],"sort":"date"}`, "Qwen3.5-397B-A17B Qwen3.6-27B Qwen3.5-9B", 3},
		{`{"supports":"TOOLS, vision","sort":"size","limit":"1"}`, "Qwen3.5-397B-A17B", 3},
		{`{"tag":"whisper"}`, "whisper-large-v3-turbo whisper-large-v3", 2},
		{`{"tag":" Meta-Llama ","kind":"chat"}`, "Meta-Llama-3_3-70B-Instruct", 1},
		{`{"sort":"size","limit":2}`, "Qwen3.5-397B-A17B gpt-oss-120b", 24},
	} {
		t.Run(tt.arguments, func(t *testing.T) {
			var got modelList
			text := r.in(t).succeed("list-models", tt.arguments, &got).texts[0]
			if got.ids() != tt.ids || got.Total != tt.total || got.Catalog.Source != "live" {
				t.Errorf("got %s of %d; want %s of %d", got.ids(), got.Total, tt.ids, tt.total)
			}
			for _, m := range got.Models {
				if !strings.Contains(text, m.ID) {
					t.Errorf("the text lacks %s:\n%s", m.ID, text)
				}
			}
			footer, hidden := fmt.Sprintf("%d model", tt.total), 0
			for _, count := range regexp.MustCompile(`\d+ `).FindAllString(text[strings.LastIndex(text, footer)+len(footer):], -1) {
				n, _ := strconv.Atoi(strings.TrimSpace(count))
				hidden += n
			}
			if hidden != got.Total-len(got.Models) {
				t.Errorf("the text says that %d are not shown:\n%s", hidden, text)
			}
		})
	}
}

// What a model does that has no prompt tells no other field.
func TestAListedModelSaysItAll(t *testing.T) {
	r := connect(t, setup{})
	var got modelList
	r.succeed("list-models", `{"limit":50}`, &got)
	seen := 0
	for _, m := range got.Models {
		shown := fmt.Sprint(m.Kind, m.Supports, m.PriceUnit, m.OutputPrice != nil, m.Published, m.Status)
		want, ok := map[string]string{
			"whisper-large-v3":             "speech[speech_to_text]audio_duration_secondsfalse2025-07-15live",
			"nvr-tts-en-us":                "speech[text_to_speech]million_input_charsfalse2024-06-28live",
			"stable-diffusion-xl-base-v10": "image[]per_imagefalse2024-10-24live",
			"Qwen3.5-9B":                   "vision[vision tools reasoning json_schema]million_input_tokenstrue2026-04-15",
			"bge-m3":                       "embedding[]million_input_tokensfalse2024-11-07live",
			"Qwen3Guard-Gen-8B":            "moderation[]million_input_tokenstrue2026-01-21live",
			"Qwen3-32B":                    "[]false",
		}[m.ID]
		if ok {
			seen++
		}
		if ok && (shown != want && shown != want+"new" || (m.InputPrice == nil) != (m.PriceUnit == "")) {
			t.Errorf("%s is %s, want %s", m.ID, shown, want)
		}
	}
	if seen != 7 {
		t.Errorf("only %d of the models are there", seen)
	}
}

func TestAFilterThatMatchesNothingSaysWhy(t *testing.T) {
	r := connect(t, setup{})
	for arguments, says := range map[string][]string{
		`{"kind":"embedding","supports":["tools"]}`: {"of 24 models, kind embedding leaves 3, supports tools leaves 0",
			"leave out kind embedding (then 6 match), or supports tools (then 3 match)"},
		`{"kind":"image","tag":"llama","supports":["json_schema"]}`: {
			"kind image leaves 1, tag llama leaves 0", "leave out kind image (then 1 match)"},
		`{"kind":"image","tag":"llama","supports":["vision"]}`: {"ask with fewer filters"},
		`{"tag":"lama"}`:         {`no model has the tag "lama"`, "the nearest tags are llama,"},
		`{"tag":"mistral"}`:      {"models with it in their id are Mistral-7B-Instruct-v0.3, Mistral-Nemo-Instruct-2407, ", "nearest tags"},
		`{"tag":"wisper"}`:       {"the nearest tags are Whisper,"},
		`{"tag":"GPT-OSS-120B"}`: {"gpt-oss-120b is a model's id; its series is the tag gpt-oss"},
	} {
		got := r.call("list-models", arguments)
		if !got.isError || got.failure().Code != "no_match" || !strings.Contains(string(got.structured), `"models":[]`) {
			t.Errorf("%s: got %s", arguments, got.structured)
		}
		for _, part := range says {
			if !strings.Contains(got.texts[0], part) {
				t.Errorf("%s: %q lacks %q", arguments, got.texts[0], part)
			}
		}
	}
}

func TestBadFiltersOfModels(t *testing.T) {
	r := connect(t, setup{})
	many := strings.Repeat("tools,", 50_000)
	for arguments, says := range map[string]string{
		`{"kind":"video"}`:             `kind is "video". Hint: allowed are chat, vision, embedding, speech, image, moderation`,
		`{"supports":["tools","fly"]}`: `supports[1] is "fly". Hint: allowed are tools, json_schema, reasoning, vision`,
		`{"supports":"tools,fly"}`:     `supports[1] is "fly"`,
		`{"supports":"` + many + `"}`:  `supports[4] is "tools,tools,`,
		`{"supports":[7]}`:             "supports[0] is of type number",
		`{"sort":"speed"}`:             "allowed are price, context, size, date",
		`{"limit":51}`:                 "limit is 51. Hint: at least 1 and at most 50 is allowed",
		`{"limit":-1}`:                 "limit is -1",
		`{"limit":1.5}`:                "limit",
		`{"model":"gpt-oss-120b"}`:     `unknown argument "model"`,
	} {
		got := r.call("list-models", arguments)
		text := got.texts[0]
		if !got.isError || got.failure().Code != "invalid_argument" || !strings.Contains(text, says) || len(text) > maxExplanation {
			t.Errorf("%.80s: %q does not say %q", arguments, text, says)
		}
	}
	var got modelList
	if r.succeed("list-models", `{"limit":0,"kind":null,"supports":["",null],"tag":"","sort":"None"}`, &got); len(got.Models) != 20 {
		t.Errorf("got %d models, want 20", len(got.Models))
	}
}

// The words of the filters are those of the catalogue.
func TestFiltersOfModelsAreThoseOfTheCatalogue(t *testing.T) {
	tools := connect(t, setup{}).list()
	i := slices.IndexFunc(tools, func(tool listed) bool { return tool.Name == "list-models" })
	var schema struct {
		Properties struct {
			Kind     struct{ Enum []catalog.Group }
			Supports struct {
				Items struct{ Enum []catalog.Capability }
			}
		}
	}
	if err := json.Unmarshal(tools[i].InputSchema, &schema); err != nil {
		t.Fatal(err)
	}
	supports := schema.Properties.Supports.Items.Enum
	if !slices.Equal(schema.Properties.Kind.Enum, catalog.Groups()) ||
		!slices.Equal(slices.Sorted(slices.Values(supports)), slices.Sorted(slices.Values(catalog.ChatCapabilities()))) {
		t.Errorf("got %+v", schema.Properties)
	}
}
