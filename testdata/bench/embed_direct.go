package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

// embed is the direct batched call: the texts in the batches that the server sends, as
// many at once, and each answer decoded into numbers.
func (u *upstream) embed(ctx context.Context, texts []string, floats bool) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	first := 0
	for texts := range slices.Chunk(texts, batch) {
		into := vectors[first : first+len(texts)]
		first += len(texts)
		group.Go(func() error { return u.embedBatch(ctx, texts, floats, into) })
	}
	return vectors, group.Wait()
}

func (u *upstream) embedBatch(ctx context.Context, texts []string, floats bool, into [][]float32) error {
	request := map[string]any{"model": embedModel, "input": texts}
	if !floats {
		request["encoding_format"] = "base64"
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	answer, err := u.post(ctx, service{u.baseURL, "bench"}, "/embeddings", string(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if floats {
		return decodeFloats(data, into)
	}
	return decodeBase64(data, into)
}

func decodeFloats(data []byte, into [][]float32) error {
	var decoded struct {
		Data []struct{ Embedding []float32 }
	}
	if err := json.Unmarshal(data, &decoded); err != nil || len(decoded.Data) != len(into) {
		return fmt.Errorf("%d vectors of %d: %w", len(decoded.Data), len(into), err)
	}
	for i, entry := range decoded.Data {
		into[i] = entry.Embedding
	}
	return nil
}

func decodeBase64(data []byte, into [][]float32) error {
	var decoded struct{ Data []struct{ Embedding string } }
	if err := json.Unmarshal(data, &decoded); err != nil || len(decoded.Data) != len(into) {
		return fmt.Errorf("%d vectors of %d: %w", len(decoded.Data), len(into), err)
	}
	for i, entry := range decoded.Data {
		raw, err := base64.StdEncoding.DecodeString(entry.Embedding)
		if err != nil {
			return err
		}
		into[i] = make([]float32, len(raw)/4)
		for j := range into[i] {
			into[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
		}
	}
	return nil
}
