package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

var errGarbage = errors.New("not JSON")

// maxChoices bounds the choices of a chunk that are read: one was asked for, and a
// list of millions would take gigabytes.
const maxChoices = 4

// wireAnswer is a chunk of a stream, or a whole answer: a chunk has deltas, an
// answer has messages. Reading with a struct of ours costs a quarter of the
// library's types and brings the reasoning along.
type wireAnswer struct {
	Model   string `json:"model"`
	Choices [maxChoices]struct {
		Index        int       `json:"index"`
		Delta        wireDelta `json:"delta"`
		Message      wireDelta `json:"message"`
		FinishReason string    `json:"finish_reason"`
	} `json:"choices"`
	Usage *wireUsage      `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type wireDelta struct {
	Content          string          `json:"content"`
	Reasoning        string          `json:"reasoning"`
	ReasoningContent string          `json:"reasoning_content"` // older models
	ToolCalls        json.RawMessage `json:"tool_calls"`
}

// answer accumulates a response.
type answer struct {
	start   time.Time
	onText  func(string)
	emitted int        // bytes of the content that onText was called with
	chunk   wireAnswer // the current one, reused so that a chunk costs no allocation

	content, reasoning strings.Builder
	calls              toolCalls
	finish             string
	model              string // that answered: as asked until the answer names one
	named              bool   // the answer names its model
	usage              *Usage // the last one that can be right
	firstToken         time.Duration

	done    bool            // [DONE] came
	failure json.RawMessage // an error event
	broken  error           // what ended the reading early

	notice          string // that the model is being retired; "" when it is not
	anonymous       bool   // no key was sent
	rateLimitLikely bool   // rate limiting may be why nothing came
	emulated        bool   // the emulator answered, not a service
	warnings        warnings
}

func newAnswer(model string, onText func(string)) *answer {
	return &answer{start: time.Now(), onText: onText, model: model}
}

// readEvents reads up to [DONE], since the usage comes after the finish reason. It
// stops when the context ends: what was received by then may take long to read.
func (a *answer) readEvents(ctx context.Context, events ssestream.Decoder) {
	for ctx.Err() == nil && events.Next() {
		data := bytes.TrimSpace(events.Event().Data)
		if events.Event().Type == "error" {
			a.failure = bytes.Clone(data)
			return
		}
		if bytes.HasPrefix(data, []byte("[DONE]")) {
			a.done = true
			return
		}
		if !a.add(ctx, data) {
			return
		}
	}
	a.broken = events.Err()
}

// readJSON reads an answer that came whole although a stream was asked for.
func (a *answer) readJSON(ctx context.Context, body io.Reader) {
	data, err := io.ReadAll(body)
	if err != nil {
		a.broken = err
		return
	}
	a.done = a.add(ctx, data)
	if a.done && !a.named && a.usage == nil && a.finish == "" && a.nothingCame() {
		a.done, a.failure = false, data // an error of another shape, such as {"status":"failure","message":…}
	}
}

// add reads one chunk; false ends the reading.
func (a *answer) add(ctx context.Context, data []byte) bool {
	a.chunk = wireAnswer{}
	chunk := &a.chunk
	if err := json.Unmarshal(data, chunk); err != nil {
		a.broken = fmt.Errorf("%w: %w", errGarbage, err)
		return false
	}
	if len(chunk.Error) > 0 && string(chunk.Error) != "null" {
		a.failure = bytes.Clone(data)
		return false
	}
	if chunk.Model != "" {
		a.model, a.named = chunk.Model, true
	}
	if used := chunk.Usage.usage(); used != nil {
		a.usage = used
	}
	for i := range chunk.Choices {
		choice := &chunk.Choices[i]
		if choice.Index != 0 {
			continue
		}
		for _, d := range []*wireDelta{&choice.Delta, &choice.Message} {
			if err := a.addDelta(ctx, d); err != nil {
				a.broken = fmt.Errorf("%w: %w", errGarbage, err)
				return false
			}
		}
		if choice.FinishReason != "" {
			a.finish = choice.FinishReason
		}
	}
	return true
}

func (a *answer) addDelta(ctx context.Context, d *wireDelta) error {
	reasoning := d.Reasoning
	if reasoning == "" {
		reasoning = d.ReasoningContent
	}
	err := a.calls.read(ctx, d.ToolCalls)
	if a.firstToken == 0 && (d.Content != "" || reasoning != "" || len(a.calls.begun) > 0) {
		a.firstToken = time.Since(a.start)
	}
	a.reasoning.WriteString(reasoning)
	a.content.WriteString(d.Content)
	// Blank text waits for more: an answer of nothing else is asked for again.
	if a.onText != nil && d.Content != "" && (a.emitted > 0 || strings.TrimSpace(d.Content) != "") {
		text := a.content.String()
		a.onText(text[a.emitted:])
		a.emitted = len(text)
	}
	return err
}

// nothingCame reports whether nothing came, not even white space.
func (a *answer) nothingCame() bool {
	return a.content.Len() == 0 && a.reasoning.Len() == 0 && len(a.calls.begun) == 0
}

// isEmpty reports whether the service answered with nothing that a caller could use.
func (a *answer) isEmpty() bool {
	return strings.TrimSpace(a.content.String()) == "" && a.reasoning.Len() == 0 && len(a.calls.begun) == 0
}

// result returns the answer without its [Meta].
func (a *answer) result() *ChatResult {
	ending := a.warnings
	if a.calls.dropped {
		ending.add(WarnToolCallDropped, "the model made more than %d tool calls; only the first %d are here", maxToolCalls, maxToolCalls)
	}
	return &ChatResult{
		Content: a.content.String(), Reasoning: a.reasoning.String(), ToolCalls: a.calls.list(), FinishReason: a.finish, ending: ending,
	}
}
