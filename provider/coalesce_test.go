package provider

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

func turn(role, name, text string) Message {
	return Message{Role: role, Name: name, Content: Content{Text: text}}
}

func systemSays(text string) Message { return turn(RoleSystem, "", text) }
func userSays(text string) Message   { return turn(RoleUser, "", text) }

func withParts(role string, parts ...Part) Message {
	return Message{Role: role, Content: Content{Parts: parts}}
}

func textPart(text string) Part { return Part{Type: "text", Text: text} }
func imageAt(url string) Part   { return Part{Type: "image_url", ImageURL: &ImageURL{URL: url}} }

func callsTool(id string) Message {
	return Message{Role: RoleAssistant, ToolCalls: []ToolCall{{ID: id, Type: "function", Function: FunctionCall{"f", "{}"}}}}
}

func toolResult(id, text string) Message {
	return Message{Role: RoleTool, ToolCallID: id, Content: Content{Text: text}}
}

func TestCoalesce(t *testing.T) {
	t.Parallel()
	joined, hoisted := WarnSystemCoalesced, WarnSystemHoisted
	tests := []struct {
		name     string
		in, want []Message
		warnings []WarningCode
	}{
		{
			name: "a conversation in order stays as it is",
			in:   []Message{systemSays("be brief"), userSays("a"), turn(RoleAssistant, "", "b"), userSays("c")},
			want: []Message{systemSays("be brief"), userSays("a"), turn(RoleAssistant, "", "b"), userSays("c")},
		},
		{
			name:     "system messages are joined by a blank line",
			in:       []Message{systemSays("one"), systemSays("two"), systemSays("three"), userSays("a")},
			want:     []Message{systemSays("one\n\ntwo\n\nthree"), userSays("a")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "a system message after the user's is hoisted, then the user's messages meet",
			in:       []Message{userSays("a"), systemSays("late"), userSays("b")},
			want:     []Message{systemSays("late"), userSays("a\n\nb")},
			warnings: []WarningCode{hoisted},
		},
		{
			name:     "first and late system messages keep their order",
			in:       []Message{systemSays("first"), userSays("a"), turn(RoleAssistant, "", "b"), systemSays("second"), userSays("c")},
			want:     []Message{systemSays("first\n\nsecond"), userSays("a"), turn(RoleAssistant, "", "b"), userSays("c")},
			warnings: []WarningCode{joined, hoisted},
		},
		{
			name: "a developer message is a system message",
			in:   []Message{turn(RoleDeveloper, "", "rules"), userSays("a")},
			want: []Message{systemSays("rules"), userSays("a")},
		},
		{
			name:     "developer and system messages are joined",
			in:       []Message{systemSays("one"), turn(RoleDeveloper, "", "two"), userSays("a")},
			want:     []Message{systemSays("one\n\ntwo"), userSays("a")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "a name that all system messages share is kept",
			in:       []Message{turn(RoleSystem, "ops", "one"), turn(RoleSystem, "ops", "two")},
			want:     []Message{turn(RoleSystem, "ops", "one\n\ntwo")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "names that differ go before their texts",
			in:       []Message{turn(RoleSystem, "ops", "one"), systemSays("two"), turn(RoleSystem, "legal", "three")},
			want:     []Message{systemSays("ops: one\n\ntwo\n\nlegal: three")},
			warnings: []WarningCode{joined},
		},
		{
			name: "a blank system message is dropped",
			in:   []Message{systemSays(" \n"), userSays("a"), systemSays("")},
			want: []Message{userSays("a")},
		},
		{
			name:     "the text parts of system messages are joined as texts",
			in:       []Message{systemSays("one"), withParts(RoleSystem, textPart("two"), textPart("three")), userSays("a")},
			want:     []Message{systemSays("one\n\ntwo\n\nthree"), userSays("a")},
			warnings: []WarningCode{joined},
		},
		{
			name: "texts of one user are joined",
			in:   []Message{userSays("a"), userSays("b"), userSays("c")},
			want: []Message{userSays("a\n\nb\n\nc")},
		},
		{
			name: "text before parts becomes a text part",
			in:   []Message{userSays("look"), withParts(RoleUser, imageAt("data:1"), textPart("what is it?"))},
			want: []Message{withParts(RoleUser, textPart("look"), imageAt("data:1"), textPart("what is it?"))},
		},
		{
			name: "text after parts becomes a text part",
			in:   []Message{withParts(RoleUser, imageAt("data:1")), userSays("what is it?"), withParts(RoleUser, imageAt("data:2"))},
			want: []Message{withParts(RoleUser, imageAt("data:1"), textPart("what is it?"), imageAt("data:2"))},
		},
		{
			name: "users of different names are not merged",
			in:   []Message{turn(RoleUser, "ann", "a"), turn(RoleUser, "bob", "b"), userSays("c")},
			want: []Message{turn(RoleUser, "ann", "a"), turn(RoleUser, "bob", "b"), userSays("c")},
		},
		{
			name: "messages of one named user are merged",
			in:   []Message{turn(RoleUser, "ann", "a"), turn(RoleUser, "ann", "b")},
			want: []Message{turn(RoleUser, "ann", "a\n\nb")},
		},
		{
			name: "tool calls and tool results are never merged",
			in:   []Message{userSays("a"), callsTool("1"), callsTool("2"), toolResult("1", "x"), toolResult("2", "y"), userSays("b"), userSays("c")},
			want: []Message{userSays("a"), callsTool("1"), callsTool("2"), toolResult("1", "x"), toolResult("2", "y"), userSays("b\n\nc")},
		},
		{
			name: "assistant messages are not merged",
			in:   []Message{turn(RoleAssistant, "", "a"), turn(RoleAssistant, "", "b")},
			want: []Message{turn(RoleAssistant, "", "a"), turn(RoleAssistant, "", "b")},
		},
		{
			name: "an image in a system message is not lost",
			in:   []Message{withParts(RoleSystem, textPart("the logo:"), imageAt("data:1")), userSays("a")},
			want: []Message{withParts(RoleSystem, textPart("the logo:"), imageAt("data:1")), userSays("a")},
		},
		{
			name: "a part of another kind in a system message is not lost",
			in:   []Message{withParts(RoleSystem, textPart("listen:"), Part{Type: "input_audio"}), userSays("a")},
			want: []Message{withParts(RoleSystem, textPart("listen:"), Part{Type: "input_audio"}), userSays("a")},
		},
		{name: "nothing stays nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, warnings := coalesced(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			var found []WarningCode
			for _, w := range warnings {
				found = append(found, w.Code)
			}
			if diff := cmp.Diff(tt.warnings, found); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCoalesceWarningsCountMessages(t *testing.T) {
	t.Parallel()
	_, warnings := coalesced([]Message{systemSays("a"), userSays("b"), systemSays("c"), userSays("d"), systemSays("e")})
	if len(warnings) != 2 ||
		!strings.Contains(warnings[0].Message, "3 system messages") || !strings.Contains(warnings[1].Message, "2 system message") {
		t.Errorf("got %v, want 3 joined and 2 hoisted", warnings)
	}
}

func encoded(t *testing.T, messages []Message) string {
	t.Helper()
	data, err := json.Marshal(slices.Concat([]Message{}, messages))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func dialogue(messages []Message) []Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m Message) bool { return m.isSystem() || m.Role == RoleUser })
}

func randomConversation(random *rand.Rand) []Message {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	var messages []Message
	for i := range random.IntN(9) {
		m := Message{
			Role: pick(RoleSystem, RoleDeveloper, RoleUser, RoleUser, RoleUser, RoleAssistant, RoleTool),
			Name: pick("", "", "ann", "bob"),
		}
		text := fmt.Sprintf("<text %d>", i)
		switch {
		case random.IntN(8) == 0:
			text = pick("", " ", "\n")
			m.Content.Text = text
		case m.Role != RoleTool && random.IntN(3) == 0:
			// Spare capacity would show an append into the caller's array.
			m.Content.Parts = append(make([]Part, 0, 4), textPart(text))
			if m.Role == RoleUser {
				m.Content.Parts = append(m.Content.Parts, imageAt(fmt.Sprintf("data:%d", i)))
			}
		default:
			m.Content.Text = text
		}
		switch m.Role {
		case RoleAssistant:
			if random.IntN(2) == 0 {
				m.ToolCalls = callsTool(fmt.Sprint(i)).ToolCalls
			}
		case RoleTool:
			m.ToolCallID = fmt.Sprint(i)
		}
		messages = append(messages, m)
	}
	return messages
}

// coalesced returns what [coalesce] makes of messages, and its warnings.
func coalesced(messages []Message) ([]Message, []Warning) {
	var w warnings
	got := coalesce(messages, &w)
	return got, w
}

// A history of many short messages in a row is joined once, not anew for each.
func TestManyMessagesOfAUserAreJoinedOnce(t *testing.T) {
	const count, size = 20_000, 50
	for name, content := range map[string]Content{
		"texts": {Text: strings.Repeat("x", size)}, "parts": {Parts: []Part{{Type: "text", Text: strings.Repeat("x", size)}}},
	} {
		messages := slices.Repeat([]Message{{Role: RoleUser, Content: content}}, count)
		bytes := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				coalesce(messages, &warnings{})
			}
		}).AllocedBytesPerOp()
		if most := int64(count * size * 40); bytes > most {
			t.Errorf("%s: %d bytes are allocated, more than %d", name, bytes, most)
		}
	}
}

func TestCoalescingTakesLinearTime(t *testing.T) {
	said := func(roles ...string) func(int) []Message {
		return func(n int) []Message {
			messages := make([]Message, n)
			for i := range messages {
				messages[i] = Message{Role: roles[i%len(roles)], Content: Content{Text: "word"}}
				if i%3 == 0 {
					messages[i].Content = Content{Parts: []Part{{Type: "text", Text: "word"}, {Type: "image_url", ImageURL: &ImageURL{URL: "a"}}}}
				}
			}
			return messages
		}
	}
	for name, conversation := range map[string]func(int) []Message{
		"system messages":         said(RoleSystem),
		"messages of one user":    said(RoleUser),
		"hoisted system messages": said(RoleUser, RoleDeveloper),
		"turns":                   said(RoleUser, RoleAssistant),
	} {
		t.Run(name, func(t *testing.T) {
			linear.Check(t, 3_000, func(n int) func() {
				messages := conversation(n)
				return func() { coalesced(messages) }
			})
		})
	}
}
