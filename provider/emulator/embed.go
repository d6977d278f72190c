package emulator

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// defaultMaxBatch is the limit of a model whose catalogue entry has none.
const defaultMaxBatch = 25

// embedRequest is the body of /v1/embeddings.
type embedRequest struct {
	Model          string     `json:"model"`
	Input          stringList `json:"input"`
	EncodingFormat *string    `json:"encoding_format"` // float (the default) or base64
	Dimensions     *int       `json:"dimensions"`
	User           string     `json:"user"`
}

type embedResponse struct {
	Object string           `json:"object"`
	Data   []embeddingEntry `json:"data"`
	Model  string           `json:"model"`
	Usage  *embedUsage      `json:"usage,omitempty"`
}

type embeddingEntry struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // numbers, or base64 of little-endian float32
}

type embedUsage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// embed answers /v1/embeddings.
func (e *Emulator) embed(info *requestInfo) error {
	caller, err := e.authenticate(info.r)
	if err != nil {
		return err
	}
	var r embedRequest
	known := []string{"model", "input", "encoding_format", "dimensions", "user"}
	if err := decodeBody(info.body, &r, known, "model", "input"); err != nil {
		return err
	}
	if e.options.RequestedFaults {
		for i, text := range r.Input {
			r.Input[i], _, _ = cutMarkers(text)
		}
	}
	m, err := e.models.find(r.Model)
	if err != nil {
		return err
	}
	if err := checkSize(info.body, m); err != nil {
		return err
	}
	if err := e.limitRate(info, caller, m); err != nil {
		return err
	}
	if err := r.check(m); err != nil {
		return err
	}
	answer := r.answer(m)
	if info.fault.NoUsage {
		answer.Usage = nil
	}
	return info.json(http.StatusOK, answer)
}

func (r *embedRequest) check(m catalog.Model) error {
	if m.Embedding == nil {
		return badRequest("The model `%s` does not support embeddings", m.ID)
	}
	if len(r.Input) == 0 || slices.Contains(r.Input, "") {
		return unprocessable("input: expected one or several texts that are not empty")
	}
	if limit := maxBatch(m); len(r.Input) > limit {
		return badRequest("batch size %d > maximum allowed batch size %d", len(r.Input), limit)
	}
	for i, text := range r.Input {
		if n := tokensOf(len([]rune(text))); m.ContextTokens > 0 && n > m.ContextTokens {
			return badRequest("input %d has %d tokens; the model's maximum context length is %d tokens", i, n, m.ContextTokens)
		}
	}
	if f := r.EncodingFormat; f != nil && *f != "float" && *f != "base64" {
		return unknownVariant("encoding_format", *f, "float", "base64")
	}
	return r.checkDimensions(m)
}

func (r *embedRequest) checkDimensions(m catalog.Model) error {
	low, high := m.Embedding.MinDimensions, m.Embedding.MaxDimensions
	switch {
	case r.Dimensions == nil:
		return nil
	case high == 0:
		return badRequest("The model `%s` does not support dimensions", m.ID)
	case *r.Dimensions < max(low, 1), *r.Dimensions > high:
		return badRequest("dimensions must be between %d and %d", low, high)
	}
	return nil
}

func maxBatch(m catalog.Model) int {
	if m.Embedding.MaxBatch == 0 {
		return defaultMaxBatch
	}
	return m.Embedding.MaxBatch
}

func (r *embedRequest) answer(m catalog.Model) embedResponse {
	dimensions := m.Embedding.Dimensions
	if r.Dimensions != nil {
		dimensions = *r.Dimensions
	}
	answer := embedResponse{Object: "list", Model: m.ID}
	tokens := 0
	for i, text := range r.Input {
		entry := embeddingEntry{Object: "embedding", Index: i}
		numbers := vector(text, dimensions)
		entry.Embedding = numbers
		if r.EncodingFormat != nil && *r.EncodingFormat == "base64" {
			entry.Embedding = littleEndian(numbers)
		}
		answer.Data = append(answer.Data, entry)
		tokens += tokensOf(len([]rune(text)))
	}
	answer.Usage = &embedUsage{PromptTokens: tokens, TotalTokens: tokens}
	return answer
}

func littleEndian(numbers []float32) string {
	// Appending to a slice does not fail.
	raw, _ := binary.Append(nil, binary.LittleEndian, numbers)
	return base64.StdEncoding.EncodeToString(raw)
}
