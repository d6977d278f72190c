package provider

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCoalesceLosesNothing checks random conversations, whose texts are all
// different.
func TestCoalesceLosesNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20260803, 2))
	for range 2000 {
		checkCoalesced(t, randomConversation(random))
	}
}

// checkCoalesced checks what must hold of every conversation.
func checkCoalesced(t *testing.T, in []Message) {
	t.Helper()
	before := encoded(t, in)
	got, _ := coalesced(in)
	if after := encoded(t, in); after != before {
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
	if spoken, kept := encoded(t, dialogue(in)), encoded(t, dialogue(got)); spoken != kept {
		t.Fatalf("the messages of assistants and tools changed\nfrom %s\n  to %s", spoken, kept)
	}
	again, warnings := coalesced(got)
	if first, second := encoded(t, got), encoded(t, again); first != second || len(warnings) > 0 {
		t.Fatalf("a second pass changed the result (%v)\nfrom %s\n  to %s", warnings, first, second)
	}
}

// pieces returns every text and image of the messages that match, in order.
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

// missing returns the first of wanted that does not occur in got after the ones
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

func FuzzCoalesce(f *testing.F) {
	for _, seed := range []string{
		`[]`,
		`[{"role":"user","content":"a"},{"role":"system","content":"b"},{"role":"user","content":"c"}]`,
		`[{"role":"developer","content":"a"},{"role":"system","name":"n","content":[{"type":"text","text":"b"}]}]`,
		`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]},{"role":"user","content":"b"}]`,
		`[{"role":"system","content":[{"type":"other"}]},{"role":"system","name":"n","content":[{"type":"image_url"}]}]`,
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
