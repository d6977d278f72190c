package catalog_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// regular is an entry of which every field is as it should be; oddPayloads replaces
// parts of it.
const regular = `{"id":"slug","name":"42","available":true,"category":"LLM","description":"A model.","metadata":{
"aliases":["alias"],
"model_specs":{
 "capabilities":{"function_calling":true,"reasoning":false,"input_modality":["text"],"output_modality":["text"],
  "response_format":["json_schema"],"use_case_tag":["chatting"]},
 "model_parameters":{"params":{"context_size_k":131,"max_output_token_k":16,"max_images_per_prompt":5}},
 "nb_of_billion_parameters":120},
"publishing_information":{"publisher":"P","series":"S","endpoint_publication_date":"12/08/2025","model_eol_date":"None"},
"usage_information":{"avg_throughtput":2,"status":"live",
 "pricing":[{"price":0.08,"price_unit":"million_input_tokens"},{"price":0,"price_unit":"million_output_tokens"}],
 "rate_limit":{"rate_limit_api":[{"rate_limit_unit":"req/m","rate_limit_value":400}],
  "rate_limit_api_anonymous":[{"rate_limit_unit":"req/m","rate_limit_value":2}]}}}}`

func regularModel() catalog.Model {
	day, _ := catalog.ParseDate("2025-08-12")
	return catalog.Model{
		ID: "42", Slug: "slug", Aliases: []string{"alias"}, Category: "LLM", Description: "A model.", Available: true, Listed: true,
		Status: "live", Publisher: "P", Series: "S", Tags: []string{"chatting"}, Input: []string{"text"}, Output: []string{"text"},
		FunctionCalling: true, ResponseFormats: []string{"json_schema"}, ParamsB: new(120.0), ContextTokens: 131072,
		MaxOutputTokens: 16384, MaxImages: 5, Speed: new(2.0), InputPrice: new(0.08), OutputPrice: new(0.0),
		Prices:             []catalog.Price{{EUR: 0.08, Unit: "million_input_tokens"}, {EUR: 0, Unit: "million_output_tokens"}},
		AnonymousPerMinute: 2, KeyPerMinute: 400, PublishedAt: day,
	}
}

type oddPayload struct {
	name, payload string
	issues        string // kinds with counts; "" is none
	change        func(*catalog.Model)
}

// odd replaces parts of the regular entry: the texts before and after, in turn.
func odd(name, issues string, change func(*catalog.Model), replacements ...string) oddPayload {
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(regular, replacements[i]) {
			panic("the regular entry has no " + replacements[i])
		}
	}
	return oddPayload{name, "[" + strings.NewReplacer(replacements...).Replace(regular) + "]", issues, change}
}

func oddPayloads() []oddPayload {
	same := func(*catalog.Model) {}
	const usage, caps = "metadata.usage_information.", "metadata.model_specs.capabilities."
	return []oddPayload{
		odd("regular", "", same),
		{"a byte order mark", "\ufeff[" + regular + "]", "", same},
		{"blanks around it", " \n[" + regular + "]\n ", "", same},
		{"in the member models", `{"object":"list","models":[` + regular + `]}`, "", same},
		{"in the member data", `{"data":[` + regular + `],"models":null}`, "", same},
		odd("numbers as text", "", same,
			"0.08", `"0.08"`, ":0,", `:"0",`, ":120", `:"120"`, ":131", `:" 131 "`, ":16", `:"16"`, ":5", `:"5.0"`, ":400", `:"4e2"`,
			"throughtput\":2", `throughtput":"2"`, "value\":2", `value":"+2"`),
		odd("text as numbers", "", func(m *catalog.Model) { m.Slug, m.Series, m.Aliases, m.Category = "7", "8", []string{"9"}, "1.50" },
			`"slug"`, "7", `"42"`, "42", `"S"`, "8", `["alias"]`, "[9]", `"LLM"`, "1.50"),
		odd("booleans as text", "", same, "available\":true", `available":"true"`, "calling\":true", `calling":"True"`, "false", `"FALSE"`),
		odd("booleans as numbers", "", same, "available\":true", `available":1`, "calling\":true", `calling":1`, "false", "0"),
		odd("one text for a list", "", same, `["alias"]`, `"alias"`, `["text"]`, `"text"`, `["json_schema"]`, `"json_schema"`),
		odd("one object for a list", "", same,
			`[{"rate_limit_unit":"req/m","rate_limit_value":400}]`, `{"rate_limit_unit":"req/m","rate_limit_value":400}`),
		odd("nulls in lists", "", same, `["alias"]`, `[null,"alias",""]`, `[{"price":0.08`, `[null,{"price":0.08`),
		odd("null lists", "", func(m *catalog.Model) {
			m.Aliases, m.Tags, m.ResponseFormats = nil, nil, nil
			m.Unknown = []catalog.Capability{"json_schema", "json_object"}
		}, `["alias"]`, "null", `["json_schema"]`, "null", `["chatting"]`, "null"),
		odd("null input and output", "", func(m *catalog.Model) {
			m.Input, m.Output, m.Unknown = nil, nil, []catalog.Capability{"chat", "vision", "embeddings", "speech_to_text"}
		}, `["text"]`, "null"),
		odd("null figures", "", func(m *catalog.Model) {
			m.ContextTokens, m.ParamsB, m.InputPrice, m.Prices, m.KeyPerMinute = 0, nil, nil, m.Prices[1:], 0
		}, ":131", ":null", ":120", ":null", "0.08", "null", ":400", ":null"),
		odd("params are an empty list", "", func(m *catalog.Model) { m.ContextTokens, m.MaxOutputTokens, m.MaxImages = 0, 0, 0 },
			`{"context_size_k":131,"max_output_token_k":16,"max_images_per_prompt":5}`, "[]"),
		odd("params are a list with something", "metadata.model_specs.model_parameters.params ×1",
			func(m *catalog.Model) { m.ContextTokens, m.MaxOutputTokens, m.MaxImages = 0, 0, 0 },
			`{"context_size_k":131,"max_output_token_k":16,"max_images_per_prompt":5}`, "[131]"),
		odd("null objects", "", func(m *catalog.Model) {
			m.AnonymousPerMinute, m.KeyPerMinute, m.Publisher, m.Series, m.PublishedAt = 0, 0, "", "", catalog.Date{}
		}, `"rate_limit":{`, `"rate_limit":null,"was":{`, `"publishing_information":{`, `"publishing_information":null,"other":{`),
		odd("objects of another type", caps[:len(caps)-1]+" ×1; metadata.publishing_information ×1", func(m *catalog.Model) {
			m.Publisher, m.Series, m.PublishedAt = "", "", catalog.Date{}
			m.Tags, m.Input, m.Output, m.FunctionCalling, m.ResponseFormats = nil, nil, nil, false, nil
			m.Unknown = []catalog.Capability{"chat", "vision", "tools", "reasoning", "json_schema", "json_object", "embeddings", "speech_to_text"}
		}, `"capabilities":{`, `"capabilities":5,"was":{`, `"publishing_information":{`, `"publishing_information":"x","other":{`),
		odd("metadata is gone", "", func(m *catalog.Model) {
			*m = catalog.Model{ID: "42", Slug: "slug", Category: "LLM", Description: "A model.", Available: true, Listed: true,
				Unknown: []catalog.Capability{"chat", "vision", "tools", "reasoning", "json_schema", "json_object", "embeddings", "speech_to_text"}}
		}, `"metadata"`, `"was"`),
		odd("numbers that are none", usage+"avg_throughtput ×1; "+usage+"pricing.price ×2; metadata.model_specs.nb_of_billion_parameters ×1; "+
			"metadata.model_specs.model_parameters.params.context_size_k ×1", func(m *catalog.Model) {
			m.InputPrice, m.OutputPrice, m.Prices, m.Speed, m.ParamsB, m.ContextTokens = nil, nil, nil, nil, nil, 0
		}, "0.08", `"0x1p-2"`, ":0,", `:"NaN",`, "throughtput\":2", `throughtput":"1_000"`, ":120", ":-1", ":131", ":1e10"),
		odd("flags that are none", "available ×1; "+caps+"function_calling ×1; "+caps+"reasoning ×1", func(m *catalog.Model) {
			m.Available, m.FunctionCalling, m.Unknown = false, false, []catalog.Capability{"tools", "reasoning"}
		}, "available\":true", `available":"soon"`, "calling\":true", `calling":2`, "false", "[]"),
		odd("texts that are none", "id ×1; description ×1; metadata.aliases ×3", func(m *catalog.Model) {
			m.Slug, m.Description = "", ""
		}, `"slug"`, "{}", `"A model."`, "[]", `["alias"]`, `["alias",{},true,"a\u0000b"]`),
		odd("lists of nothing that can be read", caps+"input_modality ×1", func(m *catalog.Model) {
			m.Input, m.Unknown = nil, []catalog.Capability{"chat", "vision", "speech_to_text"}
		}, `"input_modality":["text"]`, `"input_modality":[{}]`),
		odd("an impossible date", "metadata.publishing_information.endpoint_publication_date ×1",
			func(m *catalog.Model) { m.PublishedAt = catalog.Date{} }, "12/08/2025", "31/06/2025"),
		odd("escape sequences", "", func(m *catalog.Model) { m.Description, m.Series, m.Tags = "red link end x", "S", []string{"bell"} },
			`"A model."`, `"\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u001b\\ end\n\u009bx\u202e\u200b"`,
			`"S"`, `"\u001bcS\u0000"`, "chatting", `bell\u0007`),
		odd("a description of 2001 characters", "", func(m *catalog.Model) { m.Description = strings.Repeat("é", 2000) + "…" },
			"A model.", strings.Repeat("é", 2001)),
		odd("a description of 2000 characters", "", func(m *catalog.Model) { m.Description = strings.Repeat("é", 2000) },
			"A model.", strings.Repeat("é", 2000)),
		odd("a series of 101 characters", "", func(m *catalog.Model) { m.Series = strings.Repeat("s", 100) + "…" },
			`"S"`, `"`+strings.Repeat("s", 101)+`"`),
		odd("an alias of 201 bytes", "metadata.aliases ×1", same, `["alias"]`, `["alias","`+strings.Repeat("a", 201)+`"]`),
		odd("an alias of 200 bytes", "", func(m *catalog.Model) { m.Aliases = append(m.Aliases, strings.Repeat("a", 200)) },
			`["alias"]`, `["alias","`+strings.Repeat("a", 200)+`"]`),
		odd("101 tags", caps+"use_case_tag ×1", func(m *catalog.Model) { m.Tags = strings.Split(strings.Repeat("t,", 99)+"t", ",") },
			`["chatting"]`, `["t"`+strings.Repeat(`,"t"`, 100)+"]"),
		odd("100 tags", "", func(m *catalog.Model) { m.Tags = strings.Split(strings.Repeat("t,", 99)+"t", ",") },
			`["chatting"]`, `["t"`+strings.Repeat(`,"t"`, 99)+"]"),
	}
}

// TestOddPayloads: what has only one meaning is read, anything else costs the field
// that has it.
func TestOddPayloads(t *testing.T) {
	t.Parallel()
	for _, tt := range oddPayloads() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			models, issues, err := catalog.Decode(t.Context(), []byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			want := regularModel()
			tt.change(&want)
			if diff := cmp.Diff([]catalog.Model{want}, models, sameDay); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			got := map[string]bool{}
			for _, issue := range issues {
				got[fmt.Sprintf("%s ×%d", issue.Kind, issue.Count)] = true
			}
			wanted := map[string]bool{}
			for issue := range strings.SplitSeq(tt.issues, "; ") {
				if issue != "" {
					wanted[issue] = true
				}
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIssuesAreCounted: nineteen entries with the same fault are one issue, in a line.
func TestIssuesAreCounted(t *testing.T) {
	t.Parallel()
	listed, _ := catalog.SnapshotPayloads()
	_, issues, err := catalog.Decode(t.Context(), bytes.ReplaceAll(listed, []byte(`"price":`), []byte(`"price":"?","was":`)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := issues.String(), `metadata.usage_information.pricing.price ×28 (first: "gpt-oss-120b" has "?")`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHugePayloads(t *testing.T) {
	entries := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"name":"m%d"}`, i)
		}
		return "[" + b.String()[1:] + "]"
	}
	tests := []struct {
		name, payload string
		models        int
		problem       string
	}{
		{"ones", "[" + strings.Repeat("1,", 8<<20-2) + "1]", 0, "more than 10000 entries"},
		{"ten thousand ones", "[" + strings.Repeat("1,", 9999) + "1]", 0, "entries that are not objects ×10000 (first: entry 0 is 1)"},
		{"a million entries", entries(1_000_000), 0, "more than 10000 entries"},
		{"one entry more than the limit", entries(10_001), 0, "more than 10000 entries"},
		{"as many entries as the limit", entries(10_000), 10_000, ""},
		{"one entry of 2 MB", `[{"name":"m","metadata":{"aliases":[` + strings.Repeat("1,", 1<<20) + `1]}}]`, 0, "above 256 KiB"},
		{"ones in an object", `{"models":[` + strings.Repeat("1,", 1<<20) + "1]}", 0, "more than 10000 entries"},
		{"brackets", strings.Repeat("[", 16<<20), 0, "not a JSON array"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payload := []byte(tt.payload)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			models, _, err := catalog.Decode(t.Context(), payload)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if len(models) != tt.models || (err == nil) != (tt.problem == "") || (err != nil && !strings.Contains(err.Error(), tt.problem)) {
				t.Errorf("%d models, %v; want %d, %q", len(models), err, tt.models, tt.problem)
			}
			if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 128 || took > 30*time.Second {
				t.Errorf("took %s and allocated %d MiB", took, allocated)
			}
			if _, _, err := catalog.DecodeServed(t.Context(), payload); err == nil && !strings.Contains(tt.name, "ones") {
				t.Error("taken for a list of served models")
			}
		})
	}
}
