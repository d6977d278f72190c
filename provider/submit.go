package provider

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// MaxHalfPrice is how many items a batch at half the price may have: the service's bound.
const MaxHalfPrice = 50_000

// SubmitBatch makes a batch of the service's Batch API, which answers within a day for half
// the price, and whose id [Provider.FetchBatch] takes. With a budget, half the estimate is
// reserved before anything is sent. The error is an [Error], and then nothing is left at
// the service, unless it says otherwise.
func (p *Provider) SubmitBatch(ctx context.Context, req BatchRequest) (*BatchState, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	if err := p.requireBatchKey(); err != nil {
		return nil, err
	}
	b, release, err := p.newBatch(ctx, c, req, MaxHalfPrice)
	if err != nil {
		return nil, err
	}
	defer release()
	lines := b.newLines()
	if err := lines.measure(ctx); err != nil {
		return nil, err
	}
	charge := p.chatsCharge(ctx, req.MaxTokens, lines.promptTokens, lines.longest, b.model).ForBatch(len(b.items))
	if err := p.sender.reserve(ctx, charge); err != nil {
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
	state.Estimate, state.MaxTokens = charge.Estimate(), charge.MaxTokens()
	c.warnings.addAll(b.model.warnings)
	state.Meta = c.meta(Meta{Model: b.model.id, RequestedModel: b.model.requested, ResolvedBy: b.model.resolvedBy})
	return state, nil
}

// requireBatchKey refuses a call without a key where the service wants one.
func (p *Provider) requireBatchKey() error {
	if !p.keyForBatches {
		return nil
	}
	return &Error{
		Code: CodeAuthFailed, Message: aiEndpoints + " takes batches at half price only with a key",
		Hint: "use mode now, or set a key. " + p.client.noKey(),
	}
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
			p.accounts.SettleBatch(ctx, id, len(lines.items), &budget.BatchUsage{})
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
	metadata := map[string]string{
		metadataProgram: programName, metadataItems: strconv.Itoa(len(lines.items)), metadataModel: lines.model.id,
	}
	if name := caller.NameOf(ctx); name != "" {
		metadata[metadataCaller] = name
	}
	body := map[string]any{
		"input_file_id": file, "endpoint": batchEndpoint, "completion_window": batchWindow, "metadata": metadata,
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

// findBatch returns the batch that was made of a file, nil if none was.
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
