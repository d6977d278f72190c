package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// BatchFetch asks how a batch is, and for its results once it has ended.
type BatchFetch struct {
	ID     string
	Schema json.RawMessage     // what the answers are read by, which the service does not keep; nil returns text
	OnWait func(reason string) // is called with each wait that a person would notice; nil disables it
}

// The bounds of results.
const (
	maxResultsBody = 1 << 30   // of a file
	maxResultLine  = 8 << 20   // of a line; an answer of 32,000 tokens has about 200,000 bytes
	maxResultsKept = 256 << 20 // of all answers, as they are returned
)

// FetchBatch returns how a batch is, and its results once it has ended. They replace what
// was reserved for it, whoever fetches them first.
func (p *Provider) FetchBatch(ctx context.Context, req BatchFetch) (*BatchState, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	if err := p.checkBatchID(req.ID); err != nil {
		return nil, err
	}
	var compiled *sharedSchema
	if req.Schema != nil {
		var err error
		if compiled, err = p.compile(ctx, req.Schema, &c.warnings); err != nil {
			return nil, err
		}
	}
	b, err := p.getBatch(ctx, c, req.ID)
	if err != nil {
		return nil, c.fail(err)
	}
	state := b.state(p.client)
	model, first := b.metadata(metadataModel), true
	switch {
	case state.Status == BatchFailed && b.Output == "":
		p.accounts.SettleBatch(ctx, req.ID, state.Total, &budget.BatchUsage{})
	case state.Ended:
		read, err := p.readResults(ctx, c, b, state, compiled)
		if err != nil {
			return nil, c.fail(err)
		}
		first = p.accounts.SettleBatch(ctx, req.ID, state.Total, &read.usage)
		model = cmp.Or(read.answeredBy, model)
	}
	state.Meta = c.meta(Meta{Model: model, CountedBefore: !first})
	return state, nil
}

// readResults reads the files of a batch that has ended into its state. A file that breaks
// off is read anew.
func (p *Provider) readResults(ctx context.Context, c *call, b *wireBatch, state *BatchState, s *sharedSchema) (*batchReader, error) {
	var reader *batchReader
	hold := p.holdOnce()
	err := p.retryRequest(ctx, c, b.metadata(metadataModel), func() error {
		reader = &batchReader{
			Provider: p, schema: s, known: p.pricedModels(ctx), model: b.metadata(metadataModel), holdBytes: hold,
			results: make([]BatchAnswer, state.Total), came: make([]bool, state.Total), paid: make([]bool, state.Total),
		}
		for _, file := range []wireWord{b.Output, b.Errors} {
			if file == "" {
				continue
			}
			if err := reader.readFile(ctx, string(file)); err != nil {
				return explainNoFile(string(b.ID), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	reader.explainMissing(state)
	c.warnings.addAll(reader.warned.all(len(reader.results)))
	c.answered, c.usage, c.cost = reader.sums.answered, reader.sums.usage, reader.sums.cost
	state.Results, state.Total, state.Done, state.Failed = reader.results, len(reader.results), 0, 0
	for i := range state.Results {
		if state.Results[i].Err == nil {
			state.Done++
		} else {
			state.Failed++
		}
	}
	if reader.missing > 0 && state.Status == BatchExpired {
		c.warnings.add(WarnDeadline, "the window of %s ended before %d of %d items were answered; these are the results so far",
			cmp.Or(state.Window, "the batch"), reader.missing, state.Total)
	}
	return reader, nil
}

// explainNoFile says of results that the service does not have what that may mean.
func explainNoFile(id string, err error) error {
	failure := AsError(err)
	if failure.Status != http.StatusNotFound && failure.Status != http.StatusGone {
		return failure
	}
	gone := *failure
	gone.Code = CodeInvalidArgument
	gone.Message = fmt.Sprintf("id: the results of the batch %s are not at the service any more (%s)", id, failure.Message)
	gone.Hint = "they were deleted, or too old: the service keeps files for about 15 days; submit the batch again if they are wanted"
	return &gone
}

// explainMissing says of each item that is in no file why.
func (r *batchReader) explainMissing(state *BatchState) {
	for i := range r.results {
		if r.came[i] {
			continue
		}
		r.missing++
		e := &Error{Hint: submitAgain}
		switch {
		case state.Status == BatchExpired:
			e.Code, e.Message = CodeUpstreamTimeout, "the batch's window ended before this item was answered"
		case state.Status != BatchCompleted:
			e.Code, e.Message = CodeCancelled, "the batch ended before this item was answered: it was "+state.Status
		default:
			e.Code, e.Message = CodeUpstreamUnavailable, "the results hold no answer to this item that can be read"
		}
		r.results[i].Err = e
		// Of what ended early, the lines that cannot be read are what was worked on.
		if state.Status == BatchCompleted || r.missing <= r.unreadable {
			r.usage.AddUnanswered()
		}
	}
}

// holdOnce returns a function that holds what results of a size take, until the call was
// answered: as they come and in our own answer. It does so once, since a call that waits
// must hold nothing.
func (p *Provider) holdOnce() func(context.Context, int64) error {
	held := false
	return func(ctx context.Context, size int64) error {
		if held {
			return nil
		}
		if size < 0 {
			size = maxAnswer
		}
		release, err := p.hold(ctx, 2*min(size, maxResultsKept))
		if err != nil {
			return err
		}
		if held = true; !limit.AtEnd(ctx, release) {
			release()
		}
		return nil
	}
}
