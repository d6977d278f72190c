package server_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// chatAnswer is chat's structured content.
type chatAnswer struct {
	Content      string     `json:"content"`
	Reasoning    string     `json:"reasoning"`
	ToolCalls    []toolCall `json:"tool_calls"`
	FinishReason string     `json:"finish_reason"`
	common
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// common is the part that all tools' results have.
type common struct {
	Model          string `json:"model"`
	RequestedModel string `json:"requested_model"`
	ResolvedBy     string `json:"resolved_by"`
	Usage          *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
		ReasoningTokens  int `json:"reasoning_tokens"`
	} `json:"usage"`
	Cost *struct {
		Amount   float64 `json:"amount"`
		Currency string  `json:"currency"`
	} `json:"cost"`
	LatencyMS    int64     `json:"latency_ms"`
	FirstTokenMS int64     `json:"first_token_ms"`
	Attempts     []attempt `json:"attempts"`
	Warnings     []warning `json:"warnings"`
}

type attempt struct {
	Model string `json:"model"`
	Code  string `json:"code"`
}

type warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// codes returns the codes of the warnings, in order.
func (c common) codes() (codes []string) {
	for _, w := range c.Warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

// sentChat is the body of a chat request, as the emulator received it.
type sentChat struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	Temperature *float64        `json:"temperature"`
	MaxTokens   *int            `json:"max_tokens"`
	ToolChoice  json.RawMessage `json:"tool_choice"`
}

func TestChatAnswersAPrompt(t *testing.T) {
	r := connect(t, setup{})
	var got chatAnswer
	result := r.succeed("chat", `{"prompt":"Why is the sky blue?","model":"gpt-oss-120b","reasoning_effort":"low"}`, &got)

	if want := []string{got.Content}; !cmp.Equal(want, result.texts) {
		t.Errorf("the text is %q, the content %q", result.texts, got.Content)
	}
	for _, part := range []string{"emulator", "Why is the sky blue?"} {
		if !strings.Contains(got.Content, part) {
			t.Errorf("the content lacks %q: %q", part, got.Content)
		}
	}
	if got.Reasoning != "" || got.FinishReason != "stop" || len(got.Warnings) != 0 {
		t.Errorf("got %+v", got)
	}
	if got.Model != "gpt-oss-120b" || got.RequestedModel != "" || got.ResolvedBy != "" || got.Attempts != nil {
		t.Errorf("the answer says what nobody needs: %s", result.structured)
	}
	call := result.call
	if got.LatencyMS < 1 || call.FirstTokenMS < 1 || call.FirstTokenMS > got.LatencyMS {
		t.Errorf("the first token took %d ms of %d", call.FirstTokenMS, got.LatencyMS)
	}
	call.FirstTokenMS = 0
	if want := (bookkeeping{RequestedModel: "gpt-oss-120b", Attempts: []attempt{{Model: "gpt-oss-120b"}}}); !cmp.Equal(want, call) {
		t.Errorf("the bookkeeping is %+v", call)
	}
	if u := got.Usage; u == nil || u.PromptTokens < 1 || u.ReasoningTokens < 1 || u.CompletionTokens <= u.ReasoningTokens ||
		u.TotalTokens != u.PromptTokens+u.CompletionTokens {
		t.Errorf("usage is %+v", got.Usage)
	}
}

func TestCostIsTheCataloguesPriceOfTheTokens(t *testing.T) {
	model, _, ok := catalog.Snapshot().Lookup("gpt-oss-120b")
	if !ok || model.InputPrice == nil || model.OutputPrice == nil {
		t.Fatal("the snapshot has no price of gpt-oss-120b")
	}
	var got chatAnswer
	connect(t, setup{}).succeed("chat", `{"prompt":"hi","model":"gpt-oss-120b"}`, &got)
	want := (*model.InputPrice*float64(got.Usage.PromptTokens) + *model.OutputPrice*float64(got.Usage.CompletionTokens)) / 1e6
	if got.Cost == nil || got.Cost.Currency != "EUR" || want <= 0 || math.Abs(got.Cost.Amount-want) > 1e-12 {
		t.Errorf("the cost is %+v, want %g EUR", got.Cost, want)
	}
}

func TestChatContinuesAConversation(t *testing.T) {
	r := connect(t, setup{})
	var got chatAnswer
	r.succeed("chat", `{"model":"Meta-Llama-3_3-70B-Instruct","messages":[
		{"role":"user","content":"My name is Ada."},
		{"role":"assistant","content":"Hello Ada."},
		{"role":"user","content":"What is my name?"}]}`, &got)
	if len(got.Warnings) != 0 || !strings.Contains(got.Content, "What is my name?") {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff([]string{`user "My name is Ada."`, `assistant "Hello Ada."`, `user "What is my name?"`},
		r.sentMessages()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// sentMessages returns the messages of the latest request, each as its role and
// the JSON of its content.
func (r *rig) sentMessages() (messages []string) {
	r.Helper()
	var sent sentChat
	r.lastPost(&sent)
	for _, m := range sent.Messages {
		messages = append(messages, m.Role+" "+string(m.Content))
	}
	return messages
}

// Qwen models answer several system messages with nothing, and Qwen3.5 refuses one that
// is not first. The notes are not in the text of the answer.
func TestSystemMessagesAreMadeHarmlessAndSaidSo(t *testing.T) {
	r := connect(t, setup{})
	var got chatAnswer
	result := r.succeed("chat", `{"model":"Qwen3.5-9B","system":"Be brief.","messages":[
		{"role":"system","content":"Be kind."},
		{"role":"user","content":"Hello."},
		{"role":"developer","content":"Be exact."},
		{"role":"user","content":"Who are you?"}]}`, &got)

	want := []string{`system "Be brief.\n\nBe kind.\n\nBe exact."`, `user "Hello.\n\nWho are you?"`}
	if diff := cmp.Diff(want, r.sentMessages()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"system_coalesced", "system_hoisted"}, got.codes()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if len(result.texts) != 2 || result.texts[0] != got.Content {
		t.Fatalf("the texts are %q, want the content alone and then the notes", result.texts)
	}
	for _, w := range got.Warnings {
		if !strings.Contains(result.texts[1], w.Code) || !strings.Contains(result.texts[1], w.Message) {
			t.Errorf("the notes lack %q: %q", w.Code, result.texts[1])
		}
	}
}

func TestChatShowsAnImageToAModelThatSees(t *testing.T) {
	const message = `{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"` + onePixel +
		`","detail":"low"}}]}`
	for name, model := range map[string]string{"named": `"model":"Qwen2.5-VL-72B-Instruct",`, "default": ``} {
		t.Run(name, func(t *testing.T) {
			r := connect(t, setup{})
			var got chatAnswer
			r.succeed("chat", `{`+model+`"messages":[`+message+`]}`, &got)
			for _, part := range []string{"What is this?", "image/png 1x1"} {
				if !strings.Contains(got.Content, part) {
					t.Errorf("the content lacks %q: %q", part, got.Content)
				}
			}
			if m, _, _ := catalog.Snapshot().Lookup(got.Model); !m.HasInput("image") {
				t.Errorf("%s sees nothing", got.Model)
			}
		})
	}
}

func TestNamedModelsBringTheirSettings(t *testing.T) {
	temperature, tokens := 0.2, 8192
	r := connect(t, setup{provider: provider.Options{Models: map[string]provider.NamedModel{
		"coder": {Model: "Qwen3.5-397B-A17B", Temperature: &temperature, MaxTokens: &tokens},
		"quick": {Model: "text_generation@cheapest"},
	}}})
	var got chatAnswer
	r.succeed("chat", `{"prompt":"hi","model":"coder"}`, &got)
	var sent sentChat
	r.lastPost(&sent)
	if sent.Model != "Qwen3.5-397B-A17B" || *sent.Temperature != temperature || *sent.MaxTokens != tokens {
		t.Errorf("sent %+v", sent)
	}
	if got.Model != "Qwen3.5-397B-A17B" || got.RequestedModel != "coder" {
		t.Errorf("model %q, requested %q", got.Model, got.RequestedModel)
	}

	r.succeed("chat", `{"prompt":"hi","model":"coder","temperature":0,"max_tokens":100}`, nil)
	r.lastPost(&sent)
	if *sent.Temperature != 0 || *sent.MaxTokens != 100 {
		t.Errorf("the call's own settings lost: sent %+v", sent)
	}

	got = chatAnswer{}
	r.succeed("chat", `{"prompt":"hi","model":"quick"}`, &got)
	if r.lastPost(&sent); sent.Model != "text_generation@cheapest" || got.ResolvedBy != "service" || got.RequestedModel != "quick" {
		t.Errorf("sent %q; got %+v", sent.Model, got)
	}
	hint := r.call("chat", `{"prompt":"hi","model":"codr"}`).failure().Hint
	if !strings.Contains(hint, "coder") {
		t.Errorf("the nearest named model is not suggested: %q", hint)
	}
}

func TestModelNames(t *testing.T) {
	tests := []struct {
		name, model, sent, answered, resolvedBy string
		warnings                                []string
	}{
		{"id", "gpt-oss-20b", "gpt-oss-20b", "gpt-oss-20b", "", nil},
		{"blanks around it", " gpt-oss-20b ", "gpt-oss-20b", "gpt-oss-20b", "", nil},
		{"prefix", "ovhcloud/gpt-oss-20b", "gpt-oss-20b", "gpt-oss-20b", "", nil},
		{"alias", "openai/gpt-oss-20b", "gpt-oss-20b", "gpt-oss-20b", "", []string{"model_alias"}},
		{"slug", "llama-3-3-70b-instruct", "Meta-Llama-3_3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct", "", []string{"model_alias"}},
		{"other case", "GPT-OSS-20B", "gpt-oss-20b", "gpt-oss-20b", "", []string{"model_alias"}},
		{"served but not listed", "Qwen3-32B", "Qwen3-32B", "Qwen3-32B", "", nil},
		{"documented query", "llama@latest", "llama@latest", "Meta-Llama-3_3-70B-Instruct", "service", nil},
		{"query with an extension", "gpt-oss@biggest?input_cost<=0.04&params>1", "gpt-oss-20b", "gpt-oss-20b", "catalog",
			[]string{"query_extension"}},
		{"none", "", "gpt-oss-120b", "gpt-oss-120b", "catalog", nil},
	}
	r := connect(t, setup{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			var got chatAnswer
			r.succeed("chat", `{"prompt":"hi","model":`+quote(t, test.model)+`}`, &got)
			var sent sentChat
			if r.lastPost(&sent); sent.Model != test.sent {
				t.Errorf("sent %q, want %q", sent.Model, test.sent)
			}
			if got.Model != test.answered || got.ResolvedBy != test.resolvedBy || !slices.Equal(got.codes(), test.warnings) {
				t.Errorf("model %q resolved by %q with %v", got.Model, got.ResolvedBy, got.codes())
			}
		})
	}
}
