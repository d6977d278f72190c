package provider

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// embedAnswer is the answer to one batch.
type embedAnswer struct {
	vectors [][]float32
	usage   *Usage // nil when the service did not tell
	model   string
	notice  string // the header X-Warning
}

func decodeEmbeddings(data []byte, want int) (*embedAnswer, error) {
	var body struct {
		Model string `json:"model"`
		Data  []struct {
			Index     *int   `json:"index"`
			Embedding vector `json:"embedding"`
		} `json:"data"`
		Usage *wireUsage      `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, inShape(err)
	}
	if body.Data == nil && len(body.Error) > 0 {
		return nil, errors.New(errorWords(data))
	}
	if len(body.Data) != want {
		return nil, fmt.Errorf("%d vectors for %d inputs", len(body.Data), want)
	}
	answer := &embedAnswer{vectors: make([][]float32, want), usage: body.Usage.usage(), model: body.Model}
	for i, item := range body.Data {
		place := i
		if item.Index != nil {
			place = *item.Index
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

// inShape rewords what encoding/json says of an answer.
func inShape(err error) error {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		return &worded{"they are not JSON", err}
	case errors.As(err, &kind):
		return &worded{fmt.Sprintf("a %s where there should be something else", kind.Value), err}
	}
	return err
}

// vector is an embedding as a list of numbers or as base64 of little-endian
// float32.
type vector []float32

func (v *vector) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte(`"`)) {
		if len(data) > len("null") && bytes.Contains(data, []byte("null")) {
			return errors.New("null stands among the numbers")
		}
		return json.Unmarshal(data, (*[]float32)(v))
	}
	var raw []byte
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("base64 embedding: %w", err)
	}
	if len(raw)%4 != 0 {
		return fmt.Errorf("base64 embedding: %d bytes are no float32 values", len(raw))
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
