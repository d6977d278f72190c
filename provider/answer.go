package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

var errGarbage = errors.New("not JSON")

// wireAnswer is a chunk of a stream, or a whole answer: a chunk has deltas, an
// answer has messages. Reading with a struct of ours costs a quarter of the
// library's types and brings the reasoning along.
type wireAnswer struct {
	Model   string `json:"model"`
	Choices []struct {
		Index        int       `json:"index"`
		Delta        wireDelta `json:"delta"`
		Message      wireDelta `json:"message"`
		FinishReason string    `json:"finish_reason"`
	} `json:"choices"`
	Usage *wireUsage      `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type wireDelta struct {
	Content          string         `json:"content"`
	Reasoning        string         `json:"reasoning"`
	ReasoningContent string         `json:"reasoning_content"` // older models
	ToolCalls        []wireToolCall `json:"tool_calls"`
}

type wireToolCall struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string    `json:"name"`
		Arguments arguments `json:"arguments"`
	} `json:"function"`
}

// arguments is JSON text in a string; some engines send the object itself.
type arguments string

func (a *arguments) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		*a = arguments(data)
		return nil
	}
	return json.Unmarshal(data, (*string)(a))
}

// answer collects what a response brings.
type answer struct {
	start  time.Time
	onText func(string)
	told   int // bytes of the content, by onText

	content, reasoning strings.Builder
	calls              []ToolCall
	indexes            []int       // of the calls in the stream
	places             map[int]int // a call's index in the stream → its place in calls
	finish, model      string
	usage              *Usage // the last one that can be right
	firstToken         time.Duration

	done    bool            // [DONE] came
	failure json.RawMessage // an error event
	broken  error           // what cut the reading off
}

// readEvents reads to [DONE]: the usage comes after the finish reason.
func (a *answer) readEvents(events ssestream.Decoder) {
	for events.Next() {
		data := bytes.TrimSpace(events.Event().Data)
		if events.Event().Type == "error" {
			a.failure = bytes.Clone(data)
			return
		}
		if bytes.HasPrefix(data, []byte("[DONE]")) {
			a.done = true
			return
		}
		if !a.add(data) {
			return
		}
	}
	a.broken = events.Err()
}

// readJSON reads an answer that came whole although a stream was asked for.
func (a *answer) readJSON(body io.Reader) {
	data, err := io.ReadAll(body)
	if err != nil {
		a.broken = err
		return
	}
	a.done = a.add(data)
	if a.done && a.model == "" && a.usage == nil && a.finish == "" && a.silent() {
		a.done, a.failure = false, data // an error by another name, such as {"status":"failure","message":…}
	}
}

// add takes one chunk in; false ends the reading.
func (a *answer) add(data []byte) bool {
	var chunk wireAnswer
	if err := json.Unmarshal(data, &chunk); err != nil {
		a.broken = fmt.Errorf("%w: %w", errGarbage, err)
		return false
	}
	if len(chunk.Error) > 0 && string(chunk.Error) != "null" {
		a.failure = bytes.Clone(data)
		return false
	}
	if chunk.Model != "" {
		a.model = chunk.Model
	}
	if used := chunk.Usage.usage(); used != nil {
		a.usage = used
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue
		}
		a.addDelta(choice.Delta)
		a.addDelta(choice.Message)
		if choice.FinishReason != "" {
			a.finish = choice.FinishReason
		}
	}
	return true
}

func (a *answer) addDelta(d wireDelta) {
	reasoning := d.Reasoning
	if reasoning == "" {
		reasoning = d.ReasoningContent
	}
	if a.firstToken == 0 && (d.Content != "" || reasoning != "" || len(d.ToolCalls) > 0) {
		a.firstToken = time.Since(a.start)
	}
	a.reasoning.WriteString(reasoning)
	for _, piece := range d.ToolCalls {
		a.addToolCall(piece)
	}
	if d.Content != "" {
		a.content.WriteString(d.Content)
		// Blank text waits for more: an answer of nothing else is asked for again.
		if text := a.content.String(); a.onText != nil && strings.TrimSpace(text) != "" {
			a.onText(text[a.told:])
			a.told = len(text)
		}
	}
}

// addToolCall puts a piece of a call where it belongs. Pieces are matched by
// index. Engines that leave the index out, or give every call the same one,
// start a new call with a new id, or with a name after arguments that are whole.
func (a *answer) addToolCall(piece wireToolCall) {
	place := len(a.calls) - 1
	if piece.Index != nil {
		known, ok := a.places[*piece.Index]
		if place = known; !ok {
			place = -1
		}
	}
	if place < 0 || a.calls[place].isOver(piece) {
		place = len(a.calls)
		a.calls = append(a.calls, ToolCall{Type: "function"})
		a.indexes = append(a.indexes, place)
		if piece.Index != nil {
			a.indexes[place] = *piece.Index
			if a.places == nil {
				a.places = map[int]int{}
			}
			a.places[*piece.Index] = place
		}
	}
	call := &a.calls[place]
	if call.ID == "" {
		call.ID = piece.ID
	}
	if call.Function.Name == "" {
		call.Function.Name = piece.Function.Name
	}
	call.Function.Arguments += string(piece.Function.Arguments)
}

// isOver reports whether piece belongs to another call, after this one.
func (c ToolCall) isOver(piece wireToolCall) bool {
	if piece.ID != "" && c.ID != "" {
		return piece.ID != c.ID
	}
	closing := piece.Function.Name == c.Function.Name && piece.Function.Arguments == ""
	return piece.Function.Name != "" && !closing && json.Valid([]byte(c.Function.Arguments))
}

// silent reports whether nothing came that a caller could use.
func (a *answer) silent() bool {
	return a.content.Len() == 0 && a.reasoning.Len() == 0 && len(a.calls) == 0
}

// dropBrokenCalls removes tool calls that were cut: half an argument must not
// be run.
func (a *answer) dropBrokenCalls() {
	a.calls = slices.DeleteFunc(a.inOrder(), func(call ToolCall) bool {
		return !json.Valid([]byte(call.Function.Arguments))
	})
	a.indexes = nil
}

// inOrder gives the calls by their indexes, which may have come in another
// order.
func (a *answer) inOrder() []ToolCall {
	if a.indexes == nil {
		return a.calls
	}
	places := make([]int, len(a.calls))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(x, y int) int { return cmp.Compare(a.indexes[x], a.indexes[y]) })
	var calls []ToolCall
	for _, place := range places {
		calls = append(calls, a.calls[place])
	}
	return calls
}

// fill puts the answer into result.
func (a *answer) fill(result *ChatResult) {
	result.Content, result.Reasoning = a.content.String(), a.reasoning.String()
	result.FinishReason, result.FirstToken = a.finish, a.firstToken
	for i, call := range a.inOrder() {
		// A result must name its call, so a call without an id gets one.
		for n := i + 1; call.ID == ""; n++ {
			if id := fmt.Sprintf("call_%d", n); !slices.ContainsFunc(a.calls, func(c ToolCall) bool { return c.ID == id }) {
				call.ID = id
			}
		}
		if strings.TrimSpace(call.Function.Arguments) == "" {
			call.Function.Arguments = "{}"
		}
		result.ToolCalls = append(result.ToolCalls, call)
	}
}

// count puts the model that answered and its usage into result.
func (a *answer) count(result *ChatResult) {
	if a.model != "" {
		result.Model = a.model
	}
	result.Usage = a.usage
}
