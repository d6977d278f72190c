package catalog_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// FuzzDecode reads arbitrary payloads: what is taken makes sense.
func FuzzDecode(f *testing.F) {
	listed, served := catalog.SnapshotPayloads()
	var entries []json.RawMessage
	if err := json.Unmarshal(listed, &entries); err != nil {
		f.Fatal(err)
	}
	for _, entry := range entries {
		f.Add([]byte("[" + string(entry) + "]"))
	}
	f.Add(served)
	for _, seed := range oddPayloads() {
		f.Add([]byte(seed.payload))
	}
	for _, seed := range []string{
		`[]`, `{}`, `null`, `[null]`, `[{"name":"a"},{"name":"a"}]`,
		"[" + entryOf("m", "[1]") + "]", "[" + entryOf("m", `{"context_size_k":-1}`) + "]",
		"[" + entryOf("m", `{"context_size":1e18,"output_dimension":-1,"output_dimension_min":9,"output_dimension_max":1}`) + "]",
		`[{"name":"m","metadata":{"usage_information":{"pricing":[{"price":-1,"price_unit":"million_input_tokens"}],` +
			`"rate_limit":{"rate_limit_api":[{"rate_limit_unit":"req/m","rate_limit_value":-4}]}}}}]`,
		`[{"name":"m","metadata":{"publishing_information":{"endpoint_publication_date":"99/99/9999"}}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		models, skipped, err := catalog.Decode(t.Context(), payload)
		if (err == nil) != (len(models) > 0) {
			t.Fatalf("%d models and error %v", len(models), err)
		}
		for _, issue := range skipped {
			if issue.Kind == "" || issue.Example == "" || issue.Count < 1 {
				t.Errorf("an issue without a reason: %+v", issue)
			}
		}
		if line := skipped.String(); len(line) > 8000 || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("the issues are %d bytes: %q", len(line), line)
		}
		seen := map[string]bool{}
		for _, m := range models {
			checkSense(t, m)
			if seen[m.ID] {
				t.Errorf("%q is there twice", m.ID)
			}
			seen[m.ID] = true
		}
		ids, _, err := catalog.DecodeServed(t.Context(), payload)
		if (err == nil) != (len(ids) > 0) {
			t.Fatalf("%d served ids and error %v", len(ids), err)
		}
		joined := catalog.New(models, ids)
		for _, m := range joined.Models() {
			if found, exact, ok := joined.Lookup(m.ID); !ok || !exact || found.ID != m.ID {
				t.Errorf("%q is not found by its id", m.ID)
			}
		}
	})
}

// checkSense fails the test for figures that later arithmetic cannot handle.
func checkSense(t *testing.T, m catalog.Model) {
	t.Helper()
	if m.ID == "" || strings.TrimSpace(m.ID) != m.ID || len(m.ID) > 200 {
		t.Errorf("got id %q", m.ID)
	}
	texts := slices.Concat([]string{m.ID, m.Slug, m.Category, m.Description, m.Status, m.Publisher, m.Series},
		m.Aliases, m.Tags, m.Input, m.Output, m.ResponseFormats)
	for _, p := range m.Prices {
		texts = append(texts, p.Unit)
	}
	for _, text := range texts {
		if strings.ContainsFunc(text, unicode.IsControl) || len(text) > 4*2001 {
			t.Errorf("got the text %q", text)
		}
	}
	for name, n := range map[string]int{
		"aliases": len(m.Aliases), "tags": len(m.Tags), "input": len(m.Input), "output": len(m.Output),
		"formats": len(m.ResponseFormats), "prices": len(m.Prices),
	} {
		if n > 100 {
			t.Errorf("%d %s", n, name)
		}
	}
	for name, n := range map[string]int{
		"context": m.ContextTokens, "output": m.MaxOutputTokens, "images": m.MaxImages,
		"anonymous rate": m.AnonymousPerMinute, "rate": m.KeyPerMinute,
	} {
		if n < 0 {
			t.Errorf("%s of %d", name, n)
		}
	}
	for name, v := range map[string]*float64{"input price": m.InputPrice, "output price": m.OutputPrice, "parameters": m.ParamsB} {
		if v != nil && (*v < 0 || math.IsNaN(*v) || math.IsInf(*v, 0)) {
			t.Errorf("%s of %g", name, *v)
		}
	}
	if e := m.Embedding; e != nil && (e.Dimensions < 1 || e.MinDimensions < 0 || e.MaxDimensions < 0 || e.MaxBatch < 0) {
		t.Errorf("got embedding %+v", *e)
	}
}
