package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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

// EmbedRequest asks for the embeddings of texts.
type EmbedRequest struct {
	Model      string // id, alias, named model or query; "" is the default
	Input      []string
	Dimensions *int                // nil is the model's own size
	OnWait     func(reason string) // is called with each wait that a person would notice; nil disables it
	// OnProgress is called, never concurrently, after each batch of several with the
	// number of inputs that are done; nil disables it.
	OnProgress func(done, total int)
}

// EmbedResult holds one vector for each input, in order and of equal length.
type EmbedResult struct {
	Vectors [][]float32
	Meta
}

type wireEmbed struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	Dimensions     *int     `json:"dimensions,omitempty"`
	EncodingFormat string   `json:"encoding_format,omitempty"`
}

// Embed returns the embeddings of req.Input. More inputs than the model takes at once
// go out in batches, some at the same time; one that fails fails the call, and its
// [Error] says what was done. No other model is asked in its place: vectors of
// different models do not compare.
func (p *Provider) Embed(ctx context.Context, req EmbedRequest) (*EmbedResult, error) {
	ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	model, err := p.models.resolve(ctx, req.Model, p.models.defaults().Embed, require(catalog.Embeddings))
	if err != nil {
		return nil, err
	}
	known := p.Catalog(ctx)
	if only := model.entry.Embedding; req.Dimensions != nil && only != nil && only.MaxDimensions == 0 && *req.Dimensions == only.Dimensions {
		req.Dimensions = nil // the model has no choice, and this is what it returns
	}
	if err := checkDimensions(req.Dimensions, model.entry, known); err != nil {
		return nil, err
	}
	// A budget that does not suffice refuses the call before its first batch.
	if err := p.accounts.Check(budget.NewCharge(known, model.id, inputTokens(req.Input), 0)); err != nil {
		return nil, budgetError(err)
	}
	release, err := p.holdVectors(ctx, len(req.Input), dimensionsOf(req, model.entry))
	if err != nil {
		return nil, err
	}
	defer release()
	answers, err := p.embedBatches(ctx, c, model, req)
	if err != nil {
		return nil, err
	}
	c.warnings.addAll(model.warnings)
	vectors, answered, err := p.joinBatches(c, answers)
	if err != nil {
		return nil, c.fail(err)
	}
	result := &EmbedResult{Vectors: vectors, Meta: Meta{
		Model: cmp.Or(answered, model.id), RequestedModel: model.requested, ResolvedBy: model.resolvedBy,
	}}
	if i := slices.IndexFunc(answers, func(a *embedAnswer) bool { return a.notice != "" }); i >= 0 {
		p.models.warnDeprecated(ctx, &c.warnings, answers[i].notice, result.Model, model.requirements)
	}
	if req.Dimensions != nil && len(vectors) > 0 && len(vectors[0]) != *req.Dimensions {
		c.warnings.add(WarnArgumentIgnored, "dimensions had no effect: %s returned %d, not %d", result.Model, len(vectors[0]), *req.Dimensions)
	}
	result.Meta = c.meta(result.Meta)
	return result, nil
}

// dimensionsOf returns how many dimensions vectors have, at most if it is not known.
func dimensionsOf(req EmbedRequest, model catalog.Model) int {
	const most = 4096
	switch {
	case req.Dimensions != nil:
		return *req.Dimensions
	case model.Embedding != nil:
		return cmp.Or(model.Embedding.Dimensions, most)
	}
	return most
}

// nameInput names the input that is too long: the service names none, or its place in
// the batch, and it can only be the longest.
func nameInput(err error, batch []string, offset int) error {
	failure := AsError(err)
	if failure.Code != CodeContextTooLong {
		return err
	}
	longest := 0
	for i, input := range batch {
		if len(input) > len(batch[longest]) {
			longest = i
		}
	}
	named := *failure
	named.Message = fmt.Sprintf("input[%d], of %d bytes: %s", offset+longest, len(batch[longest]), failure.Message)
	named.Hint = "split this input, or name a model with a larger context"
	return &named
}

// batchError is the failure of a batch.
type batchError struct {
	index int
	error
}

func (e *batchError) Unwrap() error { return e.error }

func batchFailure(err error, batches, embedded, inputs int) *Error {
	failure := AsError(err)
	if batch, ok := errors.AsType[*batchError](err); ok && batches > 1 {
		failure.Message = fmt.Sprintf("%s (batch %d of %d failed; %d of %d inputs had been embedded)",
			failure.Message, batch.index+1, batches, embedded, inputs)
	}
	return failure
}

// joinBatches returns the vectors of all batches and the model that answered, and
// adds their usage and cost to the call.
func (p *Provider) joinBatches(c *call, answers []*embedAnswer) (vectors [][]float32, model string, err error) {
	for _, answer := range answers {
		vectors = append(vectors, answer.vectors...)
		model = cmp.Or(answer.model, model)
		c.add(answer.usage, answer.cost)
	}
	for i, vector := range vectors {
		if len(vector) != len(vectors[0]) {
			return nil, "", &Error{Code: CodeUpstreamUnavailable, Retryable: true, Hint: "try again, or name another model", Message: fmt.Sprintf(
				"%s answered vectors of different lengths: %d for input 0, %d for input %d", p.client.service(), len(vectors[0]), len(vector), i)}
		}
	}
	return vectors, model, nil
}

// embedBatch asks for base64, which is a quarter of the bytes and of the work of
// numbers as text, and accepts either. Not every server knows the field, so a refusal
// of it is remembered and the batch sent without.
func (p *Provider) embedBatch(
	ctx context.Context, model resolvedModel, wait *limit.WaitBudget, body wireEmbed,
) (*embedAnswer, []Attempt, error) {
	var answer *embedAnswer
	charge := budget.NewCharge(p.Catalog(ctx), model.id, inputTokens(body.Input), 0)
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
	data, err := io.ReadAll(&boundedBody{ReadCloser: resp.Body, left: min(maxAnswer, around+len(body.Input)*vector)})
	if err != nil {
		failure := c.transportError(ctx, err)
		if errors.Is(err, errTooLarge) {
			failure.Message = fmt.Sprintf("%s answered more than %d vectors can be", c.service(), len(body.Input))
		}
		return nil, failure
	}
	answer, err := decodeEmbeddings(data, len(body.Input))
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
