package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

type extractInput struct {
	Text         longText   `json:"text,omitempty" jsonschema_description:"The text to read; give this, images or files"`
	Images       []string   `json:"images,omitempty" jsonschema:"maxItems=5" jsonschema_description:"Images to read, as for describe-image"`
	Files        []string   `json:"files,omitempty" jsonschema_description:"Paths or globs of texts or images, as for chat"`
	Schema       jsonObject `json:"schema" jsonschema_description:"JSON Schema of the data"`
	Instructions string     `json:"instructions,omitempty" jsonschema_description:"What to look for, and how"`
	Model        string     `json:"model,omitempty" jsonschema_description:"Id, alias or query; by default one that follows schemas"`
	Temperature  *float64   `json:"temperature,omitempty" jsonschema:"minimum=0,maximum=2,default=0" jsonschema_description:"Randomness; 0 is the most predictable"`
	MaxRepairs   *int       `json:"max_repairs,omitempty" jsonschema:"minimum=0,maximum=3,default=1" jsonschema_description:"How often an invalid answer is sent back"`
}

type extractOutput struct {
	Data    json.RawMessage `json:"data" jsonschema:"required" jsonschema_description:"valid against the schema; null in an error"`
	Mode    string          `json:"mode,omitempty"`
	Repairs int             `json:"repairs"`
	resultMeta
}

func structuredExtract(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "structured-extract", title: "Extract data by a JSON Schema",
		use:    "data by a JSON Schema.",
		search: "extract structured data from text, invoices, forms, screenshots by JSON Schema; valid JSON",
		description: "Read text, files or images and return data that is valid against your JSON Schema, " +
			"or an error that says where it is not. Use it wherever a program reads the answer. Not for prose, or JSON of any form (chat).",
	}
	return newTool[extractInput](spec, extractOutput{}, func(ctx context.Context, in extractInput, events Events) (output, error) {
		if strings.TrimSpace(string(in.Text)) == "" {
			in.Text = "" // the images and the files are all there is
		}
		if in.Text == "" && in.Images == nil && in.Files == nil {
			return output{}, provider.InvalidArgument("text, images and files are all missing", "give what is to be read")
		}
		repairs := 1
		if in.MaxRepairs != nil {
			repairs = *in.MaxRepairs
		}
		result, err := p.Extract(ctx, provider.ExtractRequest{
			Text: string(in.Text), Images: imageURLs("images", in.Images, ""), Files: in.Files,
			Schema: in.Schema.RawMessage, Instructions: in.Instructions,
			Model: in.Model, Temperature: in.Temperature, MaxRepairs: repairs, OnWait: events.OnWait,
		})
		if err != nil {
			return output{}, err
		}
		out := &extractOutput{Data: result.Data, Mode: result.Mode, Repairs: result.Repairs}
		return output{structured: out, text: []string{indented(result.Data)}, meta: result.Meta}, nil
	})
}

// indented returns JSON that is easy to read and still parseable.
func indented(data json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}

// jsonObject is a JSON object as it was given.
type jsonObject struct{ json.RawMessage }

// UnmarshalJSON keeps the bytes as they are.
func (o *jsonObject) UnmarshalJSON(data []byte) error {
	o.RawMessage = bytes.Clone(data)
	return nil
}
