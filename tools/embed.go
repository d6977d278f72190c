package tools

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

type embedInput struct {
	Input      []string `json:"input,omitempty" jsonschema:"minLength=1" jsonschema_description:"Up to 2048 texts; give this, files or both"`
	Files      []string `json:"files,omitempty" jsonschema_description:"Paths or globs (docs/**/*.md) below an allowed folder, cut into passages"`
	Model      string   `json:"model,omitempty" jsonschema_description:"Id of an embedding model; default bge-m3"`
	Dimensions *int     `json:"dimensions,omitempty" jsonschema:"minimum=1" jsonschema_description:"Vector size, where the model has a choice"`
	Query      string   `json:"query,omitempty" jsonschema_description:"Rank the texts by likeness to this one"`
	TopK       *int     `json:"top_k,omitempty" jsonschema:"minimum=1" jsonschema_description:"How many of the ranking to keep; default all, 10 with files"`
	Output     string   `json:"output,omitempty" jsonschema:"enum=vectors,enum=base64,enum=ranking" jsonschema_description:"By default ranking with query, else vectors as structured content only; if given, the text has them too. base64 is float32 LE"`
	SaveTo     string   `json:"save_to,omitempty" jsonschema_description:"File below --write-dir for the vectors: .npy or .jsonl"`
}

type embedOutput struct {
	Count      int      `json:"count" jsonschema:"required"`
	Dimensions int      `json:"dimensions,omitempty"`
	Ranking    []ranked `json:"ranking,omitempty"`
	Saved      *saved   `json:"saved,omitempty"`
	resultMeta
	Embeddings []embedding `json:"embeddings,omitempty"`
}

// embedding is one text's vector: numbers, or base64 of little-endian float32.
type embedding struct {
	Index  int       `json:"index"`
	Vector []float32 `json:"vector,omitempty"`
	Base64 string    `json:"base64,omitempty"`
	place
}

// place says which lines of a file a text is. It is zero for a text of the input.
type place struct {
	File      string `json:"file,omitempty"`
	LineStart int    `json:"line_start,omitempty"` // from 1
	LineEnd   int    `json:"line_end,omitempty"`   // inclusive
}

// maxRanked is how many characters of an input a ranking repeats: the caller has it.
// Of a passage of a file it is all, which the caller has not.
const maxRanked = 500

// defaultRanked is how many passages of files a ranking has.
const defaultRanked = 10

// ranked is one text and its cosine with the query, from -1 to 1.
type ranked struct {
	Index int     `json:"index"`
	Score float64 `json:"score"`
	Text  string  `json:"text"`
	place
}

const maxInputs = 2048

// maxVectors is how many characters of vectors a host should show before it keeps the
// result in a file.
const maxVectors = 6000

func embed(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "embed", title: "Embed texts, or rank them by a query", idempotent: true, writes: p.Saves(),
		use:    "vectors, or texts ranked by a query.",
		search: "embeddings, vectors, semantic search, rerank texts by similarity to a query", maxResultSize: maxVectors,
		description: "Turn texts into embedding vectors, or, with query, rank them by meaning. Use it to search files or folders for the " +
			"passages that matter before you read them, or to fill a vector index. Not for answers about texts (chat).",
	}
	return newTool[embedInput](spec, embedOutput{}, func(ctx context.Context, in embedInput, events Events) (output, error) {
		if err := in.check(); err != nil {
			return output{}, err
		}
		to, err := p.Destination(in.SaveTo, extNumPy, extJSONLines)
		if err != nil {
			return output{}, err
		}
		most := maxInputs
		if to != nil {
			most = 0
		}
		result, err := p.Embed(ctx, provider.EmbedRequest{
			Model: in.Model, Input: in.Input, Files: in.Files, Dimensions: in.Dimensions,
			Query: in.Query, RankOnly: in.shape() == "ranking" && to == nil, MaxVectors: most,
			OnWait: events.OnWait, OnProgress: events.OnProgress,
		})
		if err != nil {
			return output{}, err
		}
		o := output{meta: result.Meta}
		sources := in.sources(result)
		out := in.output(result, sources, o.saveVectors(to, sources, result.Vectors))
		o.structured, o.text = out, append(o.text, in.text(out, result.Model)...)
		if out.Saved != nil {
			o.text = []string{strings.Join(o.text, "\n\n")}
		}
		return o, nil
	})
}

// check checks what the schema cannot express.
func (in embedInput) check() error {
	switch {
	case len(in.Input) == 0 && len(in.Files) == 0:
		return provider.InvalidArgument("input and files are both missing", fmt.Sprintf("give 1 to %d texts as input, or files", maxInputs))
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

// shape returns the form in which the caller wants the result.
func (in embedInput) shape() string {
	if in.Output == "" && in.Query != "" {
		return "ranking"
	}
	return cmp.Or(in.Output, "vectors")
}

// source is a text that was embedded.
type source struct {
	text string
	place
}

// sources returns all texts: of the input, and then the passages of the files.
func (in embedInput) sources(result *provider.EmbedResult) []source {
	all := make([]source, 0, result.Count)
	for _, input := range in.Input {
		all = append(all, source{text: input})
	}
	for _, p := range result.Passages {
		all = append(all, source{p.Text, place{p.File, p.LineStart, p.LineEnd}})
	}
	return all
}

// output shapes the vectors as the caller asked. Those that were to be saved and are not
// are in it in any case.
func (in embedInput) output(result *provider.EmbedResult, sources []source, file *saved) *embedOutput {
	out := &embedOutput{Count: result.Count, Dimensions: result.Dimensions, Saved: file}
	for _, r := range in.best(result.Ranking) {
		found := ranked{r.Index, r.Score, sources[r.Index].text, sources[r.Index].place}
		if r.Index < len(in.Input) {
			found.Text = text.Cut(found.Text, maxRanked)
		}
		out.Ranking = append(out.Ranking, found)
	}
	if file != nil {
		return out
	}
	for i, vector := range result.Vectors {
		e := embedding{Index: i, Vector: vector, place: sources[i].place}
		if in.Output == "base64" {
			e.Vector, e.Base64 = nil, littleEndian(vector)
		}
		out.Embeddings = append(out.Embeddings, e)
	}
	return out
}

// best returns as much of a ranking as the caller wants.
func (in embedInput) best(ranking []provider.Ranked) []provider.Ranked {
	most := len(ranking)
	switch {
	case in.TopK != nil:
		most = *in.TopK
	case in.Files != nil:
		most = max(defaultRanked, len(in.Input))
	}
	return ranking[:min(most, len(ranking))]
}

// text returns what was asked for: the ranking, the vectors as JSON if output names
// their form, and a summary.
func (in embedInput) text(out *embedOutput, model string) []string {
	summary := fmt.Sprintf("Embedded %s with %s: %d dimensions.", text.Count(out.Count, "text"), model, out.Dimensions)
	var blocks []string
	if out.Ranking != nil {
		lines := []string{fmt.Sprintf("%s The best %d by cosine with the query:", summary, len(out.Ranking))}
		for i, r := range out.Ranking {
			if r.File != "" {
				lines = append(lines, fmt.Sprintf("%d. %.4f %s:%d-%d\n%s\n", i+1, r.Score, r.File, r.LineStart, r.LineEnd, r.Text))
				continue
			}
			lines = append(lines, fmt.Sprintf("%d. %.4f [%d] %s", i+1, r.Score, r.Index, r.Text))
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	switch {
	case out.Saved != nil:
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

func littleEndian(vector []float32) string {
	return base64.StdEncoding.EncodeToString(appendFloats(make([]byte, 0, 4*len(vector)), vector))
}
