package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

type batchInput struct {
	Prompt      string      `json:"prompt,omitempty" jsonschema_description:"Template: {{input}} is the item, {{field}} or {{a.b}} a field of items that are JSON"`
	Inputs      batchInputs `json:"inputs,omitempty" jsonschema_description:"Up to 2048 texts or objects; give this or files"`
	Files       []string    `json:"files,omitempty" jsonschema_description:"Paths or globs; each file is an item, or each line of a .jsonl"`
	System      string      `json:"system,omitempty" jsonschema_description:"Instructions; a template too"`
	Schema      jsonObject  `json:"schema,omitempty" jsonschema_description:"JSON Schema of each answer; without it answers are text"`
	Model       string      `json:"model,omitempty" jsonschema_description:"As for chat; one for all items"`
	MaxTokens   *int        `json:"max_tokens,omitempty" jsonschema:"minimum=1" jsonschema_description:"Of each answer"`
	Temperature *float64    `json:"temperature,omitempty" jsonschema:"minimum=0,maximum=2" jsonschema_description:"As for chat"`
	Mode        string      `json:"mode,omitempty" jsonschema:"enum=now,enum=half_price,default=now" jsonschema_description:"half_price returns an id, and answers within a day"`
	ID          string      `json:"id,omitempty" jsonschema_description:"Of a half_price batch: its status and results"`
	Cancel      bool        `json:"cancel,omitempty" jsonschema_description:"With id: stop it"`
	Delete      bool        `json:"delete,omitempty" jsonschema_description:"With id: delete its files"`
	SaveTo      string      `json:"save_to,omitempty" jsonschema_description:"File below --write-dir for the results: .jsonl or .json"`
}

// The modes of a batch.
const (
	modeNow       = "now"
	modeHalfPrice = "half_price"
)

// batchInputs are texts. That of an object is its JSON.
type batchInputs []string

// UnmarshalJSON takes texts and objects.
func (in *batchInputs) UnmarshalJSON(data []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return err
	}
	*in = nil
	for _, item := range items {
		said := string(item)
		if item[0] == '"' {
			if err := json.Unmarshal(item, &said); err != nil {
				return err
			}
		}
		*in = append(*in, said)
	}
	return nil
}

type batchOutput struct {
	Status string `json:"status" jsonschema:"required" jsonschema_description:"completed, or partial if not all were asked to the end"`
	ID     string `json:"id,omitempty"`
	Total  int    `json:"total"`
	Done   int    `json:"done"`
	Failed int    `json:"failed"`
	Saved  *saved `json:"saved,omitempty"`
	resultMeta
	Results []batchResult `json:"results,omitempty"`
}

// The states of a batch whose answers are waited for.
const (
	statusCompleted = "completed"
	statusPartial   = "partial"
)

// batchResult is the answer to an item: content, or data with a schema.
type batchResult struct {
	Index        int             `json:"index"`
	File         string          `json:"file,omitempty"`
	Line         int             `json:"line,omitempty"` // of a .jsonl, from 1
	Content      string          `json:"content,omitempty"`
	Data         json.RawMessage `json:"data,omitempty"`
	FinishReason string          `json:"finish_reason,omitempty"` // of a content that is not whole
	Error        *batchError     `json:"error,omitempty"`
}

type batchError struct {
	Code    provider.Code `json:"code"`
	Message string        `json:"message"`
}

func batch(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "batch", title: "Ask a model about many inputs", writes: true,
		use:    "one prompt for many texts or files.",
		search: "bulk: classify, translate, summarize, label, extract from many texts, files or rows; map a prompt over a list",
		description: "Ask one question about each of many inputs or files, many at once, and return the answers in order; " +
			"with schema each is valid data. Use it to classify, translate, summarize or extract in bulk. Not for one question (chat).",
	}
	return newTool[batchInput](spec, batchOutput{}, func(ctx context.Context, in batchInput, events Events) (output, error) {
		if in.isHalfPrice() {
			return in.halfPrice(ctx, p, events)
		}
		if err := in.check(); err != nil {
			return output{}, err
		}
		to, err := p.Destination(in.SaveTo, extJSONLines, extJSON)
		if err != nil {
			return output{}, err
		}
		req := in.request()
		req.OnWait, req.OnProgress = events.OnWait, events.OnProgress
		result, err := p.Batch(ctx, req)
		if err != nil {
			return output{}, err
		}
		out := &batchOutput{Status: statusCompleted, Total: len(result.Answers), Done: result.Done}
		if result.Partial {
			out.Status = statusPartial
		}
		o := output{meta: result.Meta}
		o.addResults(out, to, newBatchResults(result.Answers))
		return o, nil
	})
}

const promptOfBatch = "write the question, with {{input}} where the text of each item goes"

// check checks what the schema cannot express.
func (in batchInput) check() error {
	const either = "give the items as inputs, or as files"
	switch {
	case strings.TrimSpace(in.Prompt) == "":
		return provider.InvalidArgument("prompt is missing", promptOfBatch)
	case in.Inputs == nil && in.Files == nil:
		return provider.InvalidArgument("inputs and files are both missing or empty", either)
	case in.Inputs != nil && in.Files != nil:
		return provider.InvalidArgument("inputs and files are both given", either)
	case len(in.Inputs) > provider.MaxBatch:
		return provider.InvalidArgument(fmt.Sprintf("inputs has %d items", len(in.Inputs)), fmt.Sprintf("1 to %d are allowed", provider.MaxBatch))
	}
	return nil
}

func (in batchInput) request() provider.BatchRequest {
	return provider.BatchRequest{
		Prompt: in.Prompt, System: in.System, Inputs: in.Inputs, Files: in.Files, Schema: in.Schema.RawMessage,
		Model: in.Model, MaxTokens: in.MaxTokens, Temperature: in.Temperature,
	}
}

func newBatchResults(answers []provider.BatchAnswer) []batchResult {
	results := make([]batchResult, len(answers))
	for i, a := range answers {
		results[i] = batchResult{Index: i, File: a.File, Line: a.Line, Content: a.Content, Data: a.Data, FinishReason: a.FinishReason}
		if a.Err != nil {
			results[i].Error = &batchError{a.Err.Code, a.Err.Message}
		}
	}
	return results
}
