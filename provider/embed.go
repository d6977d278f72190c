package provider

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

const (
	defaultBatch    = 25 // inputs a request, where the catalogue does not say
	parallelBatches = 4
)

// EmbedRequest asks for the embeddings of texts: of Input, and then of the passages of
// Files.
type EmbedRequest struct {
	Model      string // id, alias, named model or query; "" is the default
	Input      []string
	Files      []string // paths and patterns below the allowed folders
	Dimensions *int     // nil is the model's own size

	Query      string // ranks the texts; "" does not
	RankOnly   bool   // the result has no vectors, so that none has to be held
	MaxVectors int    // of a result that has vectors; more are refused; 0 is no limit

	OnWait func(reason string) // is called with each wait that a person would notice; nil disables it
	// OnProgress is called, never concurrently, after each batch of several with the
	// number of texts that are done; nil disables it.
	OnProgress func(done, total int)
}

// EmbedResult has one vector for each text, in order and of equal length.
type EmbedResult struct {
	Vectors    [][]float32 // nil where only the ranking was asked for
	Count      int         // texts
	Dimensions int
	Passages   []Passage // of the files: the texts after those of the input
	Ranking    []Ranked  // of all texts, the best first; nil without a query
	Meta
}

// Passage is a part of a file. Lines count from 1; LineEnd is the last one.
type Passage struct {
	File               string
	LineStart, LineEnd int
	Text               string
}

// Ranked is a text, and the cosine of its vector with the query's, from -1 to 1.
type Ranked struct {
	Index int
	Score float64
}

type wireEmbed struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	Dimensions     *int     `json:"dimensions,omitempty"`
	EncodingFormat string   `json:"encoding_format,omitempty"`
}

// Embed returns the embeddings of texts. More than the model takes at once go out in
// batches, some at the same time; one that fails fails the call, and its [Error] says
// what was done. Vectors of passages are kept on disk, so that they are asked for once.
// No other model is asked in its place: vectors of different models do not compare.
func (p *Provider) Embed(ctx context.Context, req EmbedRequest) (*EmbedResult, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	passages, release, err := p.passages(ctx, req.Files, &c.warnings)
	if err != nil {
		return nil, err
	}
	defer release()
	if count := len(req.Input) + len(passages); !req.RankOnly && req.MaxVectors > 0 && count > req.MaxVectors {
		return nil, InvalidArgument(fmt.Sprintf("files: with their %d passages there would be %d vectors", len(passages), count),
			fmt.Sprintf("an answer has at most %d: give query for a ranking, save_to for a file, or fewer files", req.MaxVectors))
	}
	model, err := p.models.resolve(ctx, req.Model, p.models.defaults().Embed, require(catalog.Embeddings))
	if err != nil {
		return nil, err
	}
	if only := model.entry.Embedding; req.Dimensions != nil && only != nil && only.MaxDimensions == 0 && *req.Dimensions == only.Dimensions {
		req.Dimensions = nil // the model has no choice, and this is what it returns
	}
	if err := checkDimensions(req.Dimensions, *model.entry, p.Catalog(ctx)); err != nil {
		return nil, err
	}
	e := newEmbedding(p, c, req, model, passages)
	if err := e.run(ctx); err != nil {
		return nil, err
	}
	c.warnings.addAll(model.warnings)
	result := e.result()
	result.Meta = Meta{Model: cmp.Or(e.answered, model.id), RequestedModel: model.requested, ResolvedBy: model.resolvedBy}
	if e.notice != "" {
		p.models.warnDeprecated(ctx, &c.warnings, e.notice, result.Model, model.requirements)
	}
	if req.Dimensions != nil && result.Dimensions != *req.Dimensions {
		c.warnings.add(WarnArgumentIgnored, "dimensions had no effect: %s returned %d, not %d", result.Model, result.Dimensions, *req.Dimensions)
	}
	result.Meta = c.meta(result.Meta)
	return result, nil
}

// maxDimensions is how many dimensions vectors have at most, where it is not known.
const maxDimensions = 4096

// knownDimensions returns how many dimensions the vectors will have, 0 if it is not known.
func (r EmbedRequest) knownDimensions(model catalog.Model) int {
	switch {
	case r.Dimensions != nil:
		return *r.Dimensions
	case model.Embedding != nil:
		return model.Embedding.Dimensions
	default:
		return 0
	}
}

// embedBatch asks for base64, which is a quarter of the bytes and of the work of
// numbers as text, and accepts either. Not every server knows the field, so a refusal
// of it is remembered and the batch sent without.
func (p *Provider) embedBatch(
	ctx context.Context, model resolvedModel, wait *limit.WaitBudget, body wireEmbed,
) (*embedAnswer, []Attempt, error) {
	var answer *embedAnswer
	charge := budget.NewCharge(p.pricedModels(ctx), model.id, inputTokens(body.Input), 0)
	ask := func() ([]Attempt, error) {
		return p.sender.withRetry(ctx, OperationEmbeddings, model, wait, charge, func() (err error) {
			if answer, err = p.client.embed(ctx, body); err != nil {
				return p.models.explainNotFound(ctx, model, err)
			}
			charge.Answered(answer.model, answer.usage)
			answer.cost = charge.Cost()
			return nil
		})
	}
	if !slices.Contains(p.niceties.of(model.id), fieldEncodingFormat) {
		body.EncodingFormat = "base64"
	}
	attempts, err := ask()
	if refused, named := refusedFields(err, []string{fieldEncodingFormat}); body.EncodingFormat != "" && refused != nil {
		body.EncodingFormat = ""
		more, again := ask()
		if len(more) == 0 {
			again = notSent(err, again)
		}
		err = again
		if named || err == nil {
			p.niceties.remember(model.id, refused)
		}
		attempts = append(attempts, more...)
	}
	return answer, attempts, err
}

// embed sends one request and reads its vectors.
func (c *client) embed(ctx context.Context, body wireEmbed) (*embedAnswer, error) {
	resp, err := c.post(ctx, "embeddings", body, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	const (
		vector = 256 << 10 // 8192 numbers as the longest text
		around = 16 << 20
	)
	most := min(maxAnswer, around+len(body.Input)*vector)
	var data bytes.Buffer
	data.Grow(max(0, min(int(resp.ContentLength), most)) + bytes.MinRead) // the announced size, or -1
	if _, err := data.ReadFrom(&boundedBody{ReadCloser: resp.Body, left: most}); err != nil {
		failure := c.transportError(ctx, err)
		if errors.Is(err, errTooLarge) {
			failure.Message = fmt.Sprintf("%s answered more than %d vectors can be", c.service(), len(body.Input))
		}
		return nil, failure
	}
	answer, err := decodeEmbeddings(data.Bytes(), len(body.Input))
	if err != nil {
		return nil, c.newError(CodeUpstreamUnavailable, err, "%s answered no usable embeddings: %s", c.service(), excerpt(c.redact(err.Error())))
	}
	answer.model = upstreamName(answer.model)
	answer.notice = excerpt(c.redact(resp.Header.Get("X-Warning")))
	return answer, nil
}

// checkDimensions refuses a size that the model cannot return. Nothing is known
// of an unlisted model, so it may try.
func checkDimensions(dimensions *int, model catalog.Model, known *catalog.Catalog) error {
	if dimensions == nil {
		return nil
	}
	if *dimensions < 1 {
		return InvalidArgument(fmt.Sprintf("dimensions is %d", *dimensions), "at least 1 is allowed")
	}
	if model.Embedding == nil {
		return nil
	}
	if model.Embedding.MaxDimensions > 0 {
		if *dimensions < model.Embedding.MinDimensions || *dimensions > model.Embedding.MaxDimensions {
			return InvalidArgument(fmt.Sprintf("dimensions: %s cannot return %d", model.ID, *dimensions),
				fmt.Sprintf("%d to %d are allowed", model.Embedding.MinDimensions, model.Embedding.MaxDimensions))
		}
		return nil
	}
	var able []string
	for _, m := range known.Models() {
		if m.Embedding != nil && m.Embedding.MaxDimensions > 0 {
			able = append(able, fmt.Sprintf("%s (%d to %d)", m.ID, m.Embedding.MinDimensions, m.Embedding.MaxDimensions))
		}
	}
	hint := "leave dimensions out"
	if len(able) > 0 {
		hint += ", or name a model with a choice: " + strings.Join(able, ", ")
	}
	return &Error{
		Code: CodeUnsupported, Hint: hint,
		Message: fmt.Sprintf("dimensions: %s always returns %d", model.ID, model.Embedding.Dimensions),
	}
}
