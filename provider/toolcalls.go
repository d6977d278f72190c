package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// maxToolCalls bounds the calls of one answer: no agent runs more at once, so more
// are a defect of the model or an attack.
const maxToolCalls = 128

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

// UnmarshalJSON implements [json.Unmarshaler].
func (a *arguments) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		*a = arguments(data)
		return nil
	}
	return json.Unmarshal(data, (*string)(a))
}

// toolCalls puts the calls of an answer together from the pieces that a stream brings.
// Its work is linear in their bytes: a piece is appended to its call, and each byte
// is looked at once to find where a call's arguments end.
type toolCalls struct {
	begun   []*partialCall
	byIndex map[int]*partialCall // by the index in the stream
	last    *partialCall         // that began; nil before the first, and after one that was dropped
	dropped bool                 // there were more than maxToolCalls
}

// partialCall is a call that is still being written.
type partialCall struct {
	index     int
	id, name  string
	arguments []byte
	whole     wholeness // of the arguments
}

// read adds the pieces of a JSON list, until the context ends. One event may bring
// hundreds of thousands, so they are decoded one at a time.
func (t *toolCalls) read(ctx context.Context, list json.RawMessage) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	pieces := json.NewDecoder(bytes.NewReader(list))
	if opening, err := pieces.Token(); err != nil || opening != json.Delim('[') {
		return cmp.Or(err, errors.New("tool_calls is not a list"))
	}
	for pieces.More() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var piece wireToolCall
		if err := pieces.Decode(&piece); err != nil {
			return err
		}
		t.add(piece)
	}
	return nil
}

// add puts a piece of a call where it belongs. Pieces are matched by index. Engines
// that leave the index out, or send the same one with every call, start a new call with
// a new id, or with a name after arguments that are whole.
func (t *toolCalls) add(piece wireToolCall) {
	call := t.last
	if piece.Index != nil {
		call = t.byIndex[*piece.Index]
	}
	if call == nil || call.isOver(piece) {
		if call = t.begin(piece.Index); call == nil {
			return
		}
	}
	call.id = cmp.Or(call.id, piece.ID)
	call.name = cmp.Or(call.name, piece.Function.Name)
	call.arguments = append(call.arguments, piece.Function.Arguments...)
}

// begin starts a call. It returns nil when there are too many; the call's further
// pieces are dropped too.
func (t *toolCalls) begin(index *int) *partialCall {
	if len(t.begun) == maxToolCalls {
		t.dropped, t.last = true, nil
		if index != nil {
			delete(t.byIndex, *index)
		}
		return nil
	}
	call := &partialCall{index: len(t.begun)}
	if index != nil {
		call.index = *index
		if t.byIndex == nil {
			t.byIndex = map[int]*partialCall{}
		}
		t.byIndex[*index] = call
	}
	t.begun, t.last = append(t.begun, call), call
	return call
}

// isOver reports whether piece belongs to another call, after this one.
func (c *partialCall) isOver(piece wireToolCall) bool {
	if piece.ID != "" && c.id != "" {
		return piece.ID != c.id
	}
	closing := piece.Function.Name == c.name && piece.Function.Arguments == ""
	return piece.Function.Name != "" && !closing && c.whole.of(c.arguments)
}

// dropBroken removes calls that were cut: half an argument must not be run.
func (t *toolCalls) dropBroken() {
	t.begun = slices.DeleteFunc(t.begun, func(c *partialCall) bool { return !json.Valid(c.arguments) })
}

// list returns the calls by their indexes, which may have come in another order.
// A result must name its call, so a call without an id gets one of its own.
func (t *toolCalls) list() []ToolCall {
	slices.SortStableFunc(t.begun, func(a, b *partialCall) int { return cmp.Compare(a.index, b.index) })
	taken := map[string]bool{}
	for _, call := range t.begun {
		taken[call.id] = true
	}
	var calls []ToolCall
	for i, call := range t.begun {
		id := call.id
		for n := i + 1; id == ""; n++ {
			if made := fmt.Sprintf("call_%d", n); !taken[made] {
				id, taken[made] = made, true
			}
		}
		arguments := string(call.arguments)
		if len(bytes.TrimSpace(call.arguments)) == 0 {
			arguments = "{}"
		}
		calls = append(calls, ToolCall{ID: id, Type: "function", Function: FunctionCall{Name: call.name, Arguments: arguments}})
	}
	return calls
}

// maxScalar bounds arguments that are a bare number or word. Nothing marks their end,
// so they are checked anew each time.
const maxScalar = 64

// wholeness tracks whether JSON text that grows is one whole value. It looks at each
// byte once, however often it is asked.
type wholeness struct {
	read            int // bytes that were looked at
	depth           int // of objects and lists
	quoted, escaped bool
	state           int
}

// The states of a growing text.
const (
	undecided = iota
	scalar    // a number or a word, if it is JSON at all
	whole     // one value, which only white space may follow
	broken    // it can never become one value
)

func (w *wholeness) of(text []byte) bool {
	for ; w.read < len(text) && w.state != scalar && w.state != broken; w.read++ {
		w.step(text)
	}
	return w.state == whole || w.state == scalar && len(text) <= maxScalar && json.Valid(text)
}

// step looks at the next byte of text.
func (w *wholeness) step(text []byte) {
	switch b := text[w.read]; {
	case w.escaped:
		w.escaped = false
	case w.quoted:
		w.escaped, w.quoted = b == '\\', b != '"'
	case b == ' ', b == '\t', b == '\n', b == '\r':
		return
	case w.state == whole:
		w.state = broken
		return
	case b == '"':
		w.quoted = true
	case b == '{', b == '[':
		w.depth++
	case b == '}', b == ']':
		w.depth--
	case w.depth == 0:
		w.state = scalar
		return
	}
	if w.quoted || w.depth > 0 {
		return
	}
	w.state = broken
	if json.Valid(text[:w.read+1]) { // once: a value ends only once
		w.state = whole
	}
}
