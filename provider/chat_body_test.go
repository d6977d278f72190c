package provider

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	diff "github.com/google/go-cmp/cmp"
)

func TestABodyWithLongTextsIsTheSameJSON(t *testing.T) {
	long := func(text string) string { return strings.Repeat(text, longText/len(text)+1) }
	image := &ImageURL{URL: "data:image/png;base64," + long("iVBORw0KGgo=")}
	for name, messages := range map[string][]Message{
		"short":              {{Role: RoleUser, Content: Content{Text: "a \"question\"\n"}}},
		"long":               {{Role: RoleUser, Content: Content{Text: long("A \"line\"\tof <text> & words.\n")}}},
		"characters cut":     {{Role: RoleUser, Content: Content{Text: long("€")}}, {Role: RoleUser, Content: Content{Text: long("a€🙂")}}},
		"line separators":    {{Role: RoleUser, Content: Content{Text: long("a\u2028\x00")}}},
		"not UTF-8":          {{Role: RoleUser, Content: Content{Text: long("\xff\x80")}}},
		"text beside parts":  {{Role: RoleUser, Content: Content{Text: long("unread "), Parts: []Part{{Type: "text", Text: long("read ")}}}}},
		"stray bytes cut":    {{Role: RoleUser, Content: Content{Text: long("🙂\x80\x80\x80\x80\x80\x80\x80")}}},
		"parts":              {{Role: RoleUser, Content: Content{Parts: []Part{{Type: "text", Text: long("words ")}, {Type: "image_url", ImageURL: image}}}}},
		"a tool":             {{Role: RoleTool, ToolCallID: "call_1", Content: Content{Text: long("rows\n")}}},
		"several of a kind":  {{Role: RoleSystem, Content: Content{Text: long("be brief ")}}, {Role: RoleUser, Content: Content{Text: long("be brief ")}}},
		"no content, a call": {{Role: RoleAssistant, ToolCalls: []ToolCall{{ID: "call_1", Type: "function"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			chat := newWireChat(&ChatRequest{Messages: messages, Tools: json.RawMessage(`[{"a":"<"}]`)}, resolvedModel{id: "m"}, 5)
			want, err := json.Marshal(chat)
			if err != nil {
				t.Fatal(err)
			}
			body, err := chat.body()
			if err != nil {
				t.Fatal(err)
			}
			sent, err := io.ReadAll(body.reader())
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(decoded(t, want), decoded(t, sent)); d != "" {
				t.Errorf("other JSON is sent (-want +got):\n%.2000s", d)
			}
			if err := iotest.TestReader(body.reader(), sent); err != nil {
				t.Errorf("read again: %.500s", err)
			}
			if again, _ := json.Marshal(chat); string(again) != string(want) {
				t.Error("writing a body has changed the request")
			}
		})
	}
}

func decoded(t *testing.T, data []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
