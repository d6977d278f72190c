package emulator

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/example"
)

// maxNamed bounds the tools that are looked for in a text.
const maxNamed = 128

// nextNamedTools returns the tools to call now of those that the last user message
// names, in the order of the text: all that were not called since, or the first of them
// if the model calls one at a time or the text has the word "then".
func (r *chatRequest) nextNamedTools(m catalog.Model) []tool {
	last := len(r.Messages) - 1
	for last >= 0 && r.Messages[last].Role != "user" {
		last--
	}
	if last < 0 || r.Messages[len(r.Messages)-1].Role == "assistant" {
		return nil
	}
	called := map[string]bool{}
	for _, msg := range r.Messages[last:] {
		for _, made := range msg.ToolCalls {
			called[made.Function.Name] = true
		}
	}
	text := r.Messages[last].Content.plain()
	next := slices.DeleteFunc(namedTools(text, r.Tools), func(t tool) bool { return called[t.Function.Name] })
	if len(next) > 1 && (callsOneAtATime(m) || hasWord(text, "then")) {
		return next[:1]
	}
	return next
}

// namedTools returns the tools that a text names, each once, in the order of the text.
// Where names overlap, as get_weather and get_weather_forecast do, the longer one counts.
func namedTools(text string, tools []tool) []tool {
	tools = tools[:min(len(tools), maxNamed)]
	type mention struct{ tool, start, end int }
	var mentions []mention
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Function.Name
	}
	for i, places := range example.Mentions(text, names) {
		for _, at := range places {
			mentions = append(mentions, mention{i, at[0], at[1]})
		}
	}
	slices.SortStableFunc(mentions, func(a, b mention) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var named []tool
	end := 0
	seen := map[int]bool{}
	for _, found := range mentions {
		if found.start < end {
			continue
		}
		end = found.end
		if !seen[found.tool] {
			seen[found.tool] = true
			named = append(named, tools[found.tool])
		}
	}
	return named
}

// callsOneAtATime reports whether a model cannot make several calls in one answer.
func callsOneAtATime(m catalog.Model) bool { return strings.Contains(m.ID, "Llama") }

// hasWord reports whether a text has one of the words.
func hasWord(text string, words ...string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}
