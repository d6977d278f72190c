package emulator_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

type embedded struct {
	Object string `json:"object"`
	Model  string `json:"model"`
	Data   []struct {
		Object    string          `json:"object"`
		Index     int             `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	} `json:"data"`
	Usage *used `json:"usage"`
}

func embed(t testing.TB, body object) embedded {
	t.Helper()
	w := post(t, sandbox(), embedPath, body)
	var got embedded
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || got.Object != "list" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return got
}

func vectors(t testing.TB, body object) [][]float32 {
	t.Helper()
	var all [][]float32
	for i, entry := range embed(t, body).Data {
		var v []float32
		if err := json.Unmarshal(entry.Embedding, &v); err != nil || entry.Index != i || entry.Object != "embedding" {
			t.Fatalf("entry %d is %+v: %v", i, entry, err)
		}
		all = append(all, v)
	}
	return all
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestDimensions(t *testing.T) {
	for _, c := range []struct {
		model string
		ask   int
		want  int
	}{
		{"bge-m3", 0, 1024}, {"bge-multilingual-gemma2", 0, 3584}, {"Qwen3-Embedding-8B", 0, 4096},
		{"Qwen3-Embedding-8B", 32, 32}, {"Qwen3-Embedding-8B", 4096, 4096},
	} {
		body := object{"model": c.model, "input": "Ada wrote the first program."}
		if c.ask > 0 {
			body["dimensions"] = c.ask
		}
		got := vectors(t, body)
		if len(got) != 1 || len(got[0]) != c.want || math.Abs(dot(got[0], got[0])-1) > 1e-5 {
			t.Errorf("%s: %d vectors, want one of length 1 with %d dimensions", c.model, len(got), c.want)
		}
	}
}

func TestSimilarTextsAreNear(t *testing.T) {
	for _, c := range []struct{ text, near, far string }{
		{"a cat on a mat", "The cat sat on the mat.", "quarterly revenue"},
		{"invoices of March", "the March invoice", "the weather in Paris"},
		{"Datenschutz", "Datenschutzerklärung", "Rechnung"},
		{"le chat dort", "Le chat a dormi", "un train rapide"},
	} {
		for _, model := range []string{"bge-m3", "Qwen3-Embedding-8B"} {
			v := vectors(t, object{"model": model, "input": []string{c.text, c.near, c.far}})
			if near, far := dot(v[0], v[1]), dot(v[0], v[2]); near < far+0.1 {
				t.Errorf("%s: %q is %.2f near %q and %.2f near %q", model, c.text, near, c.near, far, c.far)
			}
		}
	}
}

func TestEmbeddingIsDeterministic(t *testing.T) {
	body := object{"model": "bge-m3", "input": []string{"same", "same", "!?"}}
	a, b := vectors(t, body), vectors(t, body)
	if !slices.Equal(a[0], a[1]) || !slices.Equal(a[0], b[0]) || slices.Equal(a[0], a[2]) || len(a[2]) != 1024 {
		t.Error("equal texts must have equal vectors, and others not")
	}
}

func TestBase64Embedding(t *testing.T) {
	body := object{"model": "bge-m3", "input": "Bonjour"}
	want := vectors(t, body)[0]
	body["encoding_format"] = "base64"
	var encoded string
	if err := json.Unmarshal(embed(t, body).Data[0].Embedding, &encoded); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(raw)/4)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, got); err != nil || !slices.Equal(got, want) {
		t.Errorf("base64 and float differ: %v", err)
	}
}

func TestEmbeddingUsage(t *testing.T) {
	got := embed(t, object{"model": "bge-m3", "input": []string{"12345678", "123"}, "user": "u", "encoding_format": "float"})
	if got.Model != "bge-m3" || got.Usage == nil || got.Usage.PromptTokens != 3 || got.Usage.TotalTokens != 3 {
		t.Errorf("model %s, usage %+v", got.Model, got.Usage)
	}
}

func TestEmbeddingRefusals(t *testing.T) {
	batch := make([]string, 26)
	for i := range batch {
		batch[i] = "x"
	}
	complete := func(fields object) object {
		body := object{"model": "bge-m3", "input": "x"}
		for name, value := range fields {
			body[name] = value
		}
		return body
	}
	for _, c := range []struct {
		name   string
		body   object
		status int
		want   string
	}{
		{"unknown field", complete(object{"truncate": true}), 400, "feature 'extra arguments' is not currently supported"},
		{"no input", object{"model": "bge-m3"}, 422, "missing field `input`"},
		{"no model", object{"input": "x"}, 422, "missing field `model`"},
		{"tokens", complete(object{"input": []int{1, 2}}), 422, "Failed to deserialize"},
		{"empty list", complete(object{"input": []string{}}), 422, "not empty"},
		{"empty text", complete(object{"input": []string{"a", ""}}), 422, "not empty"},
		{"large batch", complete(object{"input": batch}), 400, "batch size 26"},
		{"long text", complete(object{"input": strings.Repeat("word ", 8192)}), 400, "8192 tokens"},
		{"encoding", complete(object{"encoding_format": "hex"}), 422, "unknown variant `hex`"},
		{"fixed size", complete(object{"dimensions": 512}), 400, "does not support dimensions"},
		{"too few", complete(object{"model": "Qwen3-Embedding-8B", "dimensions": 31}), 400, "between 32 and 4096"},
		{"too many", complete(object{"model": "Qwen3-Embedding-8B", "dimensions": 4097}), 400, "between 32 and 4096"},
		{"chat model", complete(object{"model": "gpt-oss-120b"}), 400, "does not support embeddings"},
		{"unknown model", complete(object{"model": "BGE-M3"}), 404, "model_not_found: The model `BGE-M3` does not exist"},
		{"query", complete(object{"model": "bge@cheapest"}), 404, "model_not_found"},
		{"large body", complete(object{"input": strings.Repeat("x", 2<<20)}), 413, "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(t, sandbox(), embedPath, c.body)
			if got := refusal(t, w); w.Code != c.status || !strings.Contains(got, c.want) {
				t.Errorf("%d %q, want %d with %q", w.Code, got, c.status, c.want)
			}
		})
	}
}
