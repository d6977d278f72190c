package resources_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const (
	catalogURI = "ai-endpoints://catalog"
	tableURI   = "ai-endpoints://catalog.md"
	virtualURI = "ai-endpoints://virtual-models"
	modelsURI  = "ai-endpoints://models/"
	template   = modelsURI + "{+id}"
)

func TestListsDescribeEverything(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		listed, err := c.ListResources(t.Context(), mcp.ListResourcesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		for _, r := range listed.Resources {
			types[r.URI] = r.MIMEType
			if r.Name == "" || r.Title == "" || r.Description == "" {
				t.Errorf("%s lacks a name, title or description: %+v", r.URI, r)
			}
			checkAnnotations(t, r.URI, r.Annotations)
		}
		want := map[string]string{catalogURI: "application/json", tableURI: "text/markdown", virtualURI: "text/markdown", usageURI: "application/json"}
		if diff := cmp.Diff(want, types); diff != "" {
			t.Errorf("resources (-want +got):\n%s", diff)
		}
		templates, err := c.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if len(templates.ResourceTemplates) != 1 {
			t.Fatalf("%d templates, want 1", len(templates.ResourceTemplates))
		}
		got := templates.ResourceTemplates[0]
		if got.URITemplate.Raw() != template || got.Name == "" || got.Title == "" || got.Description == "" || got.MIMEType != "application/json" {
			t.Errorf("template: %+v", got)
		}
		checkAnnotations(t, template, got.Annotations)
	})
}

func checkAnnotations(t *testing.T, uri string, a *mcp.Annotations) {
	t.Helper()
	if a == nil || len(a.Audience) == 0 || a.Priority == nil || *a.Priority <= 0 || *a.Priority > 1 {
		t.Errorf("%s: annotations %+v", uri, a)
	}
}

// A host lists resources when it connects, so that must not wait for the service;
// the date is that of the catalogue once one was read.
func TestListingSendsNoRequest(t *testing.T) {
	inBothEras(t, func(t *testing.T, e era, _ session) {
		upstream := newCounter()
		c := connect(t, setup{option: e.option, handler: upstream})
		for range 2 {
			listed, err := c.ListResources(t.Context(), mcp.ListResourcesRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if got := listed.Resources[0].Annotations.LastModified; got != "" {
				t.Errorf("last modified %q before anything was read", got)
			}
		}
		if got := upstream.requests.Load(); got != 0 {
			t.Errorf("listing made %d requests", got)
		}
		date := fetchedAt(c).Format(time.RFC3339)
		templates, err := c.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got := templates.ResourceTemplates[0].Annotations.LastModified; got != date {
			t.Errorf("last modified %q, want %q", got, date)
		}
	})
}

// document is the JSON of the catalogue.
type document struct {
	Source    string          `json:"source"`
	FetchedAt time.Time       `json:"fetched_at"`
	Problem   string          `json:"problem"`
	Models    []catalog.Model `json:"models"`
}

func readCatalog(c session) document {
	c.Helper()
	var got document
	if err := json.Unmarshal([]byte(c.read(catalogURI, "application/json")), &got); err != nil {
		c.Fatal(err)
	}
	return got
}

func fetchedAt(c session) time.Time { c.Helper(); return readCatalog(c).FetchedAt }

func TestCatalogHoldsWhatTheResolverUses(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		got := readCatalog(c)
		if age := time.Since(got.FetchedAt); got.Source != "live" || age < 0 || age > time.Minute {
			t.Errorf("source %q, fetched at %s", got.Source, got.FetchedAt)
		}
		var want []catalog.Model
		for _, m := range catalog.Snapshot().Models() {
			m.Description = ""
			want = append(want, m)
		}
		if diff := cmp.Diff(want, got.Models, cmpopts.EquateComparable(catalog.Date{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("models (-want +got):\n%s", diff)
		}
	})
}

func TestOneModelByEveryName(t *testing.T) {
	names := map[string]string{
		"gpt-oss-120b":                      "gpt-oss-120b",
		"openai/gpt-oss-120b":               "gpt-oss-120b",
		"openai%2Fgpt-oss-120b":             "gpt-oss-120b",
		"OPENAI%2fGPT-OSS-120B":             "gpt-oss-120b",
		"ovhcloud/gpt-oss-120b":             "gpt-oss-120b",
		"llama-3-3-70b-instruct":            "Meta-Llama-3_3-70B-Instruct", // slug
		"meta-llama/Llama-3.3-70B-Instruct": "Meta-Llama-3_3-70B-Instruct",
		"Qwen3%2E6-27B":                     "Qwen3.6-27B",
		"Qwen3-32B":                         "Qwen3-32B", // served, not listed
	}
	inBothEras(t, func(t *testing.T, _ era, c session) {
		for name, id := range names {
			var got struct {
				catalog.Model
				Source    string    `json:"source"`
				FetchedAt time.Time `json:"fetched_at"`
			}
			if err := json.Unmarshal([]byte(c.read(modelsURI+name, "application/json")), &got); err != nil {
				t.Fatal(err)
			}
			want, _, _ := catalog.Snapshot().Lookup(id)
			if got.ID != id || !reflect.DeepEqual(got.Model, want) {
				t.Errorf("%s: got %+v\nwant %+v", name, got.Model, want)
			}
			if got.Source != "live" || got.FetchedAt.IsZero() {
				t.Errorf("%s: source %q of %s", name, got.Source, got.FetchedAt)
			}
		}
	})
}

func TestVirtualModelsTellsWhatQueriesMeanNow(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		got := c.read(virtualURI, "text/markdown")
		wantParts(t, got,
			`query     = tag "@" ranker [ "?" condition { "&" condition } ]`,
			"live",
			"Series: gpt-oss (2), llama (1), qwen (4)\n", // guard models are not in the pool
			"Publisher: meta-llama (1), OpenAI (2), qwen (4)\n",
			"code_chat (5)",
			"- cheapest: the lowest price of input tokens",
			"| input_cost | EUR per million input tokens | 0.04 to 0.91 |",
			"| endpoint_publication_date | YYYY-MM-DD or DD/MM/YYYY | 2025-02-20 to 2026-05-15 |",
			// The newest endpoint with code_chat is that of 2026-05-06.
			"| `code_chat@latest` | Qwen3.6-27B | published 2026-05-06 |",
			"| `gpt-oss@cheapest` | gpt-oss-20b | 0.04 EUR per million input tokens |",
			"| `llama@biggest?input_cost<1` | Meta-Llama-3_3-70B-Instruct | 70 billion parameters |",
			// The multimodal models above 20 billion have 72, 397 and 27; the one of 72 has 32768 tokens.
			"| `multimodal@smallest?context_size>128k&params>20` | Qwen3.6-27B | 27 billion parameters |",
		)
	})
}

func TestEveryAnswerNamesTheSnapshot(t *testing.T) {
	c := connect(t, setup{handler: offline()})
	if got := readCatalog(c); got.Source != "snapshot" || got.FetchedAt.Format(time.DateOnly) != "2026-08-03" || got.Problem == "" {
		t.Errorf("source %q of %s, problem %q", got.Source, got.FetchedAt, got.Problem)
	}
	wantParts(t, c.read(tableURI, "text/markdown"), "Catalogue: snapshot, read 2026-08-03 00:00 UTC (")
	wantParts(t, c.read(virtualURI, "text/markdown"), "Catalogue: snapshot, read 2026-08-03 00:00 UTC (")
	wantParts(t, c.read(modelsURI+"bge-m3", "application/json"), `"source":"snapshot"`)
}

func TestCacheHintsAreTheRemainingFreshness(t *testing.T) {
	const ttl = 10 * time.Minute
	uris := []string{catalogURI, tableURI, virtualURI, modelsURI + "bge-m3"}
	inBothEras(t, func(t *testing.T, e era, _ session) {
		c := connect(t, setup{option: e.option, ttl: ttl})
		for _, uri := range uris {
			result, err := c.tryRead(uri)
			if err != nil {
				t.Fatal(err)
			}
			hint, ok := result.TTL()
			switch {
			case ok != e.modern:
				t.Errorf("%s: hint %d, present: %v", uri, hint, ok)
			case e.modern && (hint > ttl.Milliseconds() || hint < (ttl-time.Minute).Milliseconds() || result.CacheScope != mcp.CacheScopePublic):
				t.Errorf("%s: %d ms, %q", uri, hint, result.CacheScope)
			}
		}
	})
	t.Run("none without a live catalogue", func(t *testing.T) {
		c := connect(t, setup{handler: offline(), ttl: ttl})
		for _, uri := range uris {
			result, err := c.tryRead(uri)
			if err != nil {
				t.Fatal(err)
			}
			if hint, ok := result.TTL(); !ok || hint != 0 {
				t.Errorf("%s: hint %d, present: %v", uri, hint, ok)
			}
		}
	})
}

// A text must not send a model to a tool that is not offered.
func TestTextsNameOnlyToolsThatAreOffered(t *testing.T) {
	prompts := func(c session) (names []string) {
		list, err := c.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, prompt := range list.Prompts {
			names = append(names, prompt.Name)
		}
		return names
	}
	for _, test := range []struct {
		tools   []string
		prompts []string
	}{
		{nil, []string{"choose-model", "compare-models", "extract-data"}},
		{[]string{"chat"}, []string{"choose-model", "compare-models"}},
		{[]string{"embed"}, []string{"choose-model"}},
	} {
		c := connect(t, setup{tools: test.tools})
		if got := prompts(c); !slices.Equal(got, test.prompts) {
			t.Errorf("with the tools %v: prompts %v", test.tools, got)
		}
		choose, err := c.GetPrompt(t.Context(), mcp.GetPromptRequest{Params: mcp.GetPromptParams{Name: "choose-model", Arguments: map[string]string{"task": "to test"}}})
		if err != nil {
			t.Fatal(err)
		}
		_, unknown := c.tryRead(modelsURI + "llama@latest")
		said := fmt.Sprint(choose.Messages, c.read(virtualURI, "text/markdown"), unknown)
		if named, offered := strings.Contains(said, "resolve-virtual-model"), test.tools == nil; named != offered {
			t.Errorf("with the tools %v: resolve-virtual-model is named: %v", test.tools, named)
		}
	}
}
