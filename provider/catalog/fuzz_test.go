package catalog_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

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
		models, skipped, err := catalog.Decode(payload)
		if (err == nil) != (len(models) > 0) {
			t.Fatalf("%d models and error %v", len(models), err)
		}
		for _, problem := range skipped {
			if problem == nil || problem.Error() == "" {
				t.Error("an entry was skipped without a reason")
			}
		}
		seen := map[string]bool{}
		for _, m := range models {
			checkSense(t, m)
			if seen[m.ID] {
				t.Errorf("%q is there twice", m.ID)
			}
			seen[m.ID] = true
		}
		ids, err := catalog.DecodeServed(payload)
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
	if m.ID == "" || strings.TrimSpace(m.ID) != m.ID {
		t.Errorf("got id %q", m.ID)
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
