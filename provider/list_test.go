package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// listing returns a provider whose catalogue has these entries, and serves nothing.
func listing(t testing.TB, entries ...string) *provider.Provider {
	t.Helper()
	return connect(t, emulator.New(emulator.Options{
		Catalog: []byte("[" + strings.Join(entries, ",") + "]"), Served: []byte(`{"data":[]}`),
	}))
}

// chatEntry is an entry of the catalogue: a chat model of the series x, with more.
func chatEntry(id, more string) string {
	return `{"name":"` + id + `","available":true,"metadata":{"publishing_information":{"series":"x"` + more + `},"model_specs":{` +
		`"capabilities":{"input_modality":["text"],"output_modality":["text"],"use_case_tag":["a","b"]}}}}`
}

// A model that retires first is no replacement, and none is better than one of another kind.
func TestAReplacementLasts(t *testing.T) {
	t.Parallel()
	const soon, late = `,"model_eol_date":"2026-09-30"`, `,"model_eol_date":"2027-09-30"`
	embedding := strings.Replace(chatEntry("vectors", ""), `"output_modality":["text"]`, `"output_modality":["embedding_vector"]`, 1)
	for _, tt := range []struct {
		name, old string
		others    []string
		want      string
	}{
		{"one that stays", soon, []string{chatEntry("b", ""), chatEntry("c", late)}, "b"},
		{"one that retires later", soon, []string{chatEntry("b", soon), chatEntry("c", late)}, "c"},
		{"one that retires with it", soon, []string{chatEntry("b", soon)}, ""},
		{"one of another kind", soon, []string{embedding}, ""},
		{"none for one that stays", "", []string{chatEntry("b", "")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list, err := listing(t, append(tt.others, chatEntry("a", tt.old))...).List(t.Context(), catalog.Filter{}, catalog.ByName)
			if err != nil {
				t.Fatal(err)
			}
			if got := list.Replacement(list.Models[0]); list.Models[0].ID != "a" || got != tt.want {
				t.Errorf("%s is replaced by %q, want %q", list.Models[0].ID, got, tt.want)
			}
		})
	}
}

func TestACatalogueWithoutACallableModel(t *testing.T) {
	t.Parallel()
	entry := strings.Replace(chatEntry("a", ""), "true", "false", 1)
	_, err := listing(t, entry, strings.Replace(entry, `"a"`, `"b"`, 1)).List(t.Context(), catalog.Filter{}, catalog.ByPrice)
	if got := wantCode(t, err, provider.CodeNoMatch); got.Message != "the catalogue has no model that can be called" {
		t.Errorf("got %v", err)
	}
}

func TestListsTakeLinearTime(t *testing.T) {
	linear.Check(t, 300, func(n int) func() {
		entries := make([]string, n)
		for i := range entries {
			entries[i] = chatEntry(fmt.Sprint("m", i), `,"model_eol_date":"2026-09-30"`)
		}
		entries[0] = chatEntry("last", "")
		p := listing(t, entries...)
		p.Catalog(t.Context())
		return func() {
			list, err := p.List(t.Context(), catalog.Filter{Group: catalog.GroupChat}, catalog.ByPrice)
			if err != nil || len(list.Models) != n {
				t.Fatalf("got %v", err)
			}
			for _, m := range list.Models[1:20] {
				if got := list.Replacement(m); got != "last" {
					t.Fatalf("%s is replaced by %q", m.ID, got)
				}
			}
			if _, err := p.List(t.Context(), catalog.Filter{Group: catalog.GroupImage, Tag: "a"}, ""); err == nil {
				t.Fatal("a chat model makes images")
			}
		}
	})
}
