package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

var errGarbage = errors.New("not JSON")

// answer accumulates a response.
type answer struct {
	start  time.Time
	onText func(string)
	tools  json.RawMessage // that the model was given
	sent   wireChat        // the request, but for a format that the caller checks itself
	size   growing
	chunk  wireAnswer // the current one, reused so that a chunk costs no allocation
	alike  alike      // the chunks so far

	said     markedText // text and reasoning
	refusal  strings.Builder
	deltas   seen                                            // what deltas brought
	messages struct{ content, reasoning, refusal repeating } // what messages brought

	calls      toolCalls
	finish     string
	end        ending
	filtered   bool   // a content filter says that it cut the answer
	callAsText bool   // a tool's call stands in the text
	model      string // that answered: as asked until the answer names one
	named      bool   // the answer names its model
	usage      *Usage // the last one that can be right
	firstToken time.Duration

	noise   bool            // events came that are not JSON
	done    bool            // [DONE] came
	failure json.RawMessage // an error event
	broken  error           // what ended the reading early

	notice          string // that the model is being retired; "" when it is not
	noKey           string // why no key was sent; "" if one was
	rateLimitLikely bool   // rate limiting may be why nothing came
	emulated        bool   // the emulator answered, not a service
	whole           bool   // a part of the answer is no answer
	warnings        warnings
}

func newAnswer(model string, req *ChatRequest) *answer {
	return &answer{start: time.Now(), onText: req.OnText, tools: req.Tools, model: model, whole: req.whole, alike: newAlike()}
}

// fail keeps an error event. One that is longer than an error's body may be is cut, and so
// is a text: decoded, its values could take a gigabyte.
func (a *answer) fail(event []byte) { a.failure = bytes.Clone(errorPart(event)) }

// add reads one chunk, or a list of them; false ends the reading.
func (a *answer) add(ctx context.Context, data []byte) bool {
	const around = 512 // what is around a token in its event, and not kept
	if a.broken = a.size.keep(ctx, max(0, len(data)-around)); a.broken != nil {
		return false
	}
	if !a.alike.read(&a.chunk, data) {
		if err := a.chunk.read(ctx, data); err != nil {
			a.broken = fmt.Errorf("%w: %w", errGarbage, err)
			return false
		}
		a.alike.learn(ctx, &a.chunk, data)
	}
	if data[0] == '[' {
		more := true
		eachOf(ctx, data, func(chunk json.RawMessage) {
			if more = more && a.chunk.read(ctx, chunk) == nil; more {
				more = a.addChunk(ctx, chunk)
			}
		})
		return more
	}
	return a.addChunk(ctx, data)
}

// addChunk adds the current chunk, which was read from data.
func (a *answer) addChunk(ctx context.Context, data []byte) bool {
	chunk := &a.chunk
	if (chunk.Error != nil && string(chunk.Error) != "null" || chunk.isEmpty()) && isError(data) {
		a.fail(data)
		return false
	}
	if chunk.Model != "" {
		a.model, a.named = chunk.Model, true
	}
	if used := cmp.Or(chunk.Usage.usage(), chunk.Groq.Usage.usage()); used != nil {
		a.usage = used
	}
	for i := range chunk.Choices {
		choice := &chunk.Choices[i]
		if choice.Index != 0 {
			continue
		}
		a.addDelta(ctx, &choice.Delta)
		a.deltas.see(&choice.Delta)
		a.addMessage(ctx, &choice.Message)
		if reason := choice.FinishReason; reason != "" && reason != "null" && endingOf(reason) != endNone {
			a.finish = reason // some engines write null as a word
		}
		if bytes.Contains(choice.ContentFilter, []byte("true")) && isFiltered(choice.ContentFilter) {
			a.filtered = true
		}
	}
	if ctx.Err() != nil {
		return false
	}
	a.emit()
	return true
}

// maxFilterResults bounds the results of content filters, which are a few.
const maxFilterResults = 16 << 10

// isFiltered reports whether one of Azure's content filters cut an answer.
func isFiltered(results json.RawMessage) bool {
	if len(results) > maxFilterResults {
		return false
	}
	var filters map[string]struct {
		Filtered json.RawMessage `json:"filtered"`
	}
	_ = json.Unmarshal(results, &filters)
	for _, filter := range filters {
		if string(filter.Filtered) == "true" {
			return true
		}
	}
	return false
}

func (a *answer) addDelta(ctx context.Context, d *wireDelta) {
	reasoning := d.reasoning(ctx)
	if d.ToolCalls != nil {
		a.calls.read(ctx, d.ToolCalls)
	} else if d.FunctionCall != nil {
		a.calls.readFunction(d.FunctionCall)
	}
	if a.firstToken == 0 && (d.Content != "" || reasoning != "" || d.Refusal != "" || len(a.calls.begun) > 0) {
		a.firstToken = time.Since(a.start)
	}
	if reasoning != "" {
		a.said.thoughts.WriteString(reasoning)
	}
	if d.Refusal != "" {
		a.refusal.WriteString(d.Refusal)
	}
	if d.Content != "" {
		a.said.write(d.Content)
	}
}

// addMessage adds a message, which an answer that is no stream has. Engines that stream
// messages send pieces in them, or each time all so far. What deltas brought, a message
// only repeats.
func (a *answer) addMessage(ctx context.Context, d *wireDelta) {
	if d.isEmpty() && d.Refusal == "" && d.FunctionCall == nil && d.ReasoningDetails == nil && d.Thinking == nil {
		return
	}
	d.Content, d.Refusal = a.messages.content.rest(d.Content, a.deltas.content), a.messages.refusal.rest(d.Refusal, a.deltas.refusal)
	reasoning := a.messages.reasoning.rest(d.reasoning(ctx), a.deltas.reasoning)
	d.Reasoning, d.ReasoningContent, d.ReasoningDetails, d.Thinking = reasoning, "", nil, nil
	if a.deltas.calls {
		d.ToolCalls, d.FunctionCall = nil, nil
	}
	a.addDelta(ctx, d)
}

// seen says which fields brought something.
type seen struct{ content, reasoning, refusal, calls bool }

func (s *seen) see(d *wireDelta) {
	s.content = s.content || d.Content != ""
	s.reasoning = s.reasoning || d.Reasoning != "" || d.ReasoningContent != "" || d.ReasoningDetails != nil || d.Thinking != nil
	s.refusal = s.refusal || d.Refusal != ""
	s.calls = s.calls || d.ToolCalls != nil || d.FunctionCall != nil
}

// repeating is a text that may come again and again, each time longer.
type repeating struct{ strings.Builder }

// rest returns what is new in a text: nothing if the deltas brought it.
func (r *repeating) rest(text string, came bool) string {
	switch so := r.String(); {
	case came:
		return ""
	case so != "" && strings.HasPrefix(text, so):
		text = text[len(so):]
	}
	r.WriteString(text)
	return text
}

// emit passes on the text that is new.
func (a *answer) emit() {
	if a.onText == nil {
		return
	}
	if text := a.said.fresh(); text != "" {
		a.onText(text)
	}
}

// finishReading ends what is still open when nothing more comes.
func (a *answer) finishReading() {
	a.said.end()
	var given map[string]bool
	if len(a.said.channel.calls) > 0 {
		given = toolNames(a.tools)
	}
	for _, call := range a.said.channel.calls {
		if len(a.tools) == 0 {
			a.said.putThought(call.arguments)
		} else if !given[call.name] || !a.calls.addWritten(call) {
			a.callAsText = true
			a.said.putThought(call.arguments)
		}
	}
	if a.refused() && strings.TrimSpace(a.said.text.String()) == "" {
		a.said.putText(a.refusal.String())
	}
	a.emit()
}

// refused reports whether the model said that it would not answer.
func (a *answer) refused() bool { return strings.TrimSpace(a.refusal.String()) != "" }

// nothingCame reports whether nothing came, not even white space.
func (a *answer) nothingCame() bool {
	return a.said.isEmpty() && len(a.calls.begun) == 0 && a.refusal.Len() == 0
}

// isEmpty reports whether the service answered with nothing that a caller could use,
// and without a reason.
func (a *answer) isEmpty() bool {
	return strings.TrimSpace(a.said.text.String()) == "" && a.said.thoughts.Len() == 0 && len(a.calls.begun) == 0 &&
		!a.filtered && a.end != endFiltered && a.end != endRefused
}

// result returns the answer without its [Meta].
func (a *answer) result() *ChatResult {
	r := &ChatResult{
		Content: a.said.text.String(), Reasoning: a.said.reasoning(), ToolCalls: a.calls.list(), FinishReason: a.finish, ending: a.warnings,
	}
	if a.calls.dropped != "" {
		r.ending.add(WarnToolCallDropped, "%s", a.calls.dropped)
	}
	if len(a.tools) > 0 && r.ToolCalls == nil && (a.callAsText || hasCallAsText(r.Content)) {
		r.ending.add(WarnToolCallAsText, "the model wrote a tool call into its text, in a form that is not read; "+
			"ask again, or name another model")
	}
	return r
}
