package resources_test

import (
	"strings"
	"testing"
)

func TestUnknownResources(t *testing.T) {
	tests := []struct {
		name, uri string
		want      []string // of the message
	}{
		{"a misspelt id", modelsURI + "gpt-os-120b", []string{"no such model in the live catalogue", "nearest are gpt-oss-120b, "}},
		{"a misspelt alias", modelsURI + "openai%2Fgpt-os-120b", []string{"gpt-oss-120b"}},
		{"no id", modelsURI, []string{"the id of a model is missing"}},
		{"a blank id", modelsURI + "%20", []string{"the id of a model is missing"}},
		{"a query", modelsURI + "llama@latest", []string{"resolve-virtual-model"}},
		{"an encoded query", modelsURI + "llama%40biggest%3Finput_cost%3C1", []string{"resolve-virtual-model"}},
		{"broken encoding", modelsURI + "gpt-oss-120b%zz", []string{"nearest are gpt-oss-120b"}},
		{"a line break", modelsURI + "gpt%0Aoss\nx", []string{"nearest are"}},
		{"a blank in an id", modelsURI + "gpt oss 120b", []string{"nearest are gpt-oss-120b"}},
		{"another resource", "ai-endpoints://prices", []string{catalogURI, tableURI, virtualURI, usageURI, template}},
		{"the bare template", "ai-endpoints://models", []string{template}},
	}
	set := connect(t, setup{}).set
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantError(t, set.CheckURI(t.Context(), test.uri), nil, test.want...)
		})
	}
}

func TestErrorsRepeatLittleOfWhatWasSent(t *testing.T) {
	c := connect(t, setup{})
	_, ofPrompt := c.tryPrompt("compare-models", map[string]string{"question": "?", "models": "gpt-oss-20b," + strings.Repeat("x", 10_000)})
	for _, err := range []error{ofPrompt, c.set.CheckURI(t.Context(), modelsURI+strings.Repeat("x", 10_000))} {
		wantError(t, err, nil)
		if len(err.Error()) > 500 {
			t.Errorf("the message takes %d bytes", len(err.Error()))
		}
	}
}

// Other parts of the server may have resources of their own.
func TestKnownAndForeignResourcesAreLeftAlone(t *testing.T) {
	set := connect(t, setup{}).set
	for _, uri := range []string{catalogURI, tableURI, virtualURI, usageURI, modelsURI + "gpt-oss-120b", modelsURI + "openai%2Fgpt-oss-120b",
		"ui://view/missing", "file:///etc/passwd", ""} {
		if err := set.CheckURI(t.Context(), uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
}
