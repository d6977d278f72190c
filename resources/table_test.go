package resources_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestTableOfTheSnapshotIsTheGoldenFile(t *testing.T) {
	c := connect(t, setup{handler: offline()})
	got := regexp.MustCompile(`\(\d+ days ago\)`).ReplaceAllString(c.read(tableURI, "text/markdown"), "(N days ago)")
	golden := filepath.Join("testdata", "catalog.md")
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
		t.Errorf("catalog.md changed; if it should, run make golden and review the diff:\n%s", diff)
	}
}

// The order and the groups, derived by hand from the capture: newest first, and
// a model that cannot be called is absent.
func TestTableShowsWhatCanBeCalled(t *testing.T) {
	entry := func(id, more string) string {
		return `{"name": "` + id + `", ` + more + `}`
	}
	const chat = `"metadata": {"model_specs": {"capabilities": {"input_modality": ["text"], "output_modality": ["text"]}}}`
	c := connect(t, setup{upstream: emulator.Options{
		Catalog: []byte("[" + entry("gone-1", `"available": false, `+chat) + "," + entry("here-1", `"available": true, `+chat) + "," +
			entry(`a|b`, `"available": true, `+chat) + "," + entry(`a\nc`, `"available": true, `+chat) + "]"),
		Served: []byte(`{"data": [{"id": "here-1"}, {"id": "unlisted-1"}]}`),
	}})
	got := c.read(tableURI, "text/markdown")
	wantParts(t, got, "live", "just now", "\n| here-1 | - | - | - | - | - |\n", `| a\|b |`, "unlisted-1")
	if regexp.MustCompile("gone-1|\n *c ").MatchString(got) {
		t.Errorf("the table shows a model that is not available, or is broken:\n%s", got)
	}
}

func TestTableStaysUnder2000Tokens(t *testing.T) {
	large, served := manyModels(600)
	for name, s := range map[string]setup{
		"the capture": {}, "the snapshot": {handler: offline()},
		"600 models": {upstream: emulator.Options{Catalog: large, Served: served}},
	} {
		t.Run(name, func(t *testing.T) {
			got := connect(t, s).read(tableURI, "text/markdown")
			t.Logf("%d bytes, at most %d tokens", len(got), maxTokens(got))
			if maxTokens(got) >= 2000 {
				t.Errorf("%d bytes, %d tokens", len(got), maxTokens(got))
			}
			if name == "600 models" {
				wantParts(t, got, "| model-000", "more in "+catalogURI, "unlisted-000")
			}
		})
	}
}

// maxTokens counts as the worst tokenizers do: every digit and every punctuation
// mark is a token, and so are four letters.
func maxTokens(text string) int {
	count, letters := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			if letters%4 == 0 {
				count++
			}
			letters++
			continue
		}
		letters = 0
		if r != ' ' {
			count++
		}
	}
	return count
}
