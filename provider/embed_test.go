package provider_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func texts(n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, strconv.Itoa(i))
	}
	return texts
}

// embedBody is an embedding request as it arrives.
type embedBody struct {
	Input          []string
	EncodingFormat string `json:"encoding_format"`
}

// embedding is an upstream for embeddings: answer makes the body of each.
func embedding(answer func(embedBody) (status int, body string)) http.Handler {
	return answering(embedPath, func(w http.ResponseWriter, r *http.Request) {
		var body embedBody
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			panic(err)
		}
		status, text := answer(body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	})
}

// vectors returns an answer whose vector for the text "7" is [7, -7].
func vectors(b embedBody) []string {
	var entries []string
	for i, text := range b.Input {
		entries = append(entries, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%s,-%s]}`, i, text, text))
	}
	return entries
}

func list(entries ...string) string {
	return fmt.Sprintf(`{"object":"list","model":"bge-m3","data":[%s],"usage":{"prompt_tokens":4,"total_tokens":4}}`,
		strings.Join(entries, ","))
}

func inBase64(numbers ...float32) string {
	raw, _ := binary.Append(nil, binary.LittleEndian, numbers)
	return base64.StdEncoding.EncodeToString(raw)
}

func wantOrdered(t *testing.T, result *provider.EmbedResult, n int) {
	t.Helper()
	var want [][]float32
	for i := range n {
		want = append(want, []float32{float32(i), -float32(i)})
	}
	if diff := cmp.Diff(want, result.Vectors); diff != "" {
		t.Errorf("vectors (-want +got):\n%s", diff)
	}
}

func TestEmbedBatches(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e)
	result, err := p.Embed(t.Context(), provider.EmbedRequest{Input: texts(60)})
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	var sent []string
	for _, call := range e.Calls(embedPath) {
		var body embedBody
		if err := json.Unmarshal(call.Body, &body); err != nil {
			t.Fatal(err)
		}
		sizes, sent = append(sizes, len(body.Input)), append(sent, body.Input...)
	}
	slices.Sort(sizes)
	if diff := cmp.Diff([]int{10, 25, 25}, sizes); diff != "" {
		t.Errorf("sizes of batches (-want +got):\n%s", diff)
	}
	slices.SortFunc(sent, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y })
	if diff := cmp.Diff(texts(60), sent); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	for _, i := range []int{0, 24, 25, 59} {
		alone, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{strconv.Itoa(i)}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone.Vectors[0], result.Vectors[i]) {
			t.Errorf("the vector of input %d is another's", i)
		}
	}
	if result.Model != "bge-m3" || result.RequestedModel != "bge-m3" || len(result.Attempts) != 3 || len(result.Warnings) > 0 {
		t.Errorf("got %+v", result.Meta)
	}
	if result.Usage == nil || result.Usage.PromptTokens != 60 || result.Usage.TotalTokens != 60 {
		t.Errorf("got usage %+v, want one token for each input", result.Usage)
	}
	if result.Cost == nil || math.Abs(*result.Cost-60*0.01/1e6) > 1e-15 {
		t.Errorf("got cost %v", result.Cost)
	}
}

// TestEmbedAnswersThatAreTaken covers the shapes in which vectors come.
func TestEmbedAnswersThatAreTaken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer func(embedBody) (int, string)
	}{
		{"numbers although base64 was asked for", func(b embedBody) (int, string) { return 200, list(vectors(b)...) }},
		{"base64", func(b embedBody) (int, string) {
			var entries []string
			for i, text := range b.Input {
				n, _ := strconv.ParseFloat(text, 32)
				entries = append(entries, fmt.Sprintf(`{"index":%d,"embedding":%q}`, i, inBase64(float32(n), -float32(n))))
			}
			return 200, list(entries...)
		}},
		{"base64 with escaped slashes", func(b embedBody) (int, string) {
			var entries []string
			for i, text := range b.Input {
				n, _ := strconv.ParseFloat(text, 32)
				data := strings.ReplaceAll(inBase64(float32(n), -float32(n)), "A", `\u0041`)
				entries = append(entries, fmt.Sprintf(`{"index":%d,"embedding":"%s"}`, i, data))
			}
			return 200, list(entries...)
		}},
		{"another order, as the indexes say", func(b embedBody) (int, string) {
			entries := vectors(b)
			slices.Reverse(entries)
			return 200, list(entries...)
		}},
		{"no index at all", func(b embedBody) (int, string) {
			var entries []string
			for _, text := range b.Input {
				entries = append(entries, fmt.Sprintf(`{"embedding":[%s,-%s]}`, text, text))
			}
			return 200, list(entries...)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := connect(t, embedding(tt.answer)).Embed(t.Context(), provider.EmbedRequest{Input: texts(60)})
			if err != nil {
				t.Fatal(err)
			}
			wantOrdered(t, result, 60)
		})
	}
}

// TestEmbedAnswersThatAreRefused covers answers that must not become vectors.
func TestEmbedAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	entry := func(index int, embedding string) string {
		return fmt.Sprintf(`{"index":%d,"embedding":%s}`, index, embedding)
	}
	encoded := func(numbers ...float32) string { return strconv.Quote(inBase64(numbers...)) }
	good := entry(0, "[1,2]")
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct{ name, body, words string }{
		{"too few vectors", list(good), "1 vectors for 2 inputs"},
		{"too many vectors", list(good, entry(1, "[3,4]"), entry(2, "[5,6]")), "3 vectors for 2 inputs"},
		{"no vectors", `{"object":"list"}`, "0 vectors"},
		{"different lengths", list(good, entry(1, "[3]")), "different lengths"},
		{"an empty vector", list(good, entry(1, "[]")), "empty"},
		{"a null vector", list(good, entry(1, "null")), "empty"},
		{"empty base64", list(good, entry(1, `""`)), "empty"},
		{"one index twice", list(good, entry(0, "[3,4]")), "index"},
		{"an index out of range", list(good, entry(2, "[3,4]")), "index"},
		{"a negative index", list(good, entry(-1, "[3,4]")), "index"},
		{"NaN in base64", list(good, entry(1, encoded(3, nan))), ""},
		{"infinity in base64", list(good, entry(1, encoded(inf, 3))), ""},
		{"null among the numbers", list(good, entry(1, "[3,null]")), ""},
		{"a number beyond float32", list(good, entry(1, "[3,1e39]")), ""},
		{"words among the numbers", list(good, entry(1, `[3,"x"]`)), ""},
		{"base64 of broken length", list(good, entry(1, strconv.Quote(base64.StdEncoding.EncodeToString([]byte("12345"))))), "base64"},
		{"text that is not base64", list(good, entry(1, `"no vector"`)), "base64"},
		{"a page", "<html>", ""},
		{"half an answer", `{"data":[{"index":0,"embedd`, ""},
		{"an empty body", "", ""},
		{"an error with status 200", `{"error":{"message":"no such engine"}}`, "no such engine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := connect(t, embedding(func(embedBody) (int, string) { return 200, tt.body }))
			result, err := p.Embed(t.Context(), provider.EmbedRequest{Input: texts(2)})
			if err == nil {
				t.Fatalf("got vectors %v", result.Vectors)
			}
			got := wantCode(t, err, provider.CodeUpstreamUnavailable)
			if !strings.Contains(got.Message, tt.words) {
				t.Errorf("%q does not say %q", got.Message, tt.words)
			}
			if len(got.Attempts) != 1 {
				t.Errorf("got attempts %+v, want the one that was made", got.Attempts)
			}
		})
	}
}

func TestEmbedWithoutUsage(t *testing.T) {
	t.Parallel()
	p := connect(t, embedding(func(b embedBody) (int, string) {
		return 200, fmt.Sprintf(`{"model":"bge-m3-v2","data":[%s]}`, strings.Join(vectors(b), ","))
	}))
	result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: texts(3)})
	if err != nil {
		t.Fatal(err)
	}
	wantOrdered(t, result, 3)
	if result.Usage != nil || result.Cost != nil {
		t.Errorf("got usage %v, cost %v that the service did not send", result.Usage, result.Cost)
	}
	if diff := cmp.Diff([]provider.WarningCode{provider.WarnUsageMissing}, codes(result.Warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if result.Model != "bge-m3-v2" || result.RequestedModel != "bge-m3" {
		t.Errorf("got model %q for %q", result.Model, result.RequestedModel)
	}
}

func TestDeprecatedEmbeddingModelIsReported(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: embedPath, Header: map[string]string{"X-Warning": "This model is deprecated"}, Times: -1})
	result, err := connect(t, e).Embed(t.Context(), provider.EmbedRequest{Input: texts(60)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]provider.WarningCode{provider.WarnModelDeprecated}, codes(result.Warnings)); diff != "" {
		t.Errorf("warnings, one for all batches (-want +got):\n%s", diff)
	}
}
