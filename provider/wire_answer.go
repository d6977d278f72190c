package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// maxChoices bounds the choices of a chunk that are read: one was asked for, and a
// list of millions would take gigabytes.
const maxChoices = 4

// wireAnswer is a chunk of a stream, or a whole answer: a chunk has deltas, an
// answer has messages. Reading with a struct of ours costs a quarter of the
// library's types and brings the reasoning along.
type wireAnswer struct {
	Model   string                 `json:"model"`
	Choices [maxChoices]wireChoice `json:"choices"`
	Usage   *wireUsage             `json:"usage"`
	Groq    struct {
		Usage *wireUsage `json:"usage"`
	} `json:"x_groq"`
	Error json.RawMessage `json:"error"`
}

type wireChoice struct {
	Index         int             `json:"index"`
	Delta         wireDelta       `json:"delta"`
	Message       wireDelta       `json:"message"`
	FinishReason  string          `json:"finish_reason"`
	ContentFilter json.RawMessage `json:"content_filter_results"` // of Azure
}

type wireDelta struct {
	Content          string          `json:"content"`
	Reasoning        string          `json:"reasoning"`
	ReasoningContent string          `json:"reasoning_content"` // older models
	ReasoningDetails json.RawMessage `json:"reasoning_details"` // of OpenRouter
	Thinking         json.RawMessage `json:"thinking"`
	Refusal          string          `json:"refusal"`
	ToolCalls        json.RawMessage `json:"tool_calls"`
	FunctionCall     json.RawMessage `json:"function_call"` // before there were tool calls
}

// read reads a chunk. A field of an odd type is read another way, or lost; only what
// is not JSON is an error.
func (w *wireAnswer) read(ctx context.Context, data []byte) error {
	*w = wireAnswer{}
	err := json.Unmarshal(data, w)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		w.readOdd(ctx, data) // json went on after the field
		return nil
	}
	return err
}

// isEmpty reports whether a chunk brings nothing of an answer.
func (w *wireAnswer) isEmpty() bool {
	c := &w.Choices[0]
	return w.Usage == nil && c.FinishReason == "" && c.Delta.isEmpty() && c.Message.isEmpty()
}

func (d *wireDelta) isEmpty() bool {
	return d.Content == "" && d.Reasoning == "" && d.ReasoningContent == "" && d.ToolCalls == nil
}

// readOdd reads again what may be of an odd type and still mean something: the choices,
// their fields and the texts.
func (w *wireAnswer) readOdd(ctx context.Context, data []byte) {
	var raw struct {
		Choices json.RawMessage `json:"choices"`
	}
	if json.Unmarshal(data, &raw) != nil || len(raw.Choices) == 0 {
		return
	}
	var choices [maxChoices]json.RawMessage
	if raw.Choices[0] == '{' {
		choices[0] = raw.Choices
	} else if json.Unmarshal(raw.Choices, &choices) != nil {
		return
	}
	for i, choice := range choices {
		if len(choice) > 0 {
			w.Choices[i].readOdd(ctx, choice)
		}
	}
}

func (c *wireChoice) readOdd(ctx context.Context, data []byte) {
	// Of a choice that is no object, json has read nothing.
	var raw struct {
		Index         json.RawMessage `json:"index"`
		Delta         json.RawMessage `json:"delta"`
		Message       json.RawMessage `json:"message"`
		FinishReason  json.RawMessage `json:"finish_reason"`
		ContentFilter json.RawMessage `json:"content_filter_results"`
	}
	_ = json.Unmarshal(data, &raw)
	c.Index, _ = wholeNumber(raw.Index)
	c.FinishReason = reasonOf(raw.FinishReason)
	c.ContentFilter = raw.ContentFilter
	c.Delta.readOdd(ctx, raw.Delta)
	c.Message.readOdd(ctx, raw.Message)
}

func (d *wireDelta) readOdd(ctx context.Context, data []byte) {
	var raw struct {
		Content          json.RawMessage `json:"content"`
		Reasoning        json.RawMessage `json:"reasoning"`
		ReasoningContent json.RawMessage `json:"reasoning_content"`
		ReasoningDetails json.RawMessage `json:"reasoning_details"`
		Thinking         json.RawMessage `json:"thinking"`
		Refusal          json.RawMessage `json:"refusal"`
		ToolCalls        json.RawMessage `json:"tool_calls"`
		FunctionCall     json.RawMessage `json:"function_call"`
	}
	if json.Unmarshal(data, &raw) != nil {
		return
	}
	*d = wireDelta{
		Reasoning: textOf(ctx, raw.Reasoning), ReasoningContent: textOf(ctx, raw.ReasoningContent), ReasoningDetails: raw.ReasoningDetails,
		Thinking: raw.Thinking, Refusal: textOf(ctx, raw.Refusal), ToolCalls: raw.ToolCalls, FunctionCall: raw.FunctionCall,
	}
	content, reasoning, refusal := contentOf(ctx, raw.Content)
	d.Content = content
	if d.Reasoning == "" && d.ReasoningContent == "" {
		d.Reasoning = reasoning
	}
	if d.Refusal == "" {
		d.Refusal = refusal
	}
}

// reasoning returns the reasoning, in whichever field it is. Some engines send it in
// two at once.
func (d *wireDelta) reasoning(ctx context.Context) string {
	switch {
	case d.Reasoning != "":
		return d.Reasoning
	case d.ReasoningContent != "":
		return d.ReasoningContent
	case d.ReasoningDetails == nil && d.Thinking == nil:
		return ""
	}
	if text := textOf(ctx, d.ReasoningDetails); text != "" {
		return text
	}
	return textOf(ctx, d.Thinking)
}

// part is a part of a content that is a list, and whatever else holds a text.
type part struct {
	Type      json.RawMessage `json:"type"`
	Text      json.RawMessage `json:"text"`
	Thinking  json.RawMessage `json:"thinking"`
	Reasoning json.RawMessage `json:"reasoning"`
	Summary   json.RawMessage `json:"summary"`
	Content   json.RawMessage `json:"content"`
	Refusal   json.RawMessage `json:"refusal"`
	Value     json.RawMessage `json:"value"`
}

// contentOf returns what a content holds that may be a list of parts, or one part.
func contentOf(ctx context.Context, content json.RawMessage) (text, reasoning, refusal string) {
	var texts, thoughts, refusals strings.Builder
	eachOf(ctx, content, func(raw json.RawMessage) {
		if raw[0] == '"' {
			texts.WriteString(textOf(ctx, raw))
			return
		}
		var p part
		if json.Unmarshal(raw, &p) != nil {
			return
		}
		switch kind := textOf(ctx, p.Type); {
		case strings.Contains(kind, "thinking"), strings.Contains(kind, "reasoning"), strings.Contains(kind, "summary"):
			thoughts.WriteString(textOf(ctx, raw))
		case kind == "refusal":
			refusals.WriteString(textOf(ctx, p.Refusal))
		case kind == "", strings.Contains(kind, "text"):
			texts.WriteString(textOf(ctx, p.Text))
		}
	})
	return texts.String(), thoughts.String(), refusals.String()
}

// maxDepth bounds how deep in lists and objects a text is looked for.
const maxDepth = 4

// textOf returns a text, or the texts of a list of parts, or of one part.
func textOf(ctx context.Context, raw json.RawMessage) string { return textWithin(ctx, raw, maxDepth) }

func textWithin(ctx context.Context, raw json.RawMessage, depth int) string {
	var b strings.Builder
	eachOf(ctx, raw, func(raw json.RawMessage) {
		var text string
		if raw[0] == '"' {
			_ = json.Unmarshal(raw, &text)
			b.WriteString(text)
			return
		}
		var p part
		if depth == 0 || json.Unmarshal(raw, &p) != nil {
			return
		}
		for _, field := range []json.RawMessage{p.Text, p.Thinking, p.Reasoning, p.Summary, p.Content, p.Refusal, p.Value} {
			if text = textWithin(ctx, field, depth-1); text != "" {
				b.WriteString(text)
				return
			}
		}
	})
	return b.String()
}

// eachOf calls do with each text and object of a list, or with the one that raw is,
// until the context ends. A list may have millions, so they are read one at a time.
func eachOf(ctx context.Context, raw json.RawMessage, do func(json.RawMessage)) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return
	}
	if raw[0] != '[' {
		if raw[0] == '"' || raw[0] == '{' {
			do(raw)
		}
		return
	}
	members := json.NewDecoder(bytes.NewReader(raw))
	_, _ = members.Token()
	var member json.RawMessage
	for ctx.Err() == nil && members.More() {
		if members.Decode(&member) != nil {
			return
		}
		if member[0] == '"' || member[0] == '{' {
			do(member)
		}
	}
}

// reasonOf returns a finish reason: a number as its text, an object by its type.
func reasonOf(raw json.RawMessage) string {
	var reason wireWord
	_ = json.Unmarshal(raw, &reason)
	if reason != "" || len(raw) == 0 || raw[0] != '{' {
		return string(reason)
	}
	var object struct {
		Type wireWord `json:"type"`
	}
	_ = json.Unmarshal(raw, &object)
	return string(object.Type)
}

// wireWord is a short text; a number is read as one, and anything else as "".
type wireWord string

// UnmarshalJSON implements [json.Unmarshaler].
func (w *wireWord) UnmarshalJSON(data []byte) error {
	switch c := data[0]; {
	case c == '"':
		return json.Unmarshal(data, (*string)(w))
	case c == '-', c >= '0' && c <= '9':
		*w = wireWord(data)
	default:
		*w = ""
	}
	return nil
}

// wholeNumber reads a number that may be written as a text or with a fraction of zero.
func wholeNumber(raw []byte) (n int, ok bool) {
	text := strings.TrimSpace(strings.Trim(string(raw), `"`))
	if n, err := strconv.Atoi(text); err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) > math.MaxInt32 {
		return 0, false
	}
	return int(x), true
}
