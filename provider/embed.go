package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const (
	defaultBatch    = 25 // inputs a request, where the catalogue does not say
	parallelBatches = 4
)

// EmbedRequest asks for the embeddings of texts.
type EmbedRequest struct {
	Model      string // id, alias, named model or query; "" is the default
	Input      []string
	Dimensions *int             // nil is the model's own size
	OnWait     func(why string) // is told of each wait that a person would notice; nil is nobody
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

// Embed gives the embeddings of req.Input. More inputs than the model takes at
// once go out in batches, some at the same time; one that fails fails the call,
// and its [Error] says what was done. No other model is asked in its place: vectors
// of different models do not compare.
func (p *Provider) Embed(ctx context.Context, req EmbedRequest) (*EmbedResult, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, errDeadline)
	defer cancel()

	to, err := p.resolve(ctx, req.Model, p.defaults().Embed, []need{{capability: catalog.Embeddings}})
	if err != nil {
		return nil, err
	}
	if err := checkDimensions(req.Dimensions, to.entry, p.Catalog(ctx)); err != nil {
		return nil, err
	}
	result := &EmbedResult{
		Vectors: make([][]float32, len(req.Input)),
		Meta:    Meta{Model: to.id, RequestedModel: to.requested, ResolvedBy: to.resolvedBy, Warnings: to.warnings},
	}
	if err := p.budget.check(p.newBill(ctx, to, expectedInput(req.Input), 0)); err != nil {
		return nil, err // rather than after some of the batches
	}
	if err := p.embedBatches(ctx, to, req, result); err != nil {
		return nil, err
	}
	p.nameReplacement(ctx, &result.Meta, to.needs)
	result.Latency = time.Since(start)
	p.account(ctx, &result.Meta)
	return result, nil
}

func (p *Provider) embedBatches(ctx context.Context, to target, req EmbedRequest, result *EmbedResult) error {
	size := defaultBatch
	if to.entry.Embedding != nil {
		size = cmp.Or(to.entry.Embedding.MaxBatch, defaultBatch)
	}
	batches := slices.Collect(slices.Chunk(req.Input, size))
	answers, attempts := make([]*embedAnswer, len(batches)), make([][]Attempt, len(batches))
	var embedded atomic.Int64
	group, groupCtx := newGroup(ctx, parallelBatches)
	w := p.newPatience(req.OnWait)
	for i, batch := range batches {
		group.Go(func() (err error) {
			answers[i], attempts[i], err = p.embedBatch(groupCtx, to, w, wireEmbed{Model: to.id, Input: batch, Dimensions: req.Dimensions})
			if err != nil {
				return &batchError{i, err}
			}
			embedded.Add(int64(len(batch)))
			return nil
		})
	}
	err := group.Wait()
	result.Attempts = slices.Concat(attempts...)
	if err != nil {
		failure := batchFailure(err, len(batches), int(embedded.Load()), len(req.Input))
		failure.Attempts = result.Attempts
		return failure
	}
	result.Warnings = append(result.Warnings, w.warning()...)
	return p.join(result, answers)
}

// batchError tells which batch failed first.
type batchError struct {
	index int
	error
}

func (e *batchError) Unwrap() error { return e.error }

func batchFailure(err error, batches, embedded, inputs int) *Error {
	failure := AsError(err)
	var batch *batchError
	if errors.As(err, &batch) && batches > 1 {
		failure.Message = fmt.Sprintf("%s (batch %d of %d failed; %d of %d inputs had been embedded)",
			failure.Message, batch.index+1, batches, embedded, inputs)
	}
	return failure
}

// join puts the batches' vectors and figures into one result.
func (p *Provider) join(r *EmbedResult, answers []*embedAnswer) error {
	usage, counted := Usage{}, true
	place := 0
	for _, answer := range answers {
		place += copy(r.Vectors[place:], answer.vectors)
		if answer.model != "" {
			r.Model = answer.model
		}
		if answer.usage == nil {
			counted = false
			continue
		}
		usage = usage.plus(*answer.usage)
	}
	if counted {
		r.Usage = &usage
	}
	if i := slices.IndexFunc(answers, func(a *embedAnswer) bool { return a.notice != "" }); i >= 0 {
		r.warnDeprecated(p.redact(answers[i].notice))
	}
	for i, vector := range r.Vectors {
		if len(vector) != len(r.Vectors[0]) {
			return &Error{Code: CodeUpstreamUnavailable, Retryable: true, Attempts: r.Attempts, Message: fmt.Sprintf(
				"AI Endpoints answered vectors of different lengths: %d for input 0, %d for input %d", len(r.Vectors[0]), len(vector), i)}
		}
	}
	return nil
}

// embedBatch asks for base64, which is a quarter of the bytes and of the work
// of numbers as text, and takes either. That the service knows the field is
// unproven, so a refusal of it is remembered and the batch sent without.
func (p *Provider) embedBatch(ctx context.Context, to target, w *patience, body wireEmbed) (*embedAnswer, []Attempt, error) {
	var answer *embedAnswer
	b := p.newBill(ctx, to, expectedInput(body.Input), 0)
	ask := func() ([]Attempt, error) {
		return p.try(ctx, OperationEmbeddings, to, w, b, func() (err error) {
			if answer, err = p.embedOnce(ctx, body); err == nil {
				b.read(answer.model, answer.usage)
			}
			return p.asRetired(ctx, to, err)
		})
	}
	if !p.floatsOnly.Load() {
		body.EncodingFormat = "base64"
	}
	attempts, err := ask()
	if body.EncodingFormat != "" && refusesEncoding(err) {
		p.floatsOnly.Store(true)
		body.EncodingFormat = ""
		var more []Attempt
		more, err = ask()
		attempts = append(attempts, more...)
	}
	return answer, attempts, err
}

func (p *Provider) embedOnce(ctx context.Context, body wireEmbed) (*embedAnswer, error) {
	resp, err := p.post(ctx, "embeddings", body, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, p.transportError(ctx, err)
	}
	answer, err := decodeEmbeddings(data, len(body.Input))
	if err != nil {
		return nil, p.newError(CodeUpstreamUnavailable, err, "AI Endpoints answered no usable embeddings: %s", bounded(p.redact(err.Error())))
	}
	answer.notice = resp.Header.Get("X-Warning")
	return answer, nil
}

func refusesEncoding(err error) bool {
	var failure *Error
	if !errors.As(err, &failure) || (failure.Status != http.StatusBadRequest && failure.Status != http.StatusUnprocessableEntity) {
		return false
	}
	return strings.Contains(failure.Message, "encoding_format") || strings.Contains(failure.Message, "extra arguments")
}

// checkDimensions refuses a size that the model cannot give. Nothing is known
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
			return InvalidArgument(fmt.Sprintf("dimensions: %s cannot give %d", model.ID, *dimensions),
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
	return &Error{
		Code:    CodeUnsupported,
		Message: fmt.Sprintf("dimensions: %s always gives %d", model.ID, model.Embedding.Dimensions),
		Hint:    "leave dimensions out, or name a model with a choice: " + strings.Join(able, ", "),
	}
}
