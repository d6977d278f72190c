package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxToolCalls bounds the calls of one answer: no agent runs more at once, so more
// are a defect of the model or an attack.
const maxToolCalls = 128

type wireToolCall struct {
	Index    wireIndex `json:"index"`
	ID       wireWord  `json:"id"`
	Function function  `json:"function"`
	function           // of engines that leave "function" out
}

type function struct {
	Name      wireWord  `json:"name"`
	Arguments arguments `json:"arguments"`
}

// wireIndex is the index of a call; one that is no number is left out.
type wireIndex struct {
	n   int
	set bool
}

// UnmarshalJSON implements [json.Unmarshaler].
func (i *wireIndex) UnmarshalJSON(data []byte) error {
	i.n, i.set = wholeNumber(data)
	return nil
}

// toolCalls puts the calls of an answer together from the pieces that a stream brings.
// Its work is linear in their bytes: a piece is appended to its call, and each byte
// is looked at once to find where a call's arguments end.
type toolCalls struct {
	begun   []*partialCall
	byIndex map[int]*partialCall    // by the index in the stream
	byID    map[string]*partialCall // by the first id
	last    *partialCall            // that began; nil before the first, and after one that was dropped
	tooMany bool                    // there were more than maxToolCalls
	dropped string                  // why a call was left out; "" if none was
}

// partialCall is a call that is still being written.
type partialCall struct {
	index     int
	id, name  string
	arguments []byte
	whole     wholeness // of the arguments
}

// read adds the pieces of a JSON list, or one piece, until the context ends. One event
// may bring hundreds of thousands, so they are decoded one at a time. What is no piece
// is skipped.
func (t *toolCalls) read(ctx context.Context, list json.RawMessage) {
	if list = bytes.TrimSpace(list); len(list) == 0 || list[0] != '[' && list[0] != '{' {
		return
	}
	pieces := json.NewDecoder(bytes.NewReader(list))
	if list[0] == '[' {
		_, _ = pieces.Token()
	}
	for ctx.Err() == nil && pieces.More() {
		var piece wireToolCall
		if err := pieces.Decode(&piece); err != nil {
			if _, odd := errors.AsType[*json.UnmarshalTypeError](err); !odd {
				return
			}
		}
		if piece != (wireToolCall{}) {
			t.add(piece)
		}
	}
}

// readFunction adds a piece of the one call that answers had before there were lists.
func (t *toolCalls) readFunction(call json.RawMessage) {
	piece := wireToolCall{Index: wireIndex{set: true}}
	if _ = json.Unmarshal(call, &piece.Function); piece.Function != (function{}) {
		t.add(piece)
	}
}

// addWritten adds a call that the model wrote as text, if its arguments are one whole
// object.
func (t *toolCalls) addWritten(call writtenCall) bool {
	if !isObject([]byte(call.arguments)) {
		return false
	}
	if begun := t.begin(wireIndex{}); begun != nil {
		begun.name, begun.arguments = call.name, []byte(call.arguments)
	}
	return true
}

// add puts a piece of a call where it belongs: by its id, which some engines send with
// two indexes, else by its index, else to the last call.
func (t *toolCalls) add(piece wireToolCall) {
	if piece.Function == (function{}) {
		piece.Function = piece.function
	}
	call := t.find(piece)
	if call == nil {
		if call = t.begin(piece.Index); call == nil {
			return
		}
	} else if piece.Index.set && t.byIndex != nil {
		t.byIndex[piece.Index.n] = call
	}
	if call.id == "" && piece.ID != "" {
		if call.id = string(piece.ID); t.byID == nil {
			t.byID = map[string]*partialCall{}
		}
		t.byID[call.id] = call
	}
	call.addName(string(piece.Function.Name))
	call.arguments = append(call.arguments, piece.Function.Arguments...)
}

// find returns the call that a piece continues, nil if it begins another.
func (t *toolCalls) find(piece wireToolCall) *partialCall {
	if call := t.byID[string(piece.ID)]; call != nil {
		if sameIndex := t.byIndex[piece.Index.n]; piece.Index.set && sameIndex != nil && sameIndex.id == call.id {
			call = sameIndex
		}
		if call.hasAnother(piece) {
			return nil // some engines give all calls the same id
		}
		return call
	}
	call := t.last
	if piece.Index.set {
		call = t.byIndex[piece.Index.n]
	}
	if call == nil || call.isOver(piece) {
		return nil
	}
	return call
}

// begin starts a call. It returns nil when there are too many; the call's further
// pieces are dropped too.
func (t *toolCalls) begin(index wireIndex) *partialCall {
	if len(t.begun) == maxToolCalls {
		t.tooMany, t.last = true, nil
		if index.set {
			delete(t.byIndex, index.n)
		}
		return nil
	}
	call := &partialCall{index: len(t.begun)}
	if index.set {
		call.index = index.n
		if t.byIndex == nil {
			t.byIndex = map[int]*partialCall{}
		}
		t.byIndex[index.n] = call
	}
	t.begun, t.last = append(t.begun, call), call
	return call
}

// isRepeated reports whether a call is the one before it once more, in pieces.
func (t *toolCalls) isRepeated(i int) bool {
	if i == 0 || t.begun[i].id == "" {
		return false
	}
	a, b := t.begun[i-1], t.begun[i]
	return a.id == b.id && a.name == b.name && bytes.Equal(a.arguments, b.arguments)
}

// hasAnother reports whether piece, which has this call's id, begins another call: one of
// another function, or at another index with other arguments. With the same arguments it
// is this call once more.
func (c *partialCall) hasAnother(piece wireToolCall) bool {
	name := string(piece.Function.Name)
	if name == "" || !c.whole.of(c.arguments) {
		return false
	}
	return name != c.name || piece.Index.set && piece.Index.n != c.index && string(piece.Function.Arguments) != string(c.arguments)
}

// isOver reports whether piece, whose id is not this call's, belongs to another call.
// Only a piece with a name can begin one. A new id does not while the arguments of the
// same function at the same index are not whole: some engines make one up for each piece.
func (c *partialCall) isOver(piece wireToolCall) bool {
	name, more := string(piece.Function.Name), piece.Function.Arguments != ""
	switch {
	case name == "":
		return false
	case piece.ID == "" || c.id == "":
		return (name != c.name || more) && c.whole.of(c.arguments)
	case !piece.Index.set, name != c.name, len(c.arguments) == 0 && !more:
		return true
	default:
		return more && c.whole.of(c.arguments)
	}
}

// maxName bounds a name that comes in pieces.
const maxName = 256

// addName adds a piece of the name. Some engines repeat the name, or all of it so far,
// with each piece.
func (c *partialCall) addName(name string) {
	switch {
	case strings.HasPrefix(name, c.name):
		c.name = name
	case len(c.arguments) == 0 && len(c.name) < maxName:
		c.name += name
	}
}

// list returns the calls by their indexes, which may have come in another order, and
// leaves out those that cannot be run: half an argument must not be.
// A result must name its call, so a call without an id gets one of its own.
func (t *toolCalls) list() []ToolCall {
	slices.SortStableFunc(t.begun, func(a, b *partialCall) int { return cmp.Compare(a.index, b.index) })
	taken := map[string]bool{}
	for _, call := range t.begun {
		taken[call.id] = true
	}
	var calls []ToolCall
	if t.tooMany {
		t.dropped = fmt.Sprintf("the model made more than %d tool calls; only the first %d are here", maxToolCalls, maxToolCalls)
	}
	used := map[string]bool{}
	for i, call := range t.begun {
		arguments, ok := wholeArguments(call.arguments)
		switch {
		case call.name == "":
			t.dropped = "a call was left out, since it names no function"
			continue
		case !ok:
			t.dropped = fmt.Sprintf("a call of %q was left out, since its arguments are not whole JSON", excerpt(call.name))
			continue
		}
		if t.isRepeated(i) {
			continue
		}
		id := call.id
		for n := i + 1; id == "" || used[id]; n++ {
			if made := fmt.Sprintf("call_%d", n); !taken[made] {
				id, taken[made] = made, true
			}
		}
		used[id] = true
		calls = append(calls, ToolCall{ID: id, Type: "function", Function: FunctionCall{Name: call.name, Arguments: arguments}})
	}
	return calls
}
