package emulator_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

const deserialize = "Failed to deserialize the JSON body into the target type: "

func TestRefusals(t *testing.T) {
	const model = "gpt-oss-120b"
	user := object{"role": "user", "content": "hi"}
	messages := func(list ...object) object { return object{"messages": list} }
	for _, c := range []struct {
		name   string
		body   any
		status int
		want   string // prefix of the message
	}{
		{"not an object", []int{1}, 422, deserialize},
		{"unknown field", request(model, "hi", object{"chat_template_kwargs": object{}}), 400,
			"feature 'extra arguments' is not currently supported"},
		{"no model", object{"messages": []object{user}}, 422, deserialize + "missing field `model`"},
		{"no messages", object{"model": model}, 422, deserialize + "missing field `messages`"},
		{"empty messages", request(model, "", messages()), 422, deserialize},
		{"temperature as text", request(model, "hi", object{"temperature": "hot"}), 422, deserialize + "temperature: invalid type: string"},
		{"fraction of a token", request(model, "hi", object{"max_tokens": 1.5}), 422, deserialize + "max_tokens: invalid type"},
		{"content as number", request(model, "", messages(object{"role": "user", "content": 5})), 422, deserialize},
		{"no content", request(model, "", messages(object{"role": "user"})), 422, deserialize + "missing field `messages[0].content`"},
		{"role", request(model, "", messages(object{"role": "bot", "content": "x"})), 422,
			deserialize + "messages[0].role: unknown variant `bot`"},
		{"tool without id", request(model, "", messages(object{"role": "tool", "content": "x"})), 422,
			deserialize + "missing field `messages[0].tool_call_id`"},
		{"part", request(model, "", messages(object{"role": "user", "content": []object{{"type": "video"}}})), 422, deserialize},
		{"effort", request(model, "hi", object{"reasoning_effort": "xhigh"}), 422,
			deserialize + "reasoning_effort: unknown variant `xhigh`, expected one of `none`, `high`, `medium`, `low`, `minimal`"},
		{"no token", request(model, "hi", object{"max_tokens": 0}), 422, deserialize + "max_tokens"},
		{"no completion token", request(model, "hi", object{"max_completion_tokens": -1}), 422, deserialize + "max_tokens"},
		{"one call at a time", request(model, "hi", object{"parallel_tool_calls": false}), 400, "parallel_tool_calls"},
		{"several answers", request(model, "hi", object{"n": 2}), 400, "n: "},
		{"format", request(model, "hi", object{"response_format": object{"type": "xml"}}), 422, deserialize + "response_format.type"},
		{"schema", request(model, "hi", object{"response_format": object{"type": "json_schema"}}), 422, deserialize + "missing field"},
		{"stop", request(model, "hi", object{"stop": 5}), 422, deserialize},
		{"tool without name", request(model, "hi", object{"tools": []object{{"type": "function"}}}), 422, deserialize + "missing field"},
		{"unknown model", request("X", "hi"), 404, "model_not_found: The model `X` does not exist"},
		{"blank after the id", request("Qwen3.5-9B ", "hi"), 404, "model_not_found: The model `Qwen3.5-9B ` does not exist"},
		{"other case", request("GPT-OSS-120B", "hi"), 404, "model_not_found"},
		{"alias", request("openai/gpt-oss-120b", "hi"), 404, "model_not_found"},
		{"slug", request("llama-3-3-70b-instruct", "hi"), 404, "model_not_found"},
		{"stray id", request("ppl", "hi"), 404, "model_not_found"},
		{"query without match", request("llama@biggest?input_cost<0.5", "hi"), 404, "model_not_found"},
		{"query with an error", request("llama@", "hi"), 404, "model_not_found"},
		{"embedding model", request("bge-m3", "hi"), 400, "The model `bge-m3` does not support chat"},
		{"speech model", request("whisper-large-v3", "hi"), 400, "The model `whisper-large-v3` does not support chat"},
		{"image model", request("stable-diffusion-xl-base-v10", "hi"), 400, "The model"},
		{"no json_schema", request("Qwen3Guard-Gen-8B", "hi", object{"response_format": object{
			"type": "json_schema", "json_schema": object{"name": "x", "schema": object{}}}}), 400, "response_format json_schema is not supported"},
		{"no tools", request("Qwen3Guard-Gen-8B", "hi", object{"tools": []object{{"type": "function", "function": object{"name": "f"}}}}), 400,
			"The model"},
		{"late system message", request("Qwen3.5-9B", "", messages(user, object{"role": "system", "content": "x"})), 400,
			"System message must be at the beginning."},
		{"late developer message", request("Qwen3.6-27B", "", messages(object{"role": "system", "content": "x"}, user,
			object{"role": "developer", "content": "y"})), 400, "System message must be at the beginning."},
		{"long prompt", request("Qwen3Guard-Gen-8B", strings.Repeat("abcd", 32768)), 400, "max_tokens must be at least 1"},
		{"large body", request(model, strings.Repeat("x", 2<<20)), 413, "the request body is larger"},
		{"larger body", request("Qwen3.5-9B", strings.Repeat("x", 10<<20)), 413, "the request body is larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(t, sandbox(), chatPath, c.body)
			if got := refusal(t, w); w.Code != c.status || !strings.HasPrefix(got, c.want) {
				t.Errorf("%d %q, want %d %q", w.Code, got, c.status, c.want)
			}
		})
	}
}

func TestBrokenJSON(t *testing.T) {
	w := serve(sandbox(), http.MethodPost, chatPath, `{"model": `)
	if w.Code != http.StatusBadRequest || !strings.HasPrefix(refusal(t, w), "Failed to parse the request body as JSON") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAccepted(t *testing.T) {
	for name, fields := range map[string]object{
		"every parameter": {
			"temperature": 0.2, "top_p": 0.9, "max_tokens": 500, "max_completion_tokens": 500, "stop": []string{"END"}, "seed": 7,
			"tools": []object{{"type": "function", "function": object{"name": "f"}}}, "tool_choice": "auto", "parallel_tool_calls": true,
			"response_format": object{"type": "text"}, "reasoning_effort": "low", "logprobs": false, "top_logprobs": 0, "stream": false,
			"stream_options": object{"include_usage": true}, "presence_penalty": 0, "frequency_penalty": 0, "user": "u", "n": 1,
		},
		"every null": {
			"temperature": nil, "top_p": nil, "max_tokens": nil, "max_completion_tokens": nil, "stop": nil, "seed": nil, "tools": nil,
			"tool_choice": nil, "parallel_tool_calls": nil, "response_format": nil, "reasoning_effort": nil, "logprobs": nil,
			"stream": nil, "stream_options": nil, "user": nil, "n": nil,
		},
		"every role": {"messages": []object{
			{"role": "system", "content": "s"}, {"role": "developer", "content": "d"}, {"role": "user", "content": "u"},
			{"role": "assistant", "content": nil,
				"tool_calls": []object{{"id": "1", "type": "function", "function": object{"name": "f", "arguments": "{}"}}}},
			{"role": "tool", "tool_call_id": "1", "content": "r"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := complete(t, sandbox(), request("gpt-oss-120b", "hi", fields)); got.text() == "" || got.Role != "assistant" {
				t.Errorf("answer is %+v", got)
			}
		})
	}
}

// pixel is a PNG of one pixel.
const pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

func withImages(model string, urls ...string) object {
	parts := []object{{"type": "text", "text": "What is this?"}}
	for _, url := range urls {
		parts = append(parts, object{"type": "image_url", "image_url": object{"url": url}})
	}
	return object{"model": model, "messages": []object{{"role": "user", "content": parts}}}
}

func TestImages(t *testing.T) {
	webp := "data:image/webp;base64," + base64.StdEncoding.EncodeToString([]byte("RIFF0000WEBP"))
	for _, c := range []struct {
		name   string
		body   object
		status int
		want   string
	}{
		{"size is told", withImages("Qwen3.5-9B", pixel), 200, "1 image: image/png 1x1."},
		{"five", withImages("Qwen3.5-9B", pixel, pixel, pixel, pixel, webp), 200, "5 images"},
		{"unknown format", withImages("Qwen3.5-9B", webp), 200, "image/webp."},
		{"six", withImages("Qwen3.5-9B", pixel, pixel, pixel, pixel, pixel, pixel), 400, "At most 5 image(s)"},
		{"web address", withImages("Qwen3.5-9B", "https://example.com/cat.png"), 400, "only data: URLs"},
		{"not base64", withImages("Qwen3.5-9B", "data:image/png;base64,!!"), 400, "not valid base64"},
		{"not an image", withImages("Qwen3.5-9B", "data:text/plain;base64,aGk="), 400, "expected data:image/"},
		{"model without vision", withImages("gpt-oss-120b", pixel), 400, "does not support image input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(t, sandbox(), chatPath, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, c.status, c.want)
			}
		})
	}
}

func TestImageModelsTakeLargerBodies(t *testing.T) {
	large := "data:image/png;base64," + base64.StdEncoding.EncodeToString(make([]byte, 3<<20))
	complete(t, sandbox(), withImages("Qwen3.5-9B", large))
}
