package server_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// retiringCatalogue is the capture, where some models retire or cannot be called.
func retiringCatalogue(t *testing.T) []byte {
	t.Helper()
	listed, _ := catalog.SnapshotPayloads()
	var entries []map[string]any
	if err := json.Unmarshal(listed, &entries); err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry["name"].(string)
		if slices.Contains([]string{"gpt-oss-20b", "bge-m3", "whisper-large-v3"}, name) {
			entry["metadata"].(map[string]any)["publishing_information"].(map[string]any)["model_eol_date"] = "30/09/2026"
		}
		if slices.Contains([]string{"whisper-large-v3", "nvr-tts-de-de"}, name) {
			entry["available"] = false
		}
	}
	return []byte(quote(t, entries))
}

func TestRetiredModelsTellTheirReplacement(t *testing.T) {
	r := connect(t, setup{upstream: emulator.Options{Catalog: retiringCatalogue(t), Served: []byte(`{"data":[{"id":"gpt-oss-120b"}]}`)}})
	for arguments, want := range map[string]string{
		`{"tag":"gpt-oss"}`:                 "gpt-oss-20b retiring 2026-09-30 gpt-oss-120b,gpt-oss-120b live  ",
		`{"kind":"embedding","tag":"BAAI"}`: "bge-m3 retiring 2026-09-30 bge-multilingual-gemma2,bge-multilingual-gemma2 live  ",
		`{"tag":"whisper"}`:                 "whisper-large-v3-turbo live  ,whisper-large-v3 retired 2026-09-30 whisper-large-v3-turbo",
		`{"kind":"speech","sort":"date"}`:   "whisper-large-v3-turbo live  ,nvr-tts-en-us live  ,nvr-tts-es-es live  ,nvr-tts-it-it live  ",
		`{"tag":"NVIDIA Riva","limit":4}`: "nvr-tts-en-us live  ,nvr-tts-es-es live  ,nvr-tts-it-it live  ," +
			"nvr-tts-de-de unavailable  nvr-tts-en-us",
	} {
		var got modelList
		text := r.succeed("list-models", arguments, &got).texts[0]
		var shown []string
		for _, m := range got.Models {
			shown = append(shown, strings.Join([]string{m.ID, m.Status, m.Retires, m.Replacement}, " "))
			if m.Replacement != "" && !strings.Contains(text, ": use "+m.Replacement) {
				t.Errorf("%s: the text lacks %s:\n%s", arguments, m.Replacement, text)
			}
		}
		if joined := strings.Join(shown, ","); joined != want {
			t.Errorf("%s: got %s, want %s\n%s", arguments, joined, want, text)
		}
	}
}

func TestModelsOfAServiceWithoutACatalogue(t *testing.T) {
	r := connect(t, setup{served: true, upstream: emulator.Options{Served: []byte(`{"data":[{"id":"qwen-local"},{"id":"nomic embed"}]}`)}})
	var got modelList
	text := r.succeed("list-models", `{"kind":"speech","tag":"x","sort":"size"}`, &got).texts[0]
	if got.ids() != "nomic embed qwen-local" || got.Models[0].Kind != "" || got.Models[0].Status != "" || got.Models[0].PriceUnit != "" {
		t.Errorf("got %+v", got)
	}
	const want = `^127\.0\.0\.1:\d+ has no catalogue: only the ids of its models are known\.\n"nomic embed", qwen-local\n2 models$`
	if !regexp.MustCompile(want).MatchString(text) {
		t.Errorf("the text is %q", text)
	}
	if len(got.Warnings) != 1 || got.Warnings[0].Code != "argument_ignored" ||
		!strings.Contains(got.Warnings[0].Message, "kind speech, tag x had no effect") {
		t.Errorf("the warnings are %+v", got.Warnings)
	}
	dead := connect(t, setup{served: true, upstream: emulator.Options{Served: []byte(`no`)}})
	if failed := dead.call("list-models", `{}`); !failed.isError || failed.failure().Code != "upstream_unreachable" {
		t.Errorf("got %q", failed.texts)
	}
}

// Whatever names a catalogue holds, a row is a line, and the text bounded.
func TestAHostileCatalogueIsListed(t *testing.T) {
	long := strings.Repeat("n", 190)
	var entries []string
	for i := range 300 {
		entries = append(entries, fmt.Sprintf(`{"name":"a%d .01 9k, free: use %s","available":true,"metadata":{"usage_information":{`+
			`"status":"%s","pricing":[{"price":%d,"price_unit":"per %d\u001b[31m\n%s"}]},"publishing_information":{"series":"x|\u202ey"}}}`,
			i, long[:150], long, i, i, long))
	}
	r := connect(t, setup{upstream: emulator.Options{
		Catalog: []byte("[" + strings.Join(entries, ",") + "]"), Served: []byte(`{"data":[{"id":"b\"c"}]}`),
	}})
	var got modelList
	text := r.succeed("list-models", `{"limit":50}`, &got).texts[0]
	if got.Total != 301 || len(got.Models) != 50 || len(text) > 50*400 || regexp.MustCompile("[\x1b\u202e]").MatchString(text) {
		t.Errorf("%d of %d models, %d bytes: %.500s", len(got.Models), got.Total, len(text), text)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 1+2*50+1 || !strings.HasPrefix(lines[2], `"a0 .01 9k, free: use n`) || !strings.Contains(lines[2], `…" free`) {
		t.Errorf("got %d lines, %q", len(lines), lines[:4])
	}
}
