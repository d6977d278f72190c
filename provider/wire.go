package provider

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// embedAnswer is the answer to one batch.
type embedAnswer struct {
	vectors [][]float32
	usage   *Usage // nil when the service sent none
	cost    *float64
	model   string
	notice  string // the header X-Warning, that the model is being retired
}

// embedItem is one vector of an answer.
type embedItem struct {
	Index     wireIndex `json:"index"`
	Embedding vector    `json:"embedding"`
}

// UnmarshalJSON implements [json.Unmarshaler]. It does what encoding/json does, in a
// third of the time: an answer has thousands of numbers.
func (e *embedItem) UnmarshalJSON(data []byte) (err error) {
	type plain embedItem
	if data[0] != '{' || bytes.IndexByte(data, '\\') >= 0 {
		return json.Unmarshal(data, (*plain)(e))
	}
	for name, value := range schema.MembersOf(data) {
		switch {
		case err != nil:
		case bytes.EqualFold(name, []byte(`"index"`)):
			err = e.Index.UnmarshalJSON(value)
		case bytes.EqualFold(name, []byte(`"embedding"`)):
			err = e.Embedding.UnmarshalJSON(value)
		}
	}
	return err
}

// embedBody is the answer as it is written.
type embedBody struct {
	Model wireWord   `json:"model"`
	Data  sharedPart `json:"data"`
	Usage *wireUsage `json:"usage"`
}

// read does what encoding/json does, and looks at the list of vectors, which is megabytes
// long, once less.
func (b *embedBody) read(data []byte) error {
	if !json.Valid(data) || data[0] != '{' {
		return json.Unmarshal(data, b) // which says what is wrong
	}
	for name, value := range schema.MembersOf(data) {
		switch {
		case bytes.IndexByte(name, '\\') >= 0:
			return json.Unmarshal(data, b)
		case bytes.EqualFold(name, []byte(`"model"`)):
			_ = b.Model.UnmarshalJSON(value) // never fails
		case bytes.EqualFold(name, []byte(`"data"`)):
			b.Data = sharedPart(value)
		case bytes.EqualFold(name, []byte(`"usage"`)):
			if err := json.Unmarshal(value, &b.Usage); err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeEmbeddings(data []byte, want int) (*embedAnswer, error) {
	var body embedBody
	if err := body.read(data); err != nil {
		return nil, rephraseShape(err)
	}
	hasData := len(body.Data) > 0 && string(body.Data) != "null"
	if !hasData && isError(data) {
		return nil, errors.New(errorMessage(errorPart(data)))
	}
	items, err := readItems(json.RawMessage(body.Data), want)
	if err != nil {
		return nil, rephraseShape(err)
	}
	answer := &embedAnswer{vectors: make([][]float32, want), usage: body.Usage.usage(), model: string(body.Model)}
	for i, item := range items {
		place := i
		if item.Index.set {
			place = item.Index.n
		}
		if place < 0 || place >= want || answer.vectors[place] != nil {
			return nil, fmt.Errorf("index %d of vector %d is out of place", place, i)
		}
		if len(item.Embedding) == 0 {
			return nil, fmt.Errorf("vector %d is empty", place)
		}
		answer.vectors[place] = item.Embedding
	}
	return answer, nil
}

// sharedPart is JSON that is a part of what is decoded, which nobody changes; a
// [json.RawMessage] copies it.
type sharedPart []byte

// UnmarshalJSON implements [json.Unmarshaler].
func (p *sharedPart) UnmarshalJSON(data []byte) error {
	*p = data
	return nil
}

// readItems reads a list of as many items as are wanted, which is valid JSON. It may have
// millions of empty ones, so what is more is only counted, and that not to the end.
func readItems(list json.RawMessage, want int) ([]embedItem, error) {
	var items []embedItem
	if !bytes.HasPrefix(list, []byte("[")) {
		if len(list) > 0 {
			if err := json.Unmarshal(list, &items); err != nil {
				return nil, err
			}
		}
		return nil, fmt.Errorf("0 vectors for %d inputs", want)
	}
	const maxCounted = 10_000
	count := 0
	for raw := range schema.ItemsOf(list) {
		if count++; count >= want+maxCounted {
			break
		}
		if count > want {
			continue
		}
		var item embedItem
		if string(raw) != "null" {
			if err := item.UnmarshalJSON(raw); err != nil {
				return nil, err
			}
		}
		items = append(items, item)
	}
	if count != want {
		return nil, fmt.Errorf("%d vectors for %d inputs", count, want)
	}
	return items, nil
}

// rephraseShape replaces encoding/json's words for an answer that it cannot read by plain ones.
func rephraseShape(err error) error {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		return &rephrased{"they are not JSON", err}
	case errors.As(err, &kind):
		return &rephrased{fmt.Sprintf("a %s where there should be something else", kind.Value), err}
	}
	return err
}

// vector is an embedding as a list of numbers or as base64 of little-endian
// float32.
type vector []float32

func (v *vector) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte(`"`)) {
		if len(data) > len("null") && bytes.Contains(data, []byte("null")) {
			return errors.New("null among the numbers")
		}
		if numbers, ok := readNumbers(data); ok {
			*v = numbers
			return nil
		}
		return json.Unmarshal(data, (*[]float32)(v)) // which says what is wrong
	}
	raw, err := base64Text(data)
	if err != nil {
		return fmt.Errorf("base64 embedding: %w", err)
	}
	if len(raw)%4 != 0 {
		return fmt.Errorf("base64 embedding: %d bytes are not float32 values", len(raw))
	}
	*v = make(vector, len(raw)/4)
	for i := range *v {
		x := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		if x-x != 0 {
			return fmt.Errorf("base64 embedding: value %d is not a finite number", i)
		}
		(*v)[i] = x
	}
	return nil
}

// base64Text decodes a text of JSON.
func base64Text(quoted []byte) (raw []byte, err error) {
	if bytes.IndexByte(quoted, '\\') >= 0 {
		err = json.Unmarshal(quoted, &raw)
		return raw, err
	}
	return base64.StdEncoding.AppendDecode(nil, quoted[1:len(quoted)-1])
}

// readNumbers reads a list of numbers, and reports whether it is one.
func readNumbers(list []byte) (numbers []float32, ok bool) {
	if list[0] != '[' {
		return nil, false
	}
	numbers = make([]float32, 0, bytes.Count(list, []byte(","))+1)
	for number := range schema.ItemsOf(list) {
		x, err := strconv.ParseFloat(string(number), 32)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, float32(x))
	}
	return numbers, true
}

// maxTokens bounds each count of tokens: no request and no answer comes near it.
const maxTokens = 1_000_000_000

// wireUsage is the field "usage" of an answer. Decoding it never fails, and all that
// is decoded can be trusted: a usage that cannot be read or cannot be right is the
// zero value, which costs the usage and never the answer.
type wireUsage Usage

// UnmarshalJSON implements [json.Unmarshaler].
func (u *wireUsage) UnmarshalJSON(data []byte) error {
	*u = wireUsage{}
	var wire struct {
		Prompt     tokenCount      `json:"prompt_tokens"`
		Completion tokenCount      `json:"completion_tokens"`
		Total      tokenCount      `json:"total_tokens"`
		Details    json.RawMessage `json:"completion_tokens_details"`
		Cached     json.RawMessage `json:"prompt_tokens_details"`
	}
	if json.Unmarshal(data, &wire) != nil || wire.Prompt < 0 || wire.Completion < 0 {
		return nil
	}
	parts := wire.Prompt + wire.Completion
	if parts == 0 {
		return nil // a prompt is never empty, so these are not counts
	}
	var details struct {
		Reasoning tokenCount `json:"reasoning_tokens"`
	}
	if json.Unmarshal(wire.Details, &details) != nil || details.Reasoning < 0 || details.Reasoning > wire.Completion {
		details.Reasoning = 0
	}
	var cached struct {
		Tokens tokenCount `json:"cached_tokens"`
	}
	if json.Unmarshal(wire.Cached, &cached) != nil || cached.Tokens < 0 || cached.Tokens > wire.Prompt {
		cached.Tokens = 0
	}
	*u = wireUsage{
		PromptTokens: int(wire.Prompt), CompletionTokens: int(wire.Completion),
		TotalTokens: int(max(wire.Total, parts)), ReasoningTokens: int(details.Reasoning),
		CachedTokens: int(cached.Tokens),
	}
	return nil
}

// usage returns the counts, nil if the answer has no usable ones.
func (u *wireUsage) usage() *Usage {
	if u == nil || *u == (wireUsage{}) {
		return nil
	}
	return (*Usage)(u)
}

// tokenCount is a number of tokens, 0 when it is left out and -1 when it cannot be
// one: negative, above maxTokens, not whole, or not a number.
type tokenCount int

// UnmarshalJSON implements [json.Unmarshaler].
func (c *tokenCount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	n, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64) // some engines write 12.0, or "12"
	if err != nil || n < 0 || n > maxTokens || n != math.Trunc(n) {
		n = -1
	}
	*c = tokenCount(n)
	return nil
}
