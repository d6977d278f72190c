package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
)

const (
	embedModel = "bge-m3"
	dimensions = 1024
	batch      = 25 // texts a request
	parallel   = 4  // requests at once
	// marker is in each text once, by which the upstream counts them.
	marker = "Passage no. "
)

// embeddings answers requests for embeddings of up to a batch of texts.
type embeddings struct {
	onlyFloats     atomic.Bool // base64 is not known, as by some engines
	floats, base64 [batch + 1][]byte
}

func newEmbeddings() *embeddings {
	e := &embeddings{}
	random := rand.New(rand.NewPCG(1, 2))
	var numbers, texts []string
	for i := range batch {
		vector := make([]float32, dimensions)
		raw := make([]byte, 0, 4*dimensions)
		for j := range vector {
			vector[j] = float32(random.NormFloat64()) / 32
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(vector[j]))
		}
		list, _ := json.Marshal(vector)
		const entry = `{"object":"embedding","index":%d,"embedding":%s}`
		numbers = append(numbers, fmt.Sprintf(entry, i, list))
		texts = append(texts, fmt.Sprintf(entry, i, `"`+base64.StdEncoding.EncodeToString(raw)+`"`))
		const answer = `{"object":"list","data":[%s],"model":"` + embedModel + `","usage":{"prompt_tokens":%d,"total_tokens":%[2]d}}`
		e.floats[i+1] = fmt.Appendf(nil, answer, strings.Join(numbers, ","), 7*(i+1))
		e.base64[i+1] = fmt.Appendf(nil, answer, strings.Join(texts, ","), 7*(i+1))
	}
	return e
}

// encodingName names the form of the numbers in an answer.
func encodingName(floats bool) string {
	if floats {
		return "floats"
	}
	return "base64"
}

func (e *embeddings) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer := e.find(body)
	if answer == nil {
		http.Error(w, `{"message":"too many texts, or none"}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// find returns the answer to a request, nil if it has no texts or too many.
func (e *embeddings) find(request []byte) []byte {
	n := bytes.Count(request, []byte(marker))
	if n < 1 || n > batch {
		return nil
	}
	if !e.onlyFloats.Load() && bytes.Contains(request, []byte(`"encoding_format":"base64"`)) {
		return e.base64[n]
	}
	return e.floats[n]
}
