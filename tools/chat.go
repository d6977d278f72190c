package tools

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

type chatInput struct {
	Prompt           longText       `json:"prompt,omitempty" jsonschema_description:"The question or task; give this or messages"`
	Messages         messages       `json:"messages,omitempty" jsonschema_description:"A conversation as OpenAI writes it, instead of prompt. Content is text, or parts of type text and image_url (as image of describe-image)"`
	System           longText       `json:"system,omitempty" jsonschema_description:"Instructions for the model"`
	Files            []string       `json:"files,omitempty" jsonschema_description:"Paths or globs (docs/**/*.md) below an allowed folder, put before the prompt"`
	Model            string         `json:"model,omitempty" jsonschema_description:"Id, alias, or query like llama@latest; by default a large inexpensive model"`
	Temperature      *float64       `json:"temperature,omitempty" jsonschema:"minimum=0,maximum=2" jsonschema_description:"Randomness; 0 is the most predictable"`
	TopP             *float64       `json:"top_p,omitempty" jsonschema:"minimum=0,maximum=1" jsonschema_description:"Nucleus sampling; change this or temperature"`
	MaxTokens        *int           `json:"max_tokens,omitempty" jsonschema:"minimum=1" jsonschema_description:"Most tokens to generate; reasoning counts too"`
	Stop             []string       `json:"stop,omitempty" jsonschema_description:"Texts that end the answer"`
	Seed             *int64         `json:"seed,omitempty" jsonschema_description:"Same seed, same sampling"`
	PresencePenalty  *float64       `json:"presence_penalty,omitempty" jsonschema:"minimum=-2,maximum=2" jsonschema_description:"Above 0 favours new topics"`
	FrequencyPenalty *float64       `json:"frequency_penalty,omitempty" jsonschema:"minimum=-2,maximum=2" jsonschema_description:"Above 0 avoids repetition"`
	ReasoningEffort  string         `json:"reasoning_effort,omitempty" jsonschema:"enum=none,enum=minimal,enum=low,enum=medium,enum=high" jsonschema_description:"For reasoning models; less is faster"`
	IncludeReasoning bool           `json:"include_reasoning,omitempty" jsonschema:"default=false" jsonschema_description:"Also return what the model thought"`
	Tools            functionTools  `json:"tools,omitempty" jsonschema_description:"Functions it may call: {type: function, function: {name, description, parameters}}"`
	ToolChoice       toolChoice     `json:"tool_choice,omitempty" jsonschema_description:"With tools: auto (default), none, required, or a function's name"`
	ResponseFormat   responseFormat `json:"response_format,omitempty" jsonschema_description:"{type: json_object}, or {type: json_schema, json_schema: {name, schema}}"`
	User             string         `json:"user,omitempty" jsonschema_description:"Id of the end user, for abuse tracing"`
	SaveTo           string         `json:"save_to,omitempty" jsonschema_description:"File below --write-dir for the answer"`
}

type chatOutput struct {
	Content      string              `json:"content" jsonschema:"required"`
	ToolCalls    []provider.ToolCall `json:"tool_calls,omitempty"`
	FinishReason string              `json:"finish_reason,omitempty"`
	Saved        *saved              `json:"saved,omitempty"`
	resultMeta
	Reasoning string `json:"reasoning,omitempty"`
}

func chat(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "chat", title: "Chat with an AI Endpoints model", writes: p.Saves(),
		use:    "ask a language model.",
		search: "ask an open-weight LLM in the EU: llama, qwen, mistral, gpt-oss; delegate, summarize, second opinion",
		description: "Ask an open-weight language model hosted in the EU: one question (prompt) or a conversation (messages), " +
			"also with files, images, function tools or JSON output. Use it to delegate reading and writing to an inexpensive model, " +
			"with files without reading them yourself, for a second opinion, or where data must stay in the EU. " +
			"Not for data that must fit a schema (structured-extract) or vectors (embed). " +
			"Returns the answer or tool calls, with tokens and cost, and warnings if it is empty or cut.",
	}
	return newTool[chatInput](spec, chatOutput{}, func(ctx context.Context, in chatInput, events Events) (output, error) {
		req, notes, err := in.request()
		if err != nil {
			return output{}, err
		}
		to, err := p.Destination(in.SaveTo)
		if err != nil {
			return output{}, err
		}
		req.OnText, req.OnWait = events.OnText, events.OnWait
		result, err := p.Chat(ctx, req)
		if err != nil {
			return output{}, err
		}
		out := &chatOutput{Content: result.Content, ToolCalls: result.ToolCalls, FinishReason: result.FinishReason}
		o := output{structured: out, meta: result.Meta, notes: notes}
		if out.Saved = o.saveAnswer(to, result); out.Saved != nil {
			out.Content = ""
		} else {
			o.text = chatText(result)
		}
		if in.IncludeReasoning || result.IsEmpty() {
			out.Reasoning = result.Reasoning
		}
		if out.Reasoning != "" {
			o.text = append(o.text, "Reasoning:\n"+out.Reasoning)
		}
		return o, nil
	})
}

// saveAnswer saves the text of an answer, if that is all of it.
func (o *output) saveAnswer(to *save.Destination, r *provider.ChatResult) *saved {
	switch {
	case len(r.ToolCalls) > 0:
		o.notSaved(to, "the model called tools")
	case r.IsEmpty():
		o.notSaved(to, "the model returned no text")
	default:
		return o.saveText(to, r.Content)
	}
	return nil
}

// request checks what the schema cannot express and returns the provider's request.
func (in chatInput) request() (provider.ChatRequest, []provider.Warning, error) {
	req := provider.ChatRequest{
		Model: in.Model, Files: in.Files, Temperature: in.Temperature, TopP: in.TopP, MaxTokens: in.MaxTokens, Stop: in.Stop, Seed: in.Seed,
		PresencePenalty: in.PresencePenalty, FrequencyPenalty: in.FrequencyPenalty, ReasoningEffort: in.ReasoningEffort, User: in.User,
	}
	if in.TopP != nil && *in.TopP == 0 {
		req.TopP = nil // clients that fill every parameter send it, and engines refuse it: above 0 up to 1
	}
	var (
		notes []provider.Warning
		err   error
	)
	if req.Messages, notes, err = in.conversation(); err != nil {
		return req, nil, err
	}
	names, err := in.Tools.read()
	if err != nil {
		return req, nil, err
	}
	if names != nil {
		req.Tools = schema.List(in.Tools)
	}
	if req.ToolChoice, err = in.ToolChoice.check(names); err != nil {
		return req, nil, err
	}
	req.ResponseFormat, err = in.ResponseFormat.check()
	return req, notes, err
}

const promptOrMessages = "give prompt for one question, or messages for a conversation"

// conversation returns the messages, from prompt or messages, with system first.
func (in chatInput) conversation() (conversation []provider.Message, notes []provider.Warning, err error) {
	switch {
	case in.Prompt != "" && in.Messages != nil:
		return nil, nil, provider.InvalidArgument("prompt and messages are both given", promptOrMessages)
	case in.Prompt == "" && in.Messages == nil:
		return nil, nil, provider.InvalidArgument("prompt and messages are both missing", promptOrMessages)
	case in.Messages != nil:
		if conversation, notes, err = in.Messages.read(); err != nil {
			return nil, nil, err
		}
	case strings.TrimSpace(string(in.Prompt)) == "":
		return nil, nil, provider.InvalidArgument("prompt is blank", "give the question or task as text")
	default:
		conversation = []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: string(in.Prompt)}}}
	}
	if in.System != "" {
		system := provider.Message{Role: provider.RoleSystem, Content: provider.Content{Text: string(in.System)}}
		conversation = slices.Insert(conversation, 0, system)
	}
	return conversation, notes, nil
}

// chatText returns the answer as text, or why there is none.
func chatText(r *provider.ChatResult) []string {
	var text []string
	if strings.TrimSpace(r.Content) != "" {
		text = append(text, r.Content)
	}
	if len(r.ToolCalls) > 0 {
		calls, _ := json.Marshal(map[string]any{"tool_calls": r.ToolCalls})
		text = append(text, string(calls))
	}
	if len(text) == 0 {
		text = append(text, "No answer: "+emptyReason(r.Warnings))
	}
	return text
}

// emptyReason returns the warning that says why there is no answer.
func emptyReason(warnings []provider.Warning) string {
	for _, w := range warnings {
		if w.Code.SaysWhyEmpty() {
			return w.Message
		}
	}
	return "the model returned no text"
}
