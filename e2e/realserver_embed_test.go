package e2e

import (
	"cmp"
	"encoding/base64"
	packed "encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
)

// dataURL returns a JPEG as hosts pass it on.
func dataURL(jpeg []byte) string {
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
}

// embedded calls embed. A server whose chat model makes no embeddings is left out, unless
// it was said which model does.
func (r *realRun) embedded(arguments map[string]any) toolResult {
	r.Helper()
	got := r.call(r.embed, "embed", withModel(cmp.Or(r.embedModel, r.model), arguments), "")
	switch {
	case got.isError && r.embedModel == "":
		r.Skipf("%s makes no embeddings; name a model that does in AI_ENDPOINTS_TEST_EMBED_MODEL: %.300s", r.model, got.texts[0])
	case got.isError:
		r.Fatal(got.texts[0])
	}
	r.checkUsage(got)
	return got
}

// texts returns what is embedded: the texts whose vectors are known, or some.
func (r *realRun) texts() []string {
	texts := []string{"pets", "Stock prices fell.", "A cat sleeps on the sofa."}
	if r.vectors != nil {
		texts = nil
		for _, known := range r.vectors {
			texts = append(texts, known.Text)
		}
	}
	return texts
}

// checkEmbeddings compares vectors as numbers and as base64 with each other and with
// those that are known.
func (r *realRun) checkEmbeddings() {
	texts := r.texts()
	numbers := vectorsOf(r, r.embedded(map[string]any{"input": texts, "output": "vectors"}), len(texts))
	packed := vectorsOf(r, r.embedded(map[string]any{"input": texts, "output": "base64"}), len(texts))
	least := 1.0
	for i := range texts {
		if like := cosine(numbers[i], packed[i]); like < 0.9999 {
			r.Errorf("%q: as base64 it is another vector: %f", texts[i], like)
		}
		if r.vectors == nil {
			continue
		}
		like := cosine(numbers[i], r.vectors[i].Vector)
		if least = min(least, like); like < 0.999 {
			r.Errorf("%q: the cosine with the vector that it should have is %f", texts[i], like)
		}
	}
	if r.vectors != nil {
		r.note("%d dimensions; the cosine with sentence vectors is at least %.4f", len(numbers[0]), math.Floor(least*1e4)/1e4)
	}
	switch got := r.call(r.embed, "embed", withModel(cmp.Or(r.embedModel, r.model), map[string]any{"input": "hi", "dimensions": 64}), ""); {
	case got.isError:
		r.fails(got, "upstream_rejected", "dimensions")
	case got.structured["dimensions"] != 64.0 && !r.warned(got, "argument_ignored"):
		r.Errorf("%v dimensions, and no warning", got.structured["dimensions"])
	}
}

// vectorsOf returns the vectors of a result of either shape.
func vectorsOf(r *realRun, got toolResult, count int) [][]float64 {
	r.Helper()
	list, _ := got.structured["embeddings"].([]any)
	if len(list) != count || got.structured["count"] != float64(count) {
		r.Fatalf("%d vectors of %d texts", len(list), count)
	}
	vectors := make([][]float64, count)
	for i, one := range list {
		entry, _ := one.(map[string]any)
		plain, _ := entry["vector"].([]any)
		for _, number := range plain {
			vectors[i] = append(vectors[i], number.(float64))
		}
		words, _ := entry["base64"].(string)
		data, err := base64.StdEncoding.DecodeString(words)
		if err != nil {
			r.Fatal(err)
		}
		for four := range slices.Chunk(data, 4) {
			vectors[i] = append(vectors[i], float64(math.Float32frombits(packed.LittleEndian.Uint32(four))))
		}
		if float64(len(vectors[i])) != got.structured["dimensions"] || entry["index"] != float64(i) {
			r.Fatalf("vector %v has %d numbers, not %v", entry["index"], len(vectors[i]), got.structured["dimensions"])
		}
	}
	return vectors
}

func cosine(a, b []float64) float64 {
	if len(a) != len(b) {
		return 0
	}
	var product, lengthA, lengthB float64
	for i := range a {
		product, lengthA, lengthB = product+a[i]*b[i], lengthA+a[i]*a[i], lengthB+b[i]*b[i]
	}
	return product / math.Sqrt(lengthA*lengthB)
}

// checkRanking ranks the texts by the first, in the order of the vectors that are known.
func (r *realRun) checkRanking() {
	texts := r.texts()
	got := r.embedded(map[string]any{"input": texts[1:], "query": texts[0]})
	ranking, _ := got.structured["ranking"].([]any)
	if len(ranking) != len(texts)-1 {
		r.Fatalf("the ranking is %v", got.structured["ranking"])
	}
	previous := 1.0
	var order []int
	for _, one := range ranking {
		entry, _ := one.(map[string]any)
		index, score := int(entry["index"].(float64)), entry["score"].(float64)
		if score > previous || entry["text"] != texts[index+1] {
			r.Errorf("the ranking is %v", ranking)
		}
		previous, order = score, append(order, index+1)
		if r.vectors == nil {
			continue
		}
		if want := cosine(r.vectors[0].Vector, r.vectors[index+1].Vector); math.Abs(score-want) > 0.01 {
			r.Errorf("%q has the score %f, not %f", texts[index+1], score, want)
		}
	}
	if r.vectors == nil {
		return
	}
	want := slices.Clone(order)
	slices.SortFunc(want, func(a, b int) int {
		return cmp.Compare(cosine(r.vectors[0].Vector, r.vectors[b].Vector), cosine(r.vectors[0].Vector, r.vectors[a].Vector))
	})
	if !slices.Equal(order, want) {
		r.Errorf("the order is %v, not %v", order, want)
	}
	r.note("the order and the scores are those of sentence vectors")
}

// checkSearch asks the questions about the documentation, whose passages are known.
func (r *realRun) checkSearch() {
	var questions []struct{ Question, File, Says string }
	data, err := os.ReadFile("../testdata/search/questions.json")
	if err != nil {
		r.Fatal(err)
	}
	if err := json.Unmarshal(data, &questions); err != nil {
		r.Fatal(err)
	}
	first, among := 0, 0
	for _, q := range questions {
		got := r.embedded(map[string]any{"files": []string{"docs/*.md"}, "query": q.Question, "top_k": 3})
		ranking, _ := got.structured["ranking"].([]any)
		place := slices.IndexFunc(ranking, func(one any) bool {
			entry, _ := one.(map[string]any)
			text, _ := entry["text"].(string)
			return entry["file"] == q.File && strings.Contains(strings.ToLower(text), strings.ToLower(q.Says))
		})
		if r.Logf("place %d: %s", place+1, q.Question); place >= 0 {
			among++
		}
		if place == 0 {
			first++
		}
	}
	r.note("of %d questions, %d have the right passage first, %d among the first three", len(questions), first, among)
	if r.vectors != nil && among < len(questions)-2 {
		r.Errorf("only %d of %d questions have their passage among the first three", among, len(questions))
	}
}

func (r *realRun) checkEmbeddingOverflow() {
	if r.embedContext == 0 {
		r.Skip("AI_ENDPOINTS_TEST_EMBED_CONTEXT does not say how long the context of the embedding model is")
	}
	got := r.call(r.embed, "embed", withModel(cmp.Or(r.embedModel, r.model), map[string]any{
		"input": []string{"short", strings.Repeat("word ", 2*r.embedContext)},
	}), "")
	r.fails(got, "context_too_long", "input[1]")
}
