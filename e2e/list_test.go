package e2e

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// Most hosts show a model nothing but tools.
func TestAnAgentFindsModelsByToolsAlone(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		// find returns what the first model of a list is, of which the text must have the id.
		find := func(arguments map[string]any) map[string]any {
			t.Helper()
			got, err := a.call(testContext(t), "list-models", arguments, "")
			models, _ := got.structured["models"].([]any)
			if err != nil || got.isError || len(models) == 0 {
				t.Fatalf("%v: %+v, %v", arguments, got, err)
			}
			first := models[0].(map[string]any)
			if id := first["id"].(string); !strings.Contains(got.texts[0], "\n"+id+" ") {
				t.Errorf("the text lacks %s:\n%s", id, got.texts[0])
			}
			return first
		}
		embedding := find(map[string]any{"kind": "embedding", "sort": "context"})
		got, err := a.call(testContext(t), "embed", map[string]any{"input": "hi", "model": embedding["id"]}, "")
		if err != nil || got.isError || got.structured["model"] != "Qwen3-Embedding-8B" {
			t.Errorf("embed with %v: %+v, %v", embedding, got, err)
		}
		speech := find(map[string]any{"kind": "speech"})
		supports, _ := speech["supports"].([]any)
		if !slices.Contains(supports, any("speech_to_text")) || speech["price_unit"] != "audio_duration_seconds" {
			t.Errorf("the first speech model is %v", speech)
		}
		seeing := find(map[string]any{"kind": "vision", "supports": []string{"tools"}, "limit": 1})
		got, err = a.call(testContext(t), "describe-image", map[string]any{"image": "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(readPhoto(t)), "model": seeing["id"]}, "")
		if err != nil || got.isError {
			t.Errorf("describe-image with %v: %+v, %v", seeing, got, err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
}
