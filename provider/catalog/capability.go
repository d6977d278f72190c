package catalog

import (
	"slices"
	"strings"
)

// Capability is something that some models can do and others cannot. Its text is the name
// by which filters and results know it; tables show its [Capability.Label].
type Capability string

// The capabilities.
const (
	Chat         Capability = "chat" // text in, text out
	Vision       Capability = "vision"
	ToolCalls    Capability = "tools"
	Reasoning    Capability = "reasoning"
	JSONSchema   Capability = "json_schema" // answers follow a JSON Schema
	JSONObject   Capability = "json_object"
	Embeddings   Capability = "embeddings"
	SpeechToText Capability = "speech_to_text"
	TextToSpeech Capability = "text_to_speech"
)

// Label returns the name that tables show, which is short.
func (c Capability) Label() string {
	if c == JSONSchema {
		return "json"
	}
	return string(c)
}

// ChatCapabilities returns the capabilities in which chat models differ, in the
// order in which they are shown.
func ChatCapabilities() []Capability { return []Capability{Vision, ToolCalls, Reasoning, JSONSchema} }

// ListedCapabilities returns the capabilities that lists of models show.
func ListedCapabilities() []Capability { return append(ChatCapabilities(), SpeechToText, TextToSpeech) }

// Can reports whether the model has a capability according to the catalogue.
func (m Model) Can(c Capability) bool {
	switch c {
	case Chat:
		return m.HasInput("text") && m.HasOutput("text")
	case Vision:
		return m.HasInput("image")
	case ToolCalls:
		return m.FunctionCalling
	case Reasoning:
		return m.Reasoning
	case JSONSchema:
		return slices.Contains(m.ResponseFormats, "json_schema")
	case JSONObject:
		return slices.Contains(m.ResponseFormats, "json_object")
	case Embeddings:
		return m.Embedding != nil || m.HasOutput("embedding_vector")
	case SpeechToText:
		return m.Kind() == KindSpeechToText
	case TextToSpeech:
		return m.Kind() == KindTextToSpeech
	default:
		return false
	}
}

// MayHave reports whether the model has a capability or nothing is known of it, as of
// a model that is served but not listed.
func (m Model) MayHave(c Capability) bool {
	return !m.Listed || m.Can(c) || slices.Contains(m.Unknown, c)
}

// Verb completes the sentence "the model does not …": "take images".
func (c Capability) Verb() string {
	switch c {
	case Chat:
		return "answer chats"
	case Vision:
		return "take images"
	case ToolCalls:
		return "call tools"
	case Reasoning:
		return "reason"
	case JSONSchema:
		return "support response_format json_schema"
	case JSONObject:
		return "support response_format json_object"
	case Embeddings:
		return "return embeddings"
	case SpeechToText:
		return "turn speech into text"
	case TextToSpeech:
		return "turn text into speech"
	default:
		return "support " + string(c)
	}
}

// Capabilities returns the given capabilities that the model has.
func (m Model) Capabilities(among []Capability) []Capability {
	return slices.DeleteFunc(slices.Clone(among), func(c Capability) bool { return !m.Can(c) })
}

// Labels joins the labels of capabilities.
func Labels(capabilities []Capability, separator string) string {
	var labels []string
	for _, c := range capabilities {
		labels = append(labels, c.Label())
	}
	return strings.Join(labels, separator)
}

// FindCapability returns the one of the given capabilities that has this name or label.
func FindCapability(name string, among []Capability) (Capability, bool) {
	i := slices.IndexFunc(among, func(c Capability) bool {
		return strings.EqualFold(name, string(c)) || strings.EqualFold(name, c.Label())
	})
	if i < 0 {
		return "", false
	}
	return among[i], true
}

// ChatObstacle returns why the model cannot hold a conversation, as the end of a
// sentence that its id begins, or "" if it can. Guard models read and write text
// too, but only classify it.
func (m Model) ChatObstacle() string {
	switch {
	case !m.Available:
		return "is not available"
	case !m.HasInput("text"):
		return "takes no text"
	case !m.HasOutput("text"):
		return "does not answer in text"
	case m.isGuard():
		return "is a guard model"
	default:
		return ""
	}
}

// AnswersChats reports whether the model can hold a conversation.
func (m Model) AnswersChats() bool { return m.ChatObstacle() == "" }

func (m Model) isGuard() bool {
	return strings.EqualFold(m.Category, "LLM Guard") ||
		strings.Contains(strings.ToLower(m.Series), "guard") || hasFold(m.Tags, "moderation")
}

// HasTag reports whether tag is the model's series, its publisher or one of its
// use cases. A model that is served but not listed has none of them.
func (m Model) HasTag(tag string) bool {
	return tag != "" && (strings.EqualFold(m.Series, tag) || strings.EqualFold(m.Publisher, tag) || hasFold(m.Tags, tag))
}

func hasFold(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}
