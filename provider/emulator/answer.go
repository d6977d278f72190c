package emulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/example"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// quoteLimit is how many characters of a message an answer quotes.
const quoteLimit = 400

// text returns the content of an answer without tool calls, cut before the first
// stop sequence.
func (r *chatRequest) text(m catalog.Model) (string, error) {
	text, err := r.fullText(m)
	if err != nil {
		return "", err
	}
	for _, stop := range r.Stop {
		if i := strings.Index(text, stop); i >= 0 && stop != "" {
			text = text[:i]
		}
	}
	return text, nil
}

func (r *chatRequest) fullText(m catalog.Model) (string, error) {
	format := responseFormat{Type: "text"}
	if r.ResponseFormat != nil {
		format = *r.ResponseFormat
	}
	switch format.Type {
	case "json_object":
		return string(encode(map[string]any{
			"emulator": true, "model": m.ID, "request": quote(r.lastUserText()),
		})), nil
	case "json_schema":
		value, err := example.Of(format.JSONSchema.Schema, r.userText())
		if err != nil {
			return "", badRequest("response_format.json_schema.schema: %v", err)
		}
		return string(encode(value)), nil
	}
	return r.report(m), nil
}

// report tells the reader what reached the model, so that a person sees that
// the way there is real even though the model is not.
func (r *chatRequest) report(m catalog.Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[emulator] %s would answer here. It received %s", m.ID, text.Count(len(r.Messages), "message"))
	if systems := slices.Concat(r.texts("system"), r.texts("developer")); len(systems) > 0 {
		fmt.Fprintf(&b, ` (system: "%s")`, text.Cut(strings.TrimSpace(strings.Join(systems, "\n")), 100))
	}
	if last := r.lastUserText(); last != "" {
		fmt.Fprintf(&b, `; the last user message says: "%s"`, quote(last))
	}
	b.WriteString(".")
	if images := r.images(); len(images) > 0 {
		fmt.Fprintf(&b, " It came with %s: %s.", text.Count(len(images), "image"), strings.Join(images, ", "))
	}
	if results := r.toolResults(); len(results) > 0 {
		fmt.Fprintf(&b, " The tool results say: %s.", strings.Join(results, "; "))
	}
	if len(r.Tools) > 0 {
		var names []string
		for _, t := range r.Tools {
			names = append(names, t.Function.Name)
		}
		fmt.Fprintf(&b, " It may call %s.", strings.Join(names, ", "))
	}
	if parameters := r.parameters(); len(parameters) > 0 {
		fmt.Fprintf(&b, " Settings: %s.", strings.Join(parameters, ", "))
	}
	return b.String()
}

func (r *chatRequest) lastUserText() string {
	if texts := r.texts("user"); len(texts) > 0 {
		return texts[len(texts)-1]
	}
	return ""
}

func (r *chatRequest) images() []string {
	var described []string
	for _, msg := range r.Messages {
		for _, url := range msg.Content.images() {
			if p, err := decodeImage(url); err == nil {
				described = append(described, p.String())
			}
		}
	}
	return described
}

// toolResults quotes the tool messages that end the conversation, each with
// the name of the function that was called.
func (r *chatRequest) toolResults() []string {
	names := map[string]string{}
	var results []string
	for _, msg := range r.Messages {
		for _, made := range msg.ToolCalls {
			names[made.ID] = made.Function.Name
		}
		if msg.Role != "tool" {
			results = nil
			continue
		}
		name := msg.ToolCallID
		if called, ok := names[name]; ok {
			name = called
		}
		results = append(results, fmt.Sprintf(`%s: "%s"`, name, quote(msg.Content.plain())))
	}
	return results
}

// parameters lists what the request sets.
func (r *chatRequest) parameters() []string {
	var parameters []string
	add := func(name string, value any) {
		// A pointer to a number that is nil encodes as null.
		if v, err := json.Marshal(value); err == nil && string(v) != "null" {
			parameters = append(parameters, name+" "+string(v))
		}
	}
	add("temperature", r.Temperature)
	add("top_p", r.TopP)
	add("max_tokens", r.maxTokens())
	add("seed", r.Seed)
	add("presence_penalty", r.PresencePenalty)
	add("frequency_penalty", r.FrequencyPenalty)
	return parameters
}

// reasoning returns the reasoning text of a model that reasons: longer for more
// effort, and nothing for "none".
func (r *chatRequest) reasoning(m catalog.Model) string {
	effort := "medium"
	if r.ReasoningEffort != nil {
		effort = *r.ReasoningEffort
	}
	if !m.Reasoning || effort == "none" {
		return ""
	}
	sentences := []string{
		"The request holds " + text.Count(len(r.Messages), "message") + " and I should read all of it before I answer.",
		`The user says: "` + text.Cut(strings.TrimSpace(r.lastUserText()), 60) + `".`,
		"No model runs in the emulator, so I cannot know the answer; what I can do is to say what arrived, " +
			"and to keep to the format that the request asks for.",
		"Let me check once more that nothing was left out: the system message, the images, the tools and the settings.",
	}
	return strings.Join(sentences[:map[string]int{"minimal": 1, "low": 2, "medium": 3, "high": 4}[effort]], " ")
}

func quote(s string) string { return text.Cut(strings.TrimSpace(s), quoteLimit) }
