package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	chatPath  = "/v1/chat/completions"
	embedPath = "/v1/embeddings"
)

// object is a JSON object that a test writes.
type object = map[string]any

func marshal(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// serve sends one request in memory. header is name, value, name, value …
func serve(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(t testing.TB, h http.Handler, path string, body any, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return serve(h, http.MethodPost, path, marshal(t, body), header...)
}

// request is a chat request with one user message and further fields.
func request(model, text string, more ...object) object {
	body := object{"model": model, "messages": []object{{"role": "user", "content": text}}}
	for _, fields := range more {
		for name, value := range fields {
			body[name] = value
		}
	}
	return body
}

// answer is a chat answer, whole or put together from a stream.
type answer struct {
	ID               string
	Model            string
	Role             string
	Content          *string
	Reasoning        string
	ReasoningContent string
	Calls            []called
	Finish           string
	Usage            *used
	Done             bool // streams: [DONE] came last
	Comments         int  // streams: keep-alive lines
	Events           int  // streams: data lines
}

type called struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type used struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
	Details          struct {
		ReasoningTokens int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

type wireMessage struct {
	Role             string  `json:"role"`
	Content          *string `json:"content"`
	Reasoning        string  `json:"reasoning"`
	ReasoningContent string  `json:"reasoning_content"`
	ToolCalls        []struct {
		Index int `json:"index"`
		called
	} `json:"tool_calls"`
}

type wireAnswer struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Message      wireMessage `json:"message"`
		Delta        wireMessage `json:"delta"`
		FinishReason *string     `json:"finish_reason"`
	} `json:"choices"`
	Usage *used `json:"usage"`
}

func (a answer) text() string {
	if a.Content == nil {
		return ""
	}
	return *a.Content
}

// complete sends a chat request that must succeed.
func complete(t testing.TB, h http.Handler, body object) answer {
	t.Helper()
	w := post(t, h, chatPath, body)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if body["stream"] == true {
		return replay(t, w)
	}
	var got wireAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Object != "chat.completion" || len(got.Choices) != 1 || got.Choices[0].FinishReason == nil || got.Created == 0 {
		t.Fatalf("not a chat completion: %s", w.Body)
	}
	m := got.Choices[0].Message
	a := answer{
		ID: got.ID, Model: got.Model, Role: m.Role, Content: m.Content, Reasoning: m.Reasoning,
		ReasoningContent: m.ReasoningContent, Finish: *got.Choices[0].FinishReason, Usage: got.Usage,
	}
	for _, call := range m.ToolCalls {
		a.Calls = append(a.Calls, call.called)
	}
	return a
}

// refusal returns the message of an error answer, in the gateway's shape or in
// the models'.
func refusal(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct {
		Message string `json:"message"`
		Error   struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    string `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %q", err, w.Body)
	}
	if body.Message == "" && (body.Error.Type == "" || body.Error.Code == "") {
		t.Fatalf("neither shape of an error: %s", w.Body)
	}
	return body.Message + body.Error.Message
}

func sandbox() *emulator.Emulator { return emulator.New(emulator.Options{}) }
