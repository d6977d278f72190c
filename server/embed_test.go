package server_test

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

// embedAnswer is embed's structured content.
type embedAnswer struct {
	Embeddings []struct {
		Index  int       `json:"index"`
		Vector []float32 `json:"vector"`
		Base64 string    `json:"base64"`
		FilePlace
	} `json:"embeddings"`
	Dimensions int      `json:"dimensions"`
	Count      int      `json:"count"`
	Ranking    []ranked `json:"ranking"`
	common
}

type ranked struct {
	Index int     `json:"index"`
	Score float64 `json:"score"`
	Text  string  `json:"text"`
	FilePlace
}

// FilePlace is where in a file a text is.
type FilePlace struct {
	File      string `json:"file"`
	LineStart int    `json:"line_start"`
	LineEnd   int    `json:"line_end"`
}

// vectors returns the embeddings in the order of the inputs.
func (a embedAnswer) vectors(t testing.TB) (vectors [][]float32) {
	t.Helper()
	for i, e := range a.Embeddings {
		if e.Index != i || (e.Vector == nil) == (e.Base64 == "") {
			t.Fatalf("embedding %d has index %d, %d numbers and base64 %q", i, e.Index, len(e.Vector), e.Base64)
		}
		vector := e.Vector
		if e.Base64 != "" {
			raw, err := base64.StdEncoding.DecodeString(e.Base64)
			if err != nil {
				t.Fatal(err)
			}
			vector = make([]float32, len(raw)/4)
			if _, err := binary.Decode(raw, binary.LittleEndian, vector); err != nil {
				t.Fatal(err)
			}
		}
		if len(vector) != a.Dimensions {
			t.Fatalf("embedding %d has %d numbers, dimensions are %d", i, len(vector), a.Dimensions)
		}
		vectors = append(vectors, vector)
	}
	if a.Count != len(vectors) {
		t.Errorf("the count is %d of %d embeddings", a.Count, len(vectors))
	}
	return vectors
}

// numbers matches an embedding that is written into a text.
var numbers = regexp.MustCompile(`-?\b0\.\d{5,}|\[-?\d\.\d|[A-Za-z0-9+/]{200}`)

func TestEmbedGivesAVectorForEachText(t *testing.T) {
	r := connect(t, setup{})
	var got embedAnswer
	result := r.succeed("embed", `{"input":["a cat","a dog","quarterly revenue"]}`, &got)
	vectors := got.vectors(t)
	if len(vectors) != 3 || got.Dimensions != 1024 || got.Model != "bge-m3" || got.Ranking != nil {
		t.Errorf("%d vectors of %d dimensions of %s, ranking %v", len(vectors), got.Dimensions, got.Model, got.Ranking)
	}
	for i, vector := range vectors {
		if length := math.Sqrt(dot(vector, vector)); math.Abs(length-1) > 1e-5 {
			t.Errorf("vector %d has the length %g", i, length)
		}
	}
	if got.Usage == nil || got.Usage.PromptTokens < 3 || got.Usage.CompletionTokens != 0 {
		t.Errorf("usage is %+v", got.Usage)
	}
	if got.Cost == nil || got.Cost.Amount <= 0 || got.Cost.Currency != "EUR" {
		t.Errorf("cost is %+v", got.Cost)
	}
	for _, part := range []string{"3 texts", "bge-m3", "1024"} {
		if !strings.Contains(result.texts[0], part) {
			t.Errorf("the text lacks %q: %q", part, result.texts[0])
		}
	}
}

// A host that shows only the text shows vectors only where output asks for them.
func TestEveryOutputGivesTheSameNumbers(t *testing.T) {
	r := connect(t, setup{})
	answers := map[string]embedAnswer{}
	for _, output := range []string{"", `,"output":"vectors"`, `,"output":"base64"`, `,"output":"vectors","query":"a pet"`,
		`,"output":"base64","query":"a pet"`} {
		var got embedAnswer
		result := r.succeed("embed", `{"input":["a cat","a dog"]`+output+`}`, &got)
		answers[output] = got
		inText := embedAnswer{Count: got.Count, Dimensions: got.Dimensions}
		switch {
		case output == "":
			if text := strings.Join(result.texts, "\n"); numbers.MatchString(text) {
				t.Errorf("there are numbers in the text %q", text)
			}
		case json.Unmarshal([]byte(result.texts[min(len(got.Ranking), 1)]), &inText) != nil:
			t.Errorf("%s: the vectors are not JSON: %.100q", output, result.texts)
		case !diff.Equal(got.vectors(t), inText.vectors(t)):
			t.Errorf("%s: other numbers in the text: %.100q", output, result.texts)
		}
		if asked := strings.Contains(output, "query"); asked != (len(got.Ranking) == 2) {
			t.Errorf("%s: the ranking is %v", output, got.Ranking)
		}
	}
	want := answers[""].vectors(t)
	for output, got := range answers {
		if !diff.Equal(want, got.vectors(t)) {
			t.Errorf("%s: other numbers than by default", output)
		}
	}
}

func TestEmbedHonoursDimensions(t *testing.T) {
	var got embedAnswer
	connect(t, setup{}).succeed("embed", `{"input":"a cat","model":"Qwen3-Embedding-8B","dimensions":64}`, &got)
	if got.vectors(t); got.Dimensions != 64 {
		t.Errorf("%d dimensions", got.Dimensions)
	}
}

func TestRankingIsByMeaning(t *testing.T) {
	texts := []string{
		"The stock market fell sharply on Monday.",
		"Boil the pasta in salted water for nine minutes.",
		"Cook the pasta until it is firm, then add the sauce.",
		"Kubernetes restarts containers that fail.",
	}
	r := connect(t, setup{})
	var got embedAnswer
	result := r.succeed("embed", `{"query":"how to cook the pasta","input":`+quote(t, texts)+`}`, &got)
	var order []int
	for _, entry := range got.Ranking {
		order = append(order, entry.Index)
		if entry.Text != texts[entry.Index] {
			t.Errorf("text %d is %q", entry.Index, entry.Text)
		}
	}
	if len(order) != 4 || order[0] != 2 || order[1] != 1 {
		t.Errorf("the order is %v", order)
	}
	if !slices.IsSortedFunc(got.Ranking, func(a, b ranked) int { return cmp.Compare(b.Score, a.Score) }) {
		t.Errorf("the scores do not fall: %+v", got.Ranking)
	}
	if got.Embeddings != nil || got.Count != 4 || got.Dimensions != 1024 {
		t.Errorf("%d embeddings, count %d, dimensions %d", len(got.Embeddings), got.Count, got.Dimensions)
	}
	last := 0
	for _, i := range order {
		at := strings.Index(result.texts[0], texts[i])
		if at < last {
			t.Fatalf("the text does not give the ranking in order: %q", result.texts[0])
		}
		last = at
	}
}

func TestScoresAreCosines(t *testing.T) {
	texts := []string{"one cat", "two cats and a dog", "nothing alike"}
	r := connect(t, setup{})
	var scored, plain embedAnswer
	r.succeed("embed", `{"query":"a cat","input":`+quote(t, texts)+`}`, &scored)
	r.succeed("embed", `{"input":`+quote(t, append(texts, "a cat"))+`}`, &plain)
	vectors := plain.vectors(t)
	query := vectors[len(texts)]
	for _, entry := range scored.Ranking {
		v := vectors[entry.Index]
		want := dot(v, query) / math.Sqrt(dot(v, v)*dot(query, query))
		if math.Abs(entry.Score-want) > 1e-6 {
			t.Errorf("%q scores %g, its cosine is %g", entry.Text, entry.Score, want)
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestTopKKeepsTheBest(t *testing.T) {
	const texts = `"input":["a dog","the cat sat","cats and dogs"],"query":"the cat sat"`
	r := connect(t, setup{})
	var whole embedAnswer
	r.succeed("embed", `{`+texts+`}`, &whole)
	for k := 1; k <= 4; k++ {
		var got embedAnswer
		r.succeed("embed", fmt.Sprintf(`{%s,"top_k":%d}`, texts, k), &got)
		if want := whole.Ranking[:min(k, 3)]; !diff.Equal(want, got.Ranking) || got.Count != 3 {
			t.Errorf("top_k %d of %d returned %+v, want %+v", k, got.Count, got.Ranking, want)
		}
	}
}

// The service accepts 25 inputs per request.
func TestManyInputsGoOutInBatchesAndComeBackInOrder(t *testing.T) {
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("document number %d about subject %c", i, 'a'+i%26))
	}
	r := connect(t, setup{})
	var many embedAnswer
	r.succeed("embed", `{"input":`+quote(t, texts)+`}`, &many)
	var sizes []int
	for _, post := range r.posts() {
		var sent struct{ Input []string }
		if err := json.Unmarshal([]byte(post), &sent); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(sent.Input))
	}
	if slices.Sort(sizes); !slices.Equal(sizes, []int{10, 25, 25}) {
		t.Errorf("the batches have %v inputs", sizes)
	}
	vectors := many.vectors(t)
	for _, i := range []int{0, 24, 25, 37, 49, 50, 59} {
		var one embedAnswer
		r.succeed("embed", `{"input":`+quote(t, texts[i])+`}`, &one)
		if !diff.Equal(one.vectors(t)[0], vectors[i]) {
			t.Errorf("vector %d is not that of its text", i)
		}
	}
	if want := 3; len(many.Attempts) != want {
		t.Errorf("%d attempts, want %d", len(many.Attempts), want)
	}
}

func TestTheMostInputsThatAreAllowed(t *testing.T) {
	var got embedAnswer
	connect(t, setup{}).succeed("embed", `{"input":["a"`+strings.Repeat(`,"a"`, 2047)+`],"query":"b","top_k":1}`, &got)
	if got.Count != 2048 || len(got.Ranking) != 1 {
		t.Errorf("count %d, %d ranked", got.Count, len(got.Ranking))
	}
}

// A ranking of passages is not a copy of them: the caller has them.
func TestARankingCutsLongTexts(t *testing.T) {
	var got embedAnswer
	result := connect(t, setup{}).succeed("embed", `{"query":"x","input":["short","`+strings.Repeat("é", 10_000)+`"]}`, &got)
	for _, ranked := range got.Ranking {
		if characters := len([]rune(ranked.Text)); ranked.Text != "short" && characters != 501 {
			t.Errorf("a text of %d characters", characters)
		}
	}
	if len(result.texts[0]) > 2_000 {
		t.Errorf("the text has %d bytes", len(result.texts[0]))
	}
}
