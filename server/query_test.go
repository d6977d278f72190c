package server_test

import (
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// The error of an invalid query says where it is wrong, what was expected, and what may
// have been meant. Nothing is sent.
func TestBadQueriesAreExplained(t *testing.T) {
	for _, test := range []struct{ query, code, column, says string }{
		{"mistral", "query_syntax", "column 8", "nearest tags"},
		{"llama", "query_syntax", "column 6", `"llama@latest"`},
		{"gpt-oss-120b", "query_syntax", "column 13", `"gpt-oss@biggest"`},
		{"@latest", "query_syntax", "column 1", `"text_generation@latest"`},
		{"mistral@", "query_syntax", "column 9", "latest"},
		{"mistral@newest", "query_syntax", "column 9", `"latest"`},
		{"mistral@latest?", "query_syntax", "column 16", "context_size"},
		{"x@latest?colour=red", "query_syntax", "column 10", "context_size"},
		{"a@latest?params>", "query_syntax", "column 17", "number"},
		{"a@latest?params>big", "query_syntax", "column 17", "number"},
		{"a@latest?params>1&", "query_syntax", "column 19", "params"},
		{"a@latest?endpoint_publication_date>31/06/2024", "query_syntax", "column 36", "date"},
		{"🦙@latest", "query_syntax", "column 1", ""},
		{strings.Repeat("a", 10_000) + "@latest", "query_syntax", "column", ""},
		{"llama\u0007@latest", "query_syntax", "column 6", ""},
		{"llamma@latest", "no_match", "", "llama"},
		{"llama@biggest?input_cost<0.5", "no_match", "", "Meta-Llama-3_3-70B-Instruct has input_cost 0.67"},
		{"qwen@latest?params>1000", "no_match", "", "removed by"},
		{"NVIDIA Riva@latest", "no_match", "", "does not answer in text"},
	} {
		t.Run(strings.ToValidUTF8(test.query[:min(len(test.query), 40)], ""), func(t *testing.T) {
			r := connect(t, setup{})
			got := r.call("resolve-virtual-model", `{"query":`+quote(t, test.query)+`}`)
			text := got.texts[0]
			if !got.isError || got.failure().Code != test.code || len(text) > 600 {
				t.Fatalf("want %s in a short text, got %q", test.code, text)
			}
			if !strings.Contains(text, test.column) || !strings.Contains(text, test.says) {
				t.Errorf("%q lacks %q or %q", text, test.column, test.says)
			}
			if posts := r.posts(); len(posts) > 0 {
				t.Errorf("a request was sent: %s", posts)
			}
		})
	}
}

func TestAQueryIsExplained(t *testing.T) {
	r := connect(t, setup{})
	var out struct {
		Model string
		Query struct {
			Tag, Ranker string
			Conditions  []string
		}
		Candidates []struct {
			Model string
			Value float64
			Unit  string
		}
		Excluded []struct{ Model, Reason string }
		Catalog  struct {
			Source string
			Models int
		}
		Service struct {
			Model  string
			Agrees bool
			Note   string
		}
	}
	got := r.succeed("resolve-virtual-model", `{"query":" Text_Generation @ biggest ? input_cost < 0.2","limit":2,"verify":true}`, &out)
	if out.Model != "gpt-oss-120b" || out.Query.Ranker != "biggest" || len(out.Query.Conditions) != 1 ||
		out.Query.Conditions[0] != "input_cost<0.2" {
		t.Errorf("got %+v", out)
	}
	if len(out.Candidates) != 2 || out.Candidates[0].Value != 117 || out.Candidates[1].Model != "gpt-oss-20b" {
		t.Errorf("got candidates %+v, want gpt-oss-120b of 117 and gpt-oss-20b", out.Candidates)
	}
	if len(out.Excluded) != 3 || out.Catalog.Source != "live" || out.Catalog.Models != 24 {
		t.Errorf("got excluded %+v, catalogue %+v", out.Excluded, out.Catalog)
	}
	if !out.Service.Agrees || !strings.Contains(out.Service.Note, "emulator") || out.Service.Model != "gpt-oss-120b" || len(r.posts()) != 1 {
		t.Errorf("got service %+v after %d requests, want it to agree after one", out.Service, len(r.posts()))
	}
	for _, part := range []string{"1. gpt-oss-120b: 117 billion", "and 1 more", "Qwen3.6-27B has input_cost 0.4",
		"The emulator picks the same: gpt-oss-120b (it uses this program's own resolver, so this confirms nothing)", "live of"} {
		if !strings.Contains(got.texts[0], part) {
			t.Errorf("the text lacks %q:\n%s", part, got.texts[0])
		}
	}
}

func TestTheServiceAgrees(t *testing.T) {
	r := connect(t, setup{})
	r.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{
		`{"model":"Meta-Llama-3_3-70B-Instruct","choices":[{"index":0,"delta":{"content":"H"},"finish_reason":"length"}]}`, "[DONE]",
	}})
	var out struct{ Service map[string]any }
	got := r.succeed("resolve-virtual-model", `{"query":"llama@latest","verify":true}`, &out)
	if out.Service["agrees"] != true || out.Service["note"] != nil || !strings.Contains(got.texts[0],
		"\nThe service picks the same: Meta-Llama-3_3-70B-Instruct\n") {
		t.Errorf("got %+v and %q", out, got.texts[0])
	}
}

func TestTheServiceMayKnowBetter(t *testing.T) {
	r := connect(t, setup{})
	r.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{
		`{"model":"Mistral-Small-3.2-24B-Instruct-2506","choices":[{"index":0,"delta":{"content":"H"},"finish_reason":"length"}]}`, "[DONE]",
	}})
	var out struct {
		Model   string
		Service struct {
			Model  string
			Agrees bool
		}
	}
	got := r.succeed("resolve-virtual-model", `{"query":"mistral@latest","verify":true}`, &out)
	if out.Model != "" || out.Service.Agrees || out.Service.Model != "Mistral-Small-3.2-24B-Instruct-2506" {
		t.Errorf("got %+v", out)
	}
	if !strings.HasPrefix(got.texts[0], "No listed model matches") || !strings.Contains(got.texts[0], "The service picks another") {
		t.Errorf("the text is %q", got.texts[0])
	}
}

// A documented query goes to the service even if no listed model matches.
func TestChatAsksTheServiceAllTheSame(t *testing.T) {
	r := connect(t, setup{})
	r.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{
		`{"model":"Mistral-Small-3.2-24B-Instruct-2506","choices":[{"index":0,"delta":{"content":"Bonjour"},"finish_reason":"stop"}]}`, "[DONE]",
	}})
	var out struct {
		Model, Resolved_By string
		Warnings           []struct{ Code string }
	}
	r.succeed("chat", `{"prompt":"hi","model":"mistral@latest"}`, &out)
	var sent struct{ Model string }
	r.lastPost(&sent)
	if sent.Model != "mistral@latest" || out.Model != "Mistral-Small-3.2-24B-Instruct-2506" || out.Resolved_By != "service" {
		t.Errorf("sent %q, got %+v", sent.Model, out)
	}
	if len(out.Warnings) == 0 || out.Warnings[0].Code != "no_local_match" {
		t.Errorf("got warnings %+v, want no_local_match", out.Warnings)
	}
}
