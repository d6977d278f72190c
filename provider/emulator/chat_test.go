package emulator_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestAnswerTellsWhatArrived(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, c := range []struct {
		name string
		body object
		want string
	}{
		{"one message", request("Meta-Llama-3_3-70B-Instruct", "Bonjour"),
			`[emulator] Meta-Llama-3_3-70B-Instruct would answer here. It received 1 message; the last user message says: "Bonjour".`},
		{"system and settings", request("Meta-Llama-3_3-70B-Instruct", "", object{"temperature": 0.2, "max_tokens": 100, "messages": []object{
			{"role": "system", "content": "Be brief"}, {"role": "user", "content": "one"}, {"role": "assistant", "content": "1"},
			{"role": "user", "content": []object{{"type": "text", "text": "two"}}},
		}}), `[emulator] Meta-Llama-3_3-70B-Instruct would answer here. It received 4 messages (system: "Be brief"); ` +
			`the last user message says: "two". Settings: temperature 0.2, max_tokens 100.`},
		{"tool results", request("Meta-Llama-3_3-70B-Instruct", "", object{"messages": []object{
			{"role": "user", "content": "Weather?"},
			{"role": "assistant", "tool_calls": []object{{"id": "a", "type": "function", "function": object{"name": "weather", "arguments": "{}"}}}},
			{"role": "tool", "tool_call_id": "a", "content": "18 °C"}, {"role": "tool", "tool_call_id": "b", "content": "rain"},
		}}), `[emulator] Meta-Llama-3_3-70B-Instruct would answer here. It received 4 messages; the last user message says: "Weather?". ` +
			`The tool results say: weather: "18 °C"; b: "rain".`},
		{"long text", request("Meta-Llama-3_3-70B-Instruct", long),
			`[emulator] Meta-Llama-3_3-70B-Instruct would answer here. It received 1 message; the last user message says: "` +
				long[:800] + `…".`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := complete(t, sandbox(), c.body); got.text() != c.want || got.Finish != "stop" {
				t.Errorf("finish reason %q, text\n%s\nwant\n%s", got.Finish, got.text(), c.want)
			}
		})
	}
}

func TestSameRequestSameAnswer(t *testing.T) {
	body := request("Qwen3.5-9B", "hello")
	if a, b := complete(t, sandbox(), body), complete(t, sandbox(), body); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v and then %+v", a, b)
	}
}

func TestVirtualModel(t *testing.T) {
	for query, want := range map[string]string{
		"llama@latest": "Meta-Llama-3_3-70B-Instruct", "gpt-oss@cheapest": "gpt-oss-20b", "gpt-oss @ biggest": "gpt-oss-120b",
	} {
		if got := complete(t, sandbox(), request(query, "hi")); got.Model != want || !strings.Contains(got.text(), want) {
			t.Errorf("%s: model %q says %q, want %q", query, got.Model, got.text(), want)
		}
	}
}

func TestServedButUnlistedModelAnswers(t *testing.T) {
	if got := complete(t, sandbox(), request("Mistral-Nemo-Instruct-2407", "hi")); got.Model != "Mistral-Nemo-Instruct-2407" {
		t.Errorf("model %q", got.Model)
	}
}

func TestReasoning(t *testing.T) {
	for _, c := range []struct {
		name, model, effort string
		qwen, gptOSS        bool
	}{
		{"Qwen", "Qwen3.5-9B", "", true, false},
		{"gpt-oss", "gpt-oss-120b", "", false, true},
		{"low", "gpt-oss-120b", "low", false, true},
		{"none", "Qwen3.5-9B", "none", false, false},
		{"a model that does not reason", "Meta-Llama-3_3-70B-Instruct", "high", false, false},
	} {
		for _, stream := range []bool{false, true} {
			body := request(c.model, "hi", object{"stream": stream, "stream_options": object{"include_usage": true}})
			if c.effort != "" {
				body["reasoning_effort"] = c.effort
			}
			got := complete(t, sandbox(), body)
			if (got.Reasoning != "") != c.qwen || (got.ReasoningContent != "") != c.gptOSS || got.text() == "" {
				t.Errorf("%s, stream %v: %+v", c.name, stream, got)
			}
			if u := got.Usage; (u.Details.ReasoningTokens > 0) != (c.qwen || c.gptOSS) || u.Details.ReasoningTokens >= u.CompletionTokens {
				t.Errorf("%s, stream %v: usage %+v", c.name, stream, u)
			}
		}
	}
}

func TestReasoningGrowsWithEffort(t *testing.T) {
	longest := 0
	for _, effort := range []string{"minimal", "low", "medium", "high"} {
		got := len(complete(t, sandbox(), request("Qwen3.5-9B", "hi", object{"reasoning_effort": effort})).Reasoning)
		if got <= longest {
			t.Errorf("%s: %d characters, want more than %d", effort, got, longest)
		}
		longest = got
	}
}

func TestMaxTokens(t *testing.T) {
	const llama, text = "Meta-Llama-3_3-70B-Instruct", "Please say something about the sea"
	whole := complete(t, sandbox(), request(llama, text))
	for _, c := range []struct {
		name, model, field string
		limit              int
		content            bool
		finish             string
	}{
		{"some", llama, "max_tokens", 5, true, "length"},
		{"newer name", llama, "max_completion_tokens", 5, true, "length"},
		{"exactly enough", "Qwen3-32B", "max_tokens", 1000, true, "stop"},
		{"used up by reasoning", "Qwen3.5-9B", "max_tokens", 20, false, "length"},
		{"one", "gpt-oss-120b", "max_tokens", 1, false, "length"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := complete(t, sandbox(), request(c.model, text, object{c.field: c.limit}))
			if (got.text() != "") != c.content || got.Finish != c.finish || got.Usage.CompletionTokens > c.limit {
				t.Errorf("%+v, usage %+v", got, got.Usage)
			}
			if c.model == llama && !strings.HasPrefix(whole.text(), got.text()) {
				t.Errorf("%q is not the beginning of %q", got.text(), whole.text())
			}
		})
	}
}

func TestMaxTokensOfTheContextSizeYieldsNothing(t *testing.T) {
	body := request("gpt-oss-120b", "hi", object{"max_tokens": 131072})
	if got := complete(t, sandbox(), body); got.text() != "" || got.Reasoning+got.ReasoningContent != "" || got.Usage.CompletionTokens != 0 {
		t.Errorf("answer %+v", got)
	}
	body["stream"] = true
	if got := complete(t, sandbox(), body); got.Events != 1 || !got.Done {
		t.Errorf("stream %+v, want [DONE] alone", got)
	}
}

func TestSeveralSystemMessages(t *testing.T) {
	messages := []object{{"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, {"role": "user", "content": "hi"}}
	for _, c := range []struct {
		model  string
		silent bool
	}{
		{"Qwen3.5-9B", true}, {"Qwen3-32B", true}, {"Qwen2.5-VL-72B-Instruct", true}, {"gpt-oss-120b", false}, {"Meta-Llama-3_3-70B-Instruct",
			false},
	} {
		got := complete(t, sandbox(), object{"model": c.model, "messages": messages, "stream": true})
		if !got.Done || (got.Events == 1) != c.silent {
			t.Errorf("%s: %d events, silent should be %v", c.model, got.Events, c.silent)
		}
		if got := complete(t, sandbox(), object{"model": c.model, "messages": messages}); (got.text() == "") != c.silent {
			t.Errorf("%s: %q, silent should be %v", c.model, got.text(), c.silent)
		}
	}
}

func TestStop(t *testing.T) {
	const model = "Meta-Llama-3_3-70B-Instruct"
	for _, stop := range []any{"received", []string{"user", "received"}} {
		got := complete(t, sandbox(), request(model, "hi", object{"stop": stop}))
		if want := "[emulator] " + model + " would answer here. It "; got.text() != want || got.Finish != "stop" {
			t.Errorf("stop %v: %q, finish reason %q", stop, got.text(), got.Finish)
		}
	}
}

func TestUsage(t *testing.T) {
	got := complete(t, sandbox(), request("Meta-Llama-3_3-70B-Instruct", strings.Repeat("four", 25)))
	u := got.Usage
	if u.PromptTokens != 25 || u.CompletionTokens < 10 || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
		t.Errorf("usage %+v", u)
	}
}

func TestStream(t *testing.T) {
	for _, model := range []string{"Meta-Llama-3_3-70B-Instruct", "Qwen3.5-9B", "gpt-oss-120b"} {
		body := request(model, "Tell me something")
		whole := complete(t, sandbox(), body)
		body["stream"] = true
		plain := complete(t, sandbox(), body)
		if plain.Usage != nil || !plain.Done || plain.Comments == 0 || plain.Events < 6 {
			t.Errorf("%s: stream %+v", model, plain)
		}
		if plain.text() != whole.text() || plain.Reasoning != whole.Reasoning || plain.ReasoningContent != whole.ReasoningContent ||
			plain.Finish != whole.Finish || plain.Role != "assistant" {
			t.Errorf("%s: streamed %+v, whole %+v", model, plain, whole)
		}
		body["stream_options"] = object{"include_usage": true}
		if counted := complete(t, sandbox(), body); !reflect.DeepEqual(counted.Usage, whole.Usage) {
			t.Errorf("%s: usage %+v, want %+v", model, counted.Usage, whole.Usage)
		}
	}
}

func FuzzChat(f *testing.F) {
	f.Add(`{"model":"Qwen3.5-9B","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]}`)
	f.Add(`{"model":"a@latest","messages":[{"role":"tool","tool_call_id":"x","content":null}],"stop":["a"]}`)
	f.Add(`{"model":"gpt-oss-20b","messages":[{"role":"user","content":"all"}],"tool_choice":"required","tools":[{"function":{"name":"f"}}]}`)
	e := sandbox()
	f.Fuzz(func(t *testing.T, body string) {
		w := serve(e, "POST", chatPath, body)
		if w.Header().Get("Content-Type") == "text/event-stream" {
			replay(t, w)
		} else if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d with a body that is not JSON: %q", w.Code, w.Body)
		}
	})
}
