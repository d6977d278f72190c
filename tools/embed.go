package tools

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

type embedInput struct {
	Input      []string `json:"input" jsonschema_description:"Up to 2048 texts"`
	Model      string   `json:"model,omitempty" jsonschema_description:"Id of an embedding model; default bge-m3"`
	Dimensions *int     `json:"dimensions,omitempty" jsonschema:"minimum=1" jsonschema_description:"Vector size, where the model has a choice"`
	Query      string   `json:"query,omitempty" jsonschema_description:"Rank the inputs by likeness to this text"`
	TopK       *int     `json:"top_k,omitempty" jsonschema:"minimum=1" jsonschema_description:"How many of the ranking to keep"`
	Output     string   `json:"output,omitempty" jsonschema:"enum=vectors,enum=base64,enum=ranking" jsonschema_description:"By default ranking with query, else vectors as structured content only; if given, the text has them too. base64 is float32 LE"`
}

type embedOutput struct {
	Count      int      `json:"count" jsonschema:"required"`
	Dimensions int      `json:"dimensions,omitempty"`
	Ranking    []ranked `json:"ranking,omitempty"`
	resultMeta
	Embeddings []embedding `json:"embeddings,omitempty"`
}

// embedding is one input's vector: numbers, or base64 of little-endian float32.
type embedding struct {
	Index  int       `json:"index"`
	Vector []float32 `json:"vector,omitempty"`
	Base64 string    `json:"base64,omitempty"`
}

// maxRanked is how many characters of an input a ranking repeats: the caller has it.
const maxRanked = 500

// ranked is one input and its cosine with the query, from -1 to 1.
type ranked struct {
	Index int     `json:"index"`
	Score float64 `json:"score"`
	Text  string  `json:"text"`
}

const maxInputs = 2048

// maxVectors is how many characters of vectors a host should show before it keeps the
// result in a file.
const maxVectors = 6000

func embed(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "embed", title: "Embed texts, or rank them by a query", idempotent: true,
		use:    "vectors of texts, or texts ranked by a query.",
		search: "embeddings, vectors, semantic search, rerank texts by similarity to a query", maxResultSize: maxVectors,
		description: "Turn texts into embedding vectors, or, with query, rank them by meaning. Use it to find the passages that matter " +
			"before you read them, or to fill a vector index. Not for answers about texts (chat).",
	}
	return newTool[embedInput](spec, embedOutput{}, func(ctx context.Context, in embedInput, events Events) (output, error) {
		if err := in.check(); err != nil {
			return output{}, err
		}
		texts := in.Input
		if in.Query != "" {
			texts = append(slices.Clip(texts), in.Query)
		}
		result, err := p.Embed(ctx, provider.EmbedRequest{
			Model: in.Model, Input: texts, Dimensions: in.Dimensions, OnWait: events.OnWait, OnProgress: events.OnProgress,
		})
		if err != nil {
			return output{}, err
		}
		out := in.output(result)
		return output{structured: out, text: in.text(out, result.Model), meta: result.Meta}, nil
	})
}

// check checks what the schema cannot express.
func (in embedInput) check() error {
	switch {
	case len(in.Input) == 0:
		return provider.InvalidArgument("input is empty", fmt.Sprintf("give 1 to %d texts", maxInputs))
	case len(in.Input) > maxInputs:
		return provider.InvalidArgument(fmt.Sprintf("input has %d texts", len(in.Input)), fmt.Sprintf("1 to %d are allowed", maxInputs))
	case in.Query != "" && strings.TrimSpace(in.Query) == "":
		return provider.InvalidArgument("query is blank", "give the text to compare with, or leave query out")
	case in.Query == "" && in.Output == "ranking":
		return provider.InvalidArgument("output is ranking, but query is missing", "give query, or another output: vectors or base64")
	case in.Query == "" && in.TopK != nil:
		return provider.InvalidArgument("top_k is given, but query is missing", "give query, or leave top_k out")
	}
	for i, input := range in.Input {
		if strings.TrimSpace(input) == "" {
			return provider.InvalidArgument(fmt.Sprintf("input[%d] is blank", i), "each input needs text")
		}
	}
	return nil
}

// output shapes the vectors as the caller asked.
func (in embedInput) output(result *provider.EmbedResult) *embedOutput {
	vectors := result.Vectors[:len(in.Input)]
	out := &embedOutput{Count: len(vectors), Dimensions: len(vectors[0])}
	shape := in.Output
	if in.Query != "" {
		shape = cmp.Or(shape, "ranking")
		out.Ranking = rank(in.Input, vectors, result.Vectors[len(in.Input)])
		if in.TopK != nil {
			out.Ranking = out.Ranking[:min(*in.TopK, len(out.Ranking))]
		}
	}
	if shape == "ranking" {
		return out
	}
	for i, vector := range vectors {
		e := embedding{Index: i, Vector: vector}
		if shape == "base64" {
			e = embedding{Index: i, Base64: littleEndian(vector)}
		}
		out.Embeddings = append(out.Embeddings, e)
	}
	return out
}

// text returns what was asked for: the ranking, the vectors as JSON if output names
// their form, and a summary.
func (in embedInput) text(out *embedOutput, model string) []string {
	summary := fmt.Sprintf("Embedded %s with %s: %d dimensions.", text.Count(out.Count, "text"), model, out.Dimensions)
	var blocks []string
	if out.Ranking != nil {
		lines := []string{fmt.Sprintf("%s The best %d by cosine with the query:", summary, len(out.Ranking))}
		for i, r := range out.Ranking {
			lines = append(lines, fmt.Sprintf("%d. %.4f [%d] %s", i+1, r.Score, r.Index, r.Text))
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	switch {
	case in.Output != "" && out.Embeddings != nil:
		vectors, _ := json.Marshal(map[string]any{"embeddings": out.Embeddings})
		blocks = append(blocks, string(vectors))
		if out.Ranking == nil {
			blocks = append(blocks, summary)
		}
	case out.Ranking == nil:
		blocks = append(blocks, summary+" The vectors are in the structured content; with output they are also in the text.")
	}
	return blocks
}

// rank orders the texts by the cosine of their vectors with the query's, ties
// by index.
func rank(texts []string, vectors [][]float32, query []float32) []ranked {
	all := make([]ranked, len(vectors))
	for i, vector := range vectors {
		all[i] = ranked{i, cosine(vector, query), text.Cut(texts[i], maxRanked)}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.Score, a.Score) })
	return all
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}

func littleEndian(vector []float32) string {
	raw := make([]byte, 0, 4*len(vector))
	for _, x := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
