package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// MaxBatchItems is how many requests the service takes in a batch.
const MaxBatchItems = 50_000

// BatchSubmission asks for a batch of the service's Batch API, which answers within a day
// for half the price.
type BatchSubmission struct {
	Model string // id, alias, named model or query; "" is the default
	Items int    // 1 to [MaxBatchItems]
	// Messages returns what an item asks. It is called twice for each, never concurrently,
	// and must return the same.
	Messages    func(item int) []Message
	Schema      json.RawMessage // what the answers are to be valid against; nil is text
	Temperature *float64
	MaxTokens   *int
	OnWait      func(reason string) // is called with each wait that a person would notice; nil disables it
}

// SubmitBatch uploads the items and makes a batch of them, whose id [Provider.FetchBatch]
// takes. With a budget, half the estimate is reserved before anything is sent. The error
// is an [Error], and then nothing is left at the service, unless it says otherwise.
func (p *Provider) SubmitBatch(ctx context.Context, req BatchSubmission) (*BatchState, error) {
	ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	if err := p.requireBatchKey(); err != nil {
		return nil, err
	}
	lines, err := p.newBatchLines(ctx, c, req)
	if err != nil {
		return nil, err
	}
	if err := lines.measure(ctx); err != nil {
		return nil, err
	}
	charge := p.chatsCharge(ctx, req.MaxTokens, lines.promptTokens, lines.longest, lines.model).ForBatch(req.Items)
	if err := p.sender.reserve(charge); err != nil {
		return nil, err
	}
	if err := lines.setMaxTokens(charge.MaxTokens()); err != nil {
		p.accounts.Release(charge)
		return nil, err
	}
	state, err := p.sendBatch(ctx, c, lines, charge)
	if err != nil {
		return nil, c.fail(err)
	}
	state.Estimate = charge.Estimate()
	c.warnings.addAll(lines.model.warnings)
	state.Meta = c.meta(Meta{Model: lines.model.id, RequestedModel: lines.model.requested, ResolvedBy: lines.model.resolvedBy})
	return state, nil
}

// requireBatchKey refuses a call without a key where the service wants one.
func (p *Provider) requireBatchKey() error {
	if !p.keyForBatches {
		return nil
	}
	return &Error{
		Code: CodeAuthFailed, Message: aiEndpoints + " takes batches at half price only with a key",
		Hint: "use mode now, or set a key. " + noKey,
	}
}

// newBatchLines finds the model and checks what all items have in common.
func (p *Provider) newBatchLines(ctx context.Context, c *call, req BatchSubmission) (*batchLines, error) {
	if req.Items < 1 {
		return nil, InvalidArgument("inputs: there are none", fmt.Sprintf("give 1 to %d", MaxBatchItems))
	}
	if req.Items > MaxBatchItems {
		return nil, &Error{
			Code: CodePayloadTooLarge, Message: fmt.Sprintf("inputs: they are %d, and the service takes %d in a batch", req.Items, MaxBatchItems),
			Hint: "make several batches of them",
		}
	}
	lines := &batchLines{Provider: p, call: c, request: req}
	required, defaultModel := require(catalog.Chat), p.models.defaults().Chat
	required.pinned = true // the price has to be known
	if req.Schema != nil {
		compiled, err := p.compile(ctx, req.Schema, &c.warnings)
		if err != nil {
			return nil, err
		}
		lines.schema = compiled
		required.prefer, defaultModel = catalog.JSONSchema, p.models.defaults().Extract
	}
	var err error
	if lines.model, err = p.models.resolve(ctx, req.Model, defaultModel, required); err != nil {
		return nil, err
	}
	// Other calls learn meanwhile what a model refuses, and each line is made twice.
	lines.without = p.niceties.of(lines.model.id)
	lines.modes = p.refusedModes.without(lines.model.id, modes(lines.model.entry))
	return lines, nil
}

// sendBatch uploads the lines and makes the batch, for which charge is reserved.
func (p *Provider) sendBatch(ctx context.Context, c *call, lines *batchLines, charge *budget.Charge) (*BatchState, error) {
	file, err := p.uploadLines(ctx, c, lines)
	if err != nil {
		p.accounts.Release(charge)
		return nil, err
	}
	late, stop := outlive(ctx)
	defer stop()
	made, unknown, err := p.createBatch(late, c, lines, file)
	if err != nil {
		failure := *AsError(err)
		if p.deleteBatchFile(late, c, file) != nil {
			failure.Message += "; the uploaded file could not be deleted"
		}
		if unknown { // the batch may run, and cost what is reserved
			failure.Message += "; whether the batch was made is not known"
			failure.Hint = "look at the batches of the project before submitting it again: a second one costs as much again"
			return nil, &failure
		}
		p.accounts.Release(charge)
		return nil, &failure
	}
	id := string(made.ID)
	p.accounts.KeepBatch(id, charge)
	if errors.Is(ctx.Err(), context.Canceled) { // nobody would get the id
		if _, err := p.postCancel(late, c, id); err == nil {
			p.accounts.SettleBatch(id, lines.request.Items, &budget.BatchUsage{})
		}
		_ = p.deleteBatchFile(late, c, file)
		return nil, p.client.transportError(ctx, ctx.Err())
	}
	return made.state(p.client), nil
}

// afterCall is how long a call may still go on after its context has ended, so that it
// leaves nothing behind that costs money.
const afterCall = 900 * time.Millisecond

// outlive returns a context that ends a little later than ctx.
func outlive(ctx context.Context) (late context.Context, stop func()) {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stopWaiting := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(afterCall)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-late.Done():
		}
		cancel(context.Cause(ctx))
	})
	return late, func() {
		stopWaiting()
		cancel(context.Canceled)
	}
}

// createBatch makes a batch of an uploaded file. A second batch would cost as much again,
// so the request is repeated only when it certainly had no effect. When that is not known,
// the batch is looked for by its file, which no other batch has; unknown reports that this
// failed too.
func (p *Provider) createBatch(ctx context.Context, c *call, lines *batchLines, file string) (made *wireBatch, unknown bool, err error) {
	body := map[string]any{
		"input_file_id": file, "endpoint": batchEndpoint, "completion_window": batchWindow,
		"metadata": map[string]string{
			metadataProgram: programName, metadataItems: strconv.Itoa(lines.request.Items), metadataModel: lines.model.id,
		},
	}
	err = p.retryRequest(ctx, c, lines.model.id, func() (err error) {
		made, err = p.client.createBatch(ctx, body)
		if err == nil {
			return nil
		}
		failure := *AsError(err)
		if unknown = !hadNoEffect(&failure); unknown {
			failure.Retryable = false
		}
		return explainBatchLimit(&failure)
	})
	if !unknown {
		return made, false, err
	}
	found, listErr := p.findBatch(ctx, c, lines.model.id, file)
	if found != nil {
		return found, false, nil
	}
	return nil, listErr != nil, err
}

// hadNoEffect reports whether a request that failed certainly changed nothing: the service
// refused it, or it never got there.
func hadNoEffect(failure *Error) bool {
	if failure.Status >= 400 && failure.Status < 500 {
		return failure.Status != 408
	}
	return neverArrived(failure)
}

// findBatch returns the batch of a file, nil if there is none.
func (p *Provider) findBatch(ctx context.Context, c *call, model, file string) (found *wireBatch, err error) {
	err = p.retryRequest(ctx, c, model, func() error {
		batches, err := p.client.latestBatches(ctx)
		for i := range batches {
			if string(batches[i].Input) == file && isBatchID(string(batches[i].ID)) {
				found = &batches[i]
			}
		}
		return err
	})
	return found, err
}

// explainBatchLimit says what to do when the service runs as many batches as it does.
func explainBatchLimit(failure *Error) error {
	if failure.Status == 0 || !saysTooManyBatches(failure.Message) {
		return failure
	}
	failure.Code, failure.Retryable, failure.RetryAfter, failure.wholeWindow = CodeRateLimited, false, 0, false
	failure.Hint = "the service runs at most five batches of a project at once: wait until one has ended, cancel one, or use mode now"
	return failure
}
