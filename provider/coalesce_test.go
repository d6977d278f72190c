package provider

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func message(role, name, text string) Message {
	return Message{Role: role, Name: name, Content: Content{Text: text}}
}

func system(text string) Message { return message(RoleSystem, "", text) }
func user(text string) Message   { return message(RoleUser, "", text) }

func parts(role string, parts ...Part) Message {
	return Message{Role: role, Content: Content{Parts: parts}}
}

func textPart(text string) Part { return Part{Type: "text", Text: text} }
func picture(url string) Part   { return Part{Type: "image_url", ImageURL: &ImageURL{URL: url}} }

func calls(id string) Message {
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
			in:   []Message{system("be brief"), user("a"), message(RoleAssistant, "", "b"), user("c")},
			want: []Message{system("be brief"), user("a"), message(RoleAssistant, "", "b"), user("c")},
		},
		{
			name:     "system messages are joined by a blank line",
			in:       []Message{system("one"), system("two"), system("three"), user("a")},
			want:     []Message{system("one\n\ntwo\n\nthree"), user("a")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "a system message after the user's is hoisted, then the user's messages meet",
			in:       []Message{user("a"), system("late"), user("b")},
			want:     []Message{system("late"), user("a\n\nb")},
			warnings: []WarningCode{hoisted},
		},
		{
			name:     "first and late system messages keep their order",
			in:       []Message{system("first"), user("a"), message(RoleAssistant, "", "b"), system("second"), user("c")},
			want:     []Message{system("first\n\nsecond"), user("a"), message(RoleAssistant, "", "b"), user("c")},
			warnings: []WarningCode{joined, hoisted},
		},
		{
			name: "a developer message is a system message",
			in:   []Message{message(RoleDeveloper, "", "rules"), user("a")},
			want: []Message{system("rules"), user("a")},
		},
		{
			name:     "developer and system messages are joined",
			in:       []Message{system("one"), message(RoleDeveloper, "", "two"), user("a")},
			want:     []Message{system("one\n\ntwo"), user("a")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "a name that all system messages share is kept",
			in:       []Message{message(RoleSystem, "ops", "one"), message(RoleSystem, "ops", "two")},
			want:     []Message{message(RoleSystem, "ops", "one\n\ntwo")},
			warnings: []WarningCode{joined},
		},
		{
			name:     "names that differ go before their texts",
			in:       []Message{message(RoleSystem, "ops", "one"), system("two"), message(RoleSystem, "legal", "three")},
			want:     []Message{system("ops: one\n\ntwo\n\nlegal: three")},
			warnings: []WarningCode{joined},
		},
		{
			name: "a blank system message is dropped",
			in:   []Message{system(" \n"), user("a"), system("")},
			want: []Message{user("a")},
		},
		{
			name:     "the text parts of system messages are joined as texts",
			in:       []Message{system("one"), parts(RoleSystem, textPart("two"), textPart("three")), user("a")},
			want:     []Message{system("one\n\ntwo\n\nthree"), user("a")},
			warnings: []WarningCode{joined},
		},
		{
			name: "texts of one user are joined",
			in:   []Message{user("a"), user("b"), user("c")},
			want: []Message{user("a\n\nb\n\nc")},
		},
		{
			name: "text before parts becomes a text part",
			in:   []Message{user("look"), parts(RoleUser, picture("data:1"), textPart("what is it?"))},
			want: []Message{parts(RoleUser, textPart("look"), picture("data:1"), textPart("what is it?"))},
		},
		{
			name: "text after parts becomes a text part",
			in:   []Message{parts(RoleUser, picture("data:1")), user("what is it?"), parts(RoleUser, picture("data:2"))},
			want: []Message{parts(RoleUser, picture("data:1"), textPart("what is it?"), picture("data:2"))},
		},
		{
			name: "users of different names are not merged",
			in:   []Message{message(RoleUser, "ann", "a"), message(RoleUser, "bob", "b"), user("c")},
			want: []Message{message(RoleUser, "ann", "a"), message(RoleUser, "bob", "b"), user("c")},
		},
		{
			name: "messages of one named user are merged",
			in:   []Message{message(RoleUser, "ann", "a"), message(RoleUser, "ann", "b")},
			want: []Message{message(RoleUser, "ann", "a\n\nb")},
		},
		{
			name: "tool calls and tool results are never merged",
			in:   []Message{user("a"), calls("1"), calls("2"), toolResult("1", "x"), toolResult("2", "y"), user("b"), user("c")},
			want: []Message{user("a"), calls("1"), calls("2"), toolResult("1", "x"), toolResult("2", "y"), user("b\n\nc")},
		},
		{
			name: "assistant messages are not merged",
			in:   []Message{message(RoleAssistant, "", "a"), message(RoleAssistant, "", "b")},
			want: []Message{message(RoleAssistant, "", "a"), message(RoleAssistant, "", "b")},
		},
		{
			name: "a picture in a system message is not lost",
			in:   []Message{parts(RoleSystem, textPart("the logo:"), picture("data:1")), user("a")},
			want: []Message{parts(RoleSystem, textPart("the logo:"), picture("data:1")), user("a")},
		},
		{name: "nothing stays nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, warnings := coalesce(tt.in)
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
	_, warnings := coalesce([]Message{system("a"), user("b"), system("c"), user("d"), system("e")})
	if len(warnings) != 2 || !strings.Contains(warnings[0].Message, "3 system messages") || !strings.Contains(warnings[1].Message, "2 system message") {
		t.Errorf("got %v, want 3 joined and 2 hoisted", warnings)
	}
}

// TestCoalesceLosesNothing checks random conversations, whose texts are all
// different.
func TestCoalesceLosesNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20260803, 2))
	for range 5000 {
		checkCoalesced(t, randomConversation(random))
	}
}

func FuzzCoalesce(f *testing.F) {
	for _, seed := range []string{
		`[]`,
		`[{"role":"user","content":"a"},{"role":"system","content":"b"},{"role":"user","content":"c"}]`,
		`[{"role":"developer","content":"a"},{"role":"system","name":"n","content":[{"type":"text","text":"b"}]}]`,
		`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]},{"role":"user","content":"b"}]`,
		`[{"role":"assistant","tool_calls":[{"id":"1"}]},{"role":"tool","tool_call_id":"1","content":"r"},{"role":"user","content":""}]`,
		`[{"role":"user","content":""},{"role":"user","content":"b"},{"role":"user","content":[]},{"role":"user","content":null}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var messages []Message
		if json.Unmarshal(data, &messages) != nil {
			t.Skip("no conversation")
		}
		checkCoalesced(t, messages)
	})
}

// checkCoalesced checks what must hold of every conversation.
func checkCoalesced(t *testing.T, in []Message) {
	t.Helper()
	before, err := json.Marshal(in)
	if err != nil {
		t.Skip("not a conversation that can be sent")
	}
	got, _ := coalesce(in)
	if after, _ := json.Marshal(in); string(after) != string(before) {
		t.Fatalf("the input was changed\nfrom %s\n  to %s", before, after)
	}
	for i, m := range got {
		switch {
		case m.Role == RoleDeveloper, m.Role == RoleSystem && i > 0:
			t.Fatalf("%s\nmessage %d of the result has role %s", before, i, m.Role)
		case i > 0 && m.Role == RoleUser && got[i-1].Role == RoleUser && m.Name == got[i-1].Name:
			t.Fatalf("%s\nmessages %d and %d of the result are the same user's", before, i-1, i)
		}
	}
	isSystem := func(m Message) bool { return m.isSystem() }
	systems, others := pieces(in, isSystem), pieces(in, func(m Message) bool { return !m.isSystem() })
	if lost := missing(systems, pieces(got, isSystem)); lost != "" {
		t.Fatalf("%s\nthe system message lacks %q or has it out of order", before, lost)
	}
	if lost := missing(others, pieces(got, func(m Message) bool { return !m.isSystem() })); lost != "" {
		t.Fatalf("%s\nthe result lacks %q or has it out of order", before, lost)
	}
	if diff := cmp.Diff(dialogue(in), dialogue(got), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s\nmessages of assistants and tools changed (-in +out):\n%s", before, diff)
	}
	again, warnings := coalesce(got)
	if diff := cmp.Diff(got, again, cmpopts.EquateEmpty()); diff != "" || len(warnings) > 0 {
		t.Fatalf("%s\na second pass changed the result (%v, -first +second):\n%s", before, warnings, diff)
	}
}

// pieces gives every text and picture of the messages that match, in order.
func pieces(messages []Message, match func(Message) bool) []string {
	var found []string
	for _, m := range messages {
		if !match(m) {
			continue
		}
		if m.Content.Parts == nil {
			found = append(found, m.Content.Text)
		}
		for _, part := range m.Content.Parts {
			found = append(found, part.Text)
			if part.ImageURL != nil {
				found = append(found, part.ImageURL.URL)
			}
		}
	}
	return found
}

// missing gives the first of wanted that does not occur in got after the ones
// before it, or "".
func missing(wanted, got []string) string {
	all := strings.Join(got, paragraph)
	for _, piece := range wanted {
		if strings.TrimSpace(piece) == "" {
			continue
		}
		_, rest, ok := strings.Cut(all, piece)
		if !ok {
			return piece
		}
		all = rest
	}
	return ""
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
				m.Content.Parts = append(m.Content.Parts, picture(fmt.Sprintf("data:%d", i)))
			}
		default:
			m.Content.Text = text
		}
		switch m.Role {
		case RoleAssistant:
			if random.IntN(2) == 0 {
				m.ToolCalls = calls(fmt.Sprint(i)).ToolCalls
			}
		case RoleTool:
			m.ToolCallID = fmt.Sprint(i)
		}
		messages = append(messages, m)
	}
	return messages
}
