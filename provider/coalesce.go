package provider

import (
	"slices"
	"strings"
)

// paragraph separates texts that are joined.
const paragraph = "\n\n"

// coalesce puts messages into the one shape that every model of the service
// answers: a single system message, first, and no two user messages in a row.
// Qwen models answer several system messages with an empty stream, and
// Qwen3.5 and 3.6 refuse one that is not first.
//
// Nothing is lost: texts are joined by a blank line in their order, text beside
// parts becomes a text part, and messages whose names differ, tool calls and
// tool results are never merged.
func coalesce(messages []Message, w *warnings) []Message {
	var system, rest []Message
	hoisted := 0
	for _, m := range messages {
		switch {
		case !m.isSystem():
			rest = append(rest, m)
		case !m.Content.IsBlank():
			system = append(system, m)
			if len(rest) > 0 {
				hoisted++
			}
		}
	}
	rest = mergeUsers(rest)
	if len(system) == 0 {
		return rest
	}
	if len(system) > 1 {
		w.add(WarnSystemCoalesced, "%d system messages were joined into one, in their order: "+
			"models of this service answer only the first, or nothing", len(system))
	}
	if hoisted > 0 {
		w.add(WarnSystemHoisted, "%d system message(s) stood after other messages and were moved to the front", hoisted)
	}
	return slices.Insert(rest, 0, joinSystem(system))
}

// joinSystem makes one system message. A message has one name, so names that differ
// go before the texts.
func joinSystem(system []Message) Message {
	joined := Message{Role: RoleSystem, Name: system[0].Name}
	sameName := !slices.ContainsFunc(system, func(m Message) bool { return m.Name != joined.Name })
	if !sameName {
		joined.Name = ""
	}
	var texts []string
	var parts []Part
	for _, m := range system {
		said := m.Content.parts()
		if !sameName && m.Name != "" {
			said = slices.Clone(said)
			said[0].Text = m.Name + ": " + said[0].Text
		}
		texts = append(texts, Content{Parts: said}.plain())
		parts = append(parts, said...)
	}
	joined.Content.Text = strings.Join(texts, paragraph)
	if slices.ContainsFunc(parts, func(part Part) bool { return part.Type != "text" }) {
		joined.Content = Content{Parts: parts}
	}
	return joined
}

// mergeUsers joins messages in a row that are the same user's.
func mergeUsers(messages []Message) []Message {
	var merged []Message
	for i := 0; i < len(messages); {
		end := i + 1
		for end < len(messages) && messages[i].Role == RoleUser && messages[end].Role == RoleUser && messages[end].Name == messages[i].Name {
			end++
		}
		merged = append(merged, joinUser(messages[i:end]))
		i = end
	}
	return merged
}

func joinUser(messages []Message) Message {
	joined := messages[0]
	if len(messages) == 1 {
		return joined
	}
	if slices.ContainsFunc(messages, func(m Message) bool { return m.Content.Parts != nil }) {
		joined.Content = Content{}
		for _, m := range messages {
			joined.Content.Parts = append(joined.Content.Parts, m.Content.parts()...)
		}
		return joined
	}
	var texts []string
	for _, m := range messages {
		texts = append(texts, m.Content.Text)
	}
	joined.Content.Text = strings.Join(texts, paragraph)
	return joined
}
