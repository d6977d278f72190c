package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/template"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// batchItem is one item of a batch.
type batchItem struct {
	text string
	file string // "" is of the input
	line int    // of a .jsonl, from 1; 0 is all of the file
}

// name returns what errors call the item at an index.
func (it batchItem) name(index int) string {
	switch {
	case it.file == "":
		return fmt.Sprintf("inputs[%d]", index)
	case it.line == 0:
		return it.file
	default:
		return fmt.Sprintf("%s, line %d", it.file, it.line)
	}
}

// batchItems returns the items of the inputs, or of the files. The error may be the
// context's.
func batchItems(ctx context.Context, inputs []string, read files, most int) ([]batchItem, error) {
	var items []batchItem
	size := 0
	for i, input := range inputs {
		if strings.TrimSpace(input) == "" {
			return nil, InvalidArgument(fmt.Sprintf("inputs[%d] is blank", i), "each input needs text")
		}
		if size += len(input); size > maxAllBytes {
			return nil, &Error{
				Code: CodePayloadTooLarge, Message: fmt.Sprintf("inputs: they have more than %s together", text.Bytes(maxAllBytes)),
				Hint: "send less at a time",
			}
		}
		items = append(items, batchItem{text: input})
	}
	for _, f := range read {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if f.image != nil {
			return nil, InvalidArgument("files: "+f.name+" is an image, which has no text", "leave it out, or read it with describe-image")
		}
		if !isJSONLines(f.name) {
			items = append(items, batchItem{text: f.text, file: f.name})
		} else if err := eachLine(f, func(item batchItem) bool {
			items = append(items, item)
			return len(items) <= most && ctx.Err() == nil
		}); err != nil {
			return nil, err
		}
		if len(items) > most {
			break
		}
	}
	switch {
	case len(items) > most && len(inputs) > 0:
		return nil, InvalidArgument(fmt.Sprintf("inputs has %d items", len(items)), fmt.Sprintf("1 to %d are allowed", most))
	case len(items) > most:
		return nil, InvalidArgument(fmt.Sprintf("files: they have more than %d items", most), fmt.Sprintf("1 to %d are allowed", most))
	case len(items) == 0:
		return nil, &Error{
			Code: CodeFileUnreadable, Message: "files: they hold no items", Hint: "name files with text, or a .jsonl with a JSON value a line",
		}
	}
	return items, ctx.Err()
}

func isJSONLines(name string) bool {
	extension := strings.ToLower(path.Ext(name))
	return extension == ".jsonl" || extension == ".ndjson"
}

// eachLine calls use with each line of a .jsonl that is not blank, until it returns false.
// The text of a JSON string is what it says.
func eachLine(f file, use func(batchItem) bool) error {
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		item := batchItem{text: line, file: f.name, line: number}
		if !json.Valid([]byte(line)) {
			return &Error{
				Code: CodeFileUnreadable, Message: fmt.Sprintf("files: %s is not JSON: %s", item.name(0), excerpt(line)),
				Hint: "a .jsonl has one JSON value a line; name a file of another form with another extension",
			}
		}
		if line[0] == '"' {
			_ = json.Unmarshal([]byte(line), &item.text) // it is valid
		}
		if !use(item) {
			return nil
		}
	}
	return nil
}

// checkItems refuses items that lack a field of a template. It returns how many bytes the
// largest prompt has. The error may be the context's.
func (b *batch) checkItems(ctx context.Context) (largest int, err error) {
	for i, item := range b.items {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		size, filled := 0, template.NewItem(item.text)
		for _, t := range []struct {
			name string
			*template.Template
		}{{"prompt", b.prompt}, {"system", b.system}} {
			n, err := t.Size(filled)
			if lacking, ok := errors.AsType[*template.Error](err); ok {
				return 0, InvalidArgument(fmt.Sprintf("%s: %s: %s", t.name, item.name(i), lacking.Message), lacking.Hint)
			}
			size += n
		}
		largest = max(largest, min(size, maxImageBody))
	}
	return largest, nil
}

// messages returns the system message and the prompt of an item. An item that is blank, or
// too large for one request, is an error.
func (b *batch) messages(i int) (system, prompt string, err error) {
	most, item := maxTextBody, template.NewItem(b.items[i].text)
	if !isAIEndpoints(b.client.baseURL) {
		most = maxImageBody
	}
	if strings.TrimSpace(b.items[i].text) == "" {
		return "", "", &Error{Code: CodeFileUnreadable, Message: "it holds no text", Hint: "leave it out of files"}
	}
	if prompt, err = b.prompt.Fill(item, most); err == nil {
		system, err = b.system.Fill(item, most-len(prompt))
	}
	if large, ok := errors.AsType[*template.Error](err); ok {
		return "", "", &Error{Code: CodePayloadTooLarge, Message: large.Message, Hint: large.Hint}
	}
	if err == nil && strings.TrimSpace(prompt) == "" {
		err = InvalidArgument("the prompt with this item is blank", "leave the item out, or write more than its field")
	}
	return system, prompt, err
}
