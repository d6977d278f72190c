package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// cityTools are functions with one text parameter, named city.
func cityTools(names ...string) object {
	var tools []object
	for _, name := range names {
		tools = append(tools, function(name, object{
			"type": "object", "required": []string{"city"}, "properties": object{"city": object{"type": "string"}},
		}))
	}
	return object{"tools": tools}
}

func TestToolsThatTheUserNames(t *testing.T) {
	const gpt, meta = "gpt-oss-120b", "Meta-Llama-3_3-70B-Instruct"
	for _, c := range []struct {
		name, model, text string
		offered           []string
		choice            any
		want              []string
	}{
		{"its name", gpt, "Use get_weather for Paris", []string{"get_weather"}, nil, []string{"get_weather"}},
		{"auto", gpt, "Use get_weather", []string{"get_weather"}, "auto", []string{"get_weather"}},
		{"none", gpt, "Use get_weather", []string{"get_weather"}, "none", nil},
		{"blanks", gpt, "Please get weather.", []string{"get_weather"}, nil, []string{"get_weather"}},
		{"hyphens", gpt, "GET-WEATHER!", []string{"get_weather"}, nil, []string{"get_weather"}},
		{"camel case", gpt, "the get weather tool", []string{"getWeather"}, nil, []string{"getWeather"}},
		{"camel case in the text", gpt, "call getWeather()", []string{"get-weather"}, nil, []string{"get-weather"}},
		{"a part of a word", gpt, "the address of getweathers", []string{"add", "get_weather"}, nil, nil},
		{"letters of others", gpt, "für für_x", []string{"r"}, nil, nil},
		{"not named", gpt, "What is the weather?", []string{"get_weather"}, nil, nil},
		{"several", gpt, "get time and get weather", []string{"get_weather", "get_time"}, nil, []string{"get_time", "get_weather"}},
		{"one of several", gpt, "get time", []string{"get_weather", "get_time"}, nil, []string{"get_time"}},
		{"several by Llama", meta, "get time and get weather", []string{"get_weather", "get_time"}, nil, []string{"get_time"}},
		{"in steps", gpt, "First get time, then get weather", []string{"get_weather", "get_time"}, nil, []string{"get_time"}},
		{"named twice", gpt, "get time, and get time again", []string{"get_time"}, nil, []string{"get_time"}},
		{"the longer name", gpt, "get weather forecast", []string{"get_weather", "get_weather_forecast"}, nil, []string{"get_weather_forecast"}},
		{"both names", gpt, "get weather forecast, get weather", []string{"get_weather", "get_weather_forecast"}, nil,
			[]string{"get_weather_forecast", "get_weather"}},
		{"names that are alike", gpt, "get weather", []string{"getWeather", "get_weather"}, nil, []string{"getWeather"}},
		{"required", gpt, "get time", []string{"get_weather", "get_time"}, "required", []string{"get_weather"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := request(c.model, c.text, cityTools(c.offered...), object{"tool_choice": c.choice})
			whole := complete(t, obedient(), body)
			checkCalls(t, whole, c.want)
			body["stream"] = true
			checkCalls(t, complete(t, obedient(), body), c.want)
			if c.choice == nil {
				checkCalls(t, complete(t, sandbox(), request(c.model, c.text, cityTools(c.offered...))), nil)
			}
		})
	}
}

// agentLoop plays an agent: it runs the tools that the model calls until it answers.
func agentLoop(t *testing.T, e *emulator.Emulator, body object) (calls []string, text string) {
	t.Helper()
	messages := body["messages"].([]object)
	for range 6 {
		body["messages"] = messages
		got := complete(t, e, body)
		if len(got.Calls) == 0 {
			return calls, got.text()
		}
		messages = append(messages, object{"role": "assistant", "tool_calls": got.Calls})
		for _, call := range got.Calls {
			calls = append(calls, call.Function.Name+call.Function.Arguments)
			messages = append(messages, object{"role": "tool", "tool_call_id": call.ID, "content": fmt.Sprintf("result of %s", call.Function.Name)})
		}
	}
	t.Fatalf("the loop does not end: %v", calls)
	return nil, ""
}

// A tool of an MCP server has many optional parameters, of which a question names few.
func TestArgumentsOfToolsThatTheUserNames(t *testing.T) {
	find := object{"tools": []object{function("find", object{
		"type": "object", "required": []string{"query"},
		"properties": object{"query": object{"type": "string"}, "limit": object{"type": "integer"}, "model": object{"type": "string"}},
	})}}
	for text, want := range map[string]string{
		"Use find, query: 3 cats.":             `{"query":"3 cats"}`,
		"Use find, query: 3 cats, limit is 5.": `{"limit":5,"query":"3 cats"}`,
	} {
		got := complete(t, obedient(), request("gpt-oss-120b", text, find))
		if len(got.Calls) != 1 || got.Calls[0].Function.Arguments != want {
			t.Errorf("%q: calls are %+v, want the arguments %s", text, got.Calls, want)
		}
	}
}

func TestAnAgentLoopEnds(t *testing.T) {
	for _, c := range []struct {
		name, model, text, want string
	}{
		{"one tool", "gpt-oss-120b", "find hotel, city: Paris", `[find_hotel{"city":"Paris"}]`},
		{"in steps", "gpt-oss-120b", "find hotel, city: Paris; then book room", `[find_hotel{"city":"Paris"} book_room{"city":"Paris"}]`},
		{"by Llama", llama, "book room and find hotel, city: Paris", `[book_room{"city":"Paris"} find_hotel{"city":"Paris"}]`},
		{"at once", "Qwen3-32B", "book room and find hotel, city: Paris", `[book_room{"city":"Paris"} find_hotel{"city":"Paris"}]`},
		{"none", "gpt-oss-120b", "hello", `[]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, stream := range []bool{false, true} {
				body := request(c.model, c.text, cityTools("find_hotel", "book_room"), object{"stream": stream})
				calls, text := agentLoop(t, obedient(), body)
				if got := fmt.Sprint(calls); got != c.want {
					t.Errorf("stream %v: the calls are %s, want %s", stream, got, c.want)
				}
				if last := len(calls) - 1; last >= 0 && !strings.Contains(text, "result of "+strings.Split(calls[last], "{")[0]) {
					t.Errorf("stream %v: the answer lacks the result: %s", stream, text)
				}
			}
		})
	}
}

// A tool of an earlier turn is called again when the user names it again, and what an
// assistant said last is not answered with a call.
func TestTurnsOfAConversation(t *testing.T) {
	body := request(llama, "", cityTools("find_hotel"))
	turn := []object{
		{"role": "user", "content": "find hotel"},
		{"role": "assistant", "tool_calls": []object{{"id": "1", "type": "function", "function": object{"name": "find_hotel", "arguments": "{}"}}}},
		{"role": "tool", "tool_call_id": "1", "content": "Lutetia"},
		{"role": "assistant", "content": "It is the Lutetia."},
	}
	body["messages"] = turn
	checkCalls(t, complete(t, obedient(), body), nil)
	body["messages"] = append(turn, object{"role": "user", "content": "find hotel once more"})
	checkCalls(t, complete(t, obedient(), body), []string{"find_hotel"})
	body["messages"] = append(turn, object{"role": "user", "content": "thanks"})
	checkCalls(t, complete(t, obedient(), body), nil)
	body["messages"] = []object{{"role": "system", "content": "find hotel"}}
	checkCalls(t, complete(t, obedient(), body), nil)
}

// Nobody makes the emulator work for long with many tools and a long text.
func TestManyNamedToolsAreCheap(t *testing.T) {
	var names []string
	for i := range 8000 {
		names = append(names, fmt.Sprintf("tool_%d", i))
	}
	began := time.Now()
	got := complete(t, obedient(), request("gpt-oss-120b", strings.Repeat("tool 100, tool 1, tool 7999, ", 2000), cityTools(names...)))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	checkCalls(t, got, []string{"tool_100", "tool_1"})
}
