package resources_test

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
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
		{"another scheme", "file:///etc/passwd", nil},
		{"no URI", "", nil},
	}
	inBothEras(t, func(t *testing.T, e era, c session) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				result, err := c.tryRead(test.uri)
				wantError(t, err, e.notFound, test.want...)
				if result != nil {
					t.Errorf("there are contents besides the error: %+v", result)
				}
			})
		}
	})
}

func TestErrorsRepeatLittleOfWhatWasSent(t *testing.T) {
	inBothEras(t, func(t *testing.T, e era, c session) {
		_, err := c.tryRead(modelsURI + strings.Repeat("x", 10_000))
		wantError(t, err, e.notFound, "nearest are")
		if len(err.Error()) > 500 {
			t.Errorf("the message takes %d bytes", len(err.Error()))
		}
		_, err = c.tryPrompt("compare-models", map[string]string{"question": "?", "models": "bge-m3," + strings.Repeat("x", 10_000)})
		wantError(t, err, mcp.ErrInternalError)
		if len(err.Error()) > 500 {
			t.Errorf("the message takes %d bytes", len(err.Error()))
		}
	})
}

// Other parts of the server may have resources of their own.
func TestOtherSchemesAreLeftAlone(t *testing.T) {
	_, err := connect(t, setup{}).tryRead("ui://view/missing")
	wantError(t, err, mcp.ErrInvalidParams, "'ui://view/missing'")
}
