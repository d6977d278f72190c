package e2e

import (
	"encoding/json"
	"strings"
)

func (r *realRun) checkModels() {
	listed, err := readResource(testContext(r.T), r.chat, "ai-endpoints://catalog")
	if err != nil || !strings.Contains(listed, `"`+r.model+`"`) {
		r.Errorf("error %v, and %s is not in %.500s", err, r.model, listed)
	}
	r.fails(r.call(r.chat, "chat", map[string]any{"model": "no-such-model", "prompt": "hi"}, ""), "unknown_model", r.model)
	got := r.call(r.chat, "chat", map[string]any{"prompt": "hi", "max_tokens": 8}, "")
	if got.isError {
		r.fails(got, "invalid_argument", r.model)
		return
	}
	r.note("without model, %s answers", got.structured["model"])
}

func (r *realRun) checkChat() {
	got := r.answer(map[string]any{
		"system": "Answer in one short sentence.", "prompt": "What is the capital of France?", "max_tokens": 500, "temperature": 0, "seed": 7,
	}, "")
	content, _ := got.structured["content"].(string)
	if strings.TrimSpace(content) == "" || got.texts[0] != content {
		r.Errorf("the content is %q, the text %q", content, got.texts[0])
	}
	if reason := got.structured["finish_reason"]; reason != "stop" && reason != "length" {
		r.Errorf("the finish reason is %v", reason)
	}
	if !strings.Contains(content, "Paris") {
		r.note("the model does not say Paris")
	}
}

func (r *realRun) checkStream() {
	got := r.answer(map[string]any{"prompt": "Write a short story about a lighthouse.", "max_tokens": 120, "temperature": 0}, "stream")
	content, _ := got.structured["content"].(string)
	messages := r.chat.progress("stream")
	if progress := strings.Join(messages, ""); progress != content || strings.TrimSpace(content) == "" {
		r.Errorf("together the progress is %q, the content %q", progress, content)
	}
	if len(messages) < 2 {
		r.Errorf("the answer came in %d pieces", len(messages))
	}
}

func (r *realRun) checkTokenLimit() {
	got := r.answer(map[string]any{"prompt": "Write a long story about the sea.", "max_tokens": 5}, "")
	if got.structured["finish_reason"] != "length" || !r.warned(got, "truncated") {
		r.Errorf("got %v", got.structured)
	}
	usage, _ := got.structured["usage"].(map[string]any)
	if usage["completion_tokens"] != 5.0 {
		r.Errorf("%v tokens were counted", usage["completion_tokens"])
	}
}

// checkTools asks for a tool call after a turn with one, which small models copy.
func (r *realRun) checkTools() {
	asks := func(city string) any {
		return map[string]any{"role": "user", "content": "What is the weather in " + city + "?"}
	}
	conversation := []any{
		asks("Rome"),
		map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
			"id": "call1", "type": "function", "function": map[string]any{"name": "get_weather", "arguments": `{"city":"Rome"}`},
		}}},
		map[string]any{"role": "tool", "tool_call_id": "call1", "content": "Rain, 12 degrees."},
		map[string]any{"role": "assistant", "content": "Rain, 12 degrees."},
		asks("Paris"),
	}
	got := r.answer(map[string]any{
		"messages": conversation, "tool_choice": "required", "max_tokens": 100, "temperature": 0,
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "get_weather", "description": "Current weather of a city", "parameters": map[string]any{
				"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
			},
		}}},
	}, "")
	calls, _ := got.structured["tool_calls"].([]any)
	if r.lacksAbility("tools") {
		if len(calls) != 0 || !r.warned(got, "argument_ignored") {
			r.Errorf("got %v", got.structured)
		}
		return
	}
	if len(calls) == 0 {
		r.Fatalf("no tool call: %v", got.structured)
	}
	call, _ := calls[0].(map[string]any)
	function, _ := call["function"].(map[string]any)
	var arguments struct{ City string }
	written, _ := function["arguments"].(string)
	if err := json.Unmarshal([]byte(written), &arguments); err != nil || arguments.City == "" ||
		function["name"] != "get_weather" || call["id"] == "" {
		r.Errorf("%v: the call is %v", err, call)
	}
	if reason := got.structured["finish_reason"]; reason != "tool_calls" && reason != "stop" {
		r.Errorf("the finish reason is %v", reason)
	}
	r.checkMarks(got.texts)
	r.note("finish reason %s", got.structured["finish_reason"])
}

func (r *realRun) checkJSONSchema() {
	got := r.call(r.chat, "structured-extract", map[string]any{"model": r.model, "text": "Ada is 36.", "schema": person}, "")
	if got.isError {
		r.Fatal(got.texts[0])
	}
	data, _ := got.structured["data"].(map[string]any)
	_, name := data["name"].(string)
	_, age := data["age"].(float64)
	if len(data) != 2 || !name || !age || got.structured["mode"] != "json_schema" {
		r.Errorf("got %v", got.structured)
	}
	r.checkUsage(got)
}

// checkRefusedSchema sends a schema that not every engine can enforce: llama.cpp resolves
// no reference to the whole schema. Another mode is used then, in which any object is valid.
func (r *realRun) checkRefusedSchema() {
	schema := map[string]any{"type": "object", "properties": map[string]any{"parent": map[string]any{"$ref": "#"}}}
	got := r.call(r.chat, "structured-extract", map[string]any{"model": r.model, "text": "Ada is 36.", "schema": schema, "max_repairs": 0}, "")
	if got.isError { // cut, or not even JSON: the model's own mistake if nothing enforces the schema
		r.fails(got, "extraction_invalid")
		attempts, _ := got.structured["attempts"].([]any)
		if len(attempts) < 2 || attempts[0].(map[string]any)["code"] != "upstream_rejected" {
			r.Errorf("the schema was not refused: %v", got.structured)
		}
		return
	}
	if refused := r.warned(got, "mode_fallback"); refused == (got.structured["mode"] == "json_schema") {
		r.Errorf("got %v", got.structured)
	}
	r.note("valid data in mode %s", got.structured["mode"])
}

func (r *realRun) checkJSONObject() {
	got := r.answer(map[string]any{
		"prompt": "Describe a cat as a JSON object with name and colour.", "response_format": map[string]any{"type": "json_object"},
		"max_tokens": 400, "temperature": 0,
	}, "")
	content, _ := got.structured["content"].(string)
	var object map[string]any
	switch err := json.Unmarshal([]byte(content), &object); {
	case got.structured["finish_reason"] == "length":
		if !r.warned(got, "truncated") || !strings.HasPrefix(strings.TrimSpace(content), "{") {
			r.Errorf("got %v", got.structured)
		}
	case err != nil || len(object) == 0:
		r.Errorf("%v: the content is %q", err, content)
	}
}
