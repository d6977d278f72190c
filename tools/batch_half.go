package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// isHalfPrice reports whether a call is about the service's Batch API.
func (in batchInput) isHalfPrice() bool {
	return in.Mode == modeHalfPrice || in.ID != "" || in.Cancel || in.Delete
}

// halfPrice starts a batch at half the price, or asks for one that was started.
func (in batchInput) halfPrice(ctx context.Context, p *provider.Provider, events Events) (output, error) {
	if err := in.checkHalfPrice(); err != nil {
		return output{}, err
	}
	switch {
	case in.ID == "":
		return in.submit(ctx, p, events)
	case in.Cancel:
		state, err := p.CancelBatch(ctx, in.ID)
		if err != nil {
			return output{}, err
		}
		return batchState(state), nil
	}
	to, err := p.Destination(in.SaveTo, extJSONLines, extJSON)
	if err != nil {
		return output{}, err
	}
	state, err := p.FetchBatch(ctx, provider.BatchFetch{ID: in.ID, Schema: in.Schema.RawMessage, OnWait: events.OnWait})
	if err != nil {
		// An earlier call may have deleted the results, and not the rest.
		if gone := provider.AsError(err).Status; in.Delete && (gone == 404 || gone == 410) && p.DeleteBatch(ctx, in.ID) == nil {
			said := "The files of batch " + in.ID + " are deleted."
			return output{structured: &batchOutput{Status: "deleted", ID: in.ID}, text: []string{said}}, nil
		}
		return output{}, err
	}
	o := batchState(state)
	if state.Results != nil {
		out := newBatchOutput(state)
		o = output{meta: state.Meta}
		o.addResults(out, to, newBatchResults(state.Results))
		if in.Delete && in.SaveTo != "" && out.Saved == nil {
			o.text = append(o.text, "Nothing was deleted, since the results could not be saved.")
			return o, nil
		}
	}
	if !in.Delete {
		return o, nil
	}
	// The results are in the answer: what fails now must not lose them.
	if err := p.DeleteBatch(ctx, in.ID); err != nil {
		o.text = append(o.text, "The files of the batch could not be deleted: "+provider.AsError(err).Message+".")
	}
	return o, nil
}

// checkHalfPrice checks what the schema cannot express.
func (in batchInput) checkHalfPrice() error {
	switch {
	case in.ID == "" && (in.Cancel || in.Delete):
		return provider.InvalidArgument("id is missing", "name the batch to cancel or delete by the id that it was given")
	case in.Cancel && in.Delete:
		return provider.InvalidArgument("cancel and delete are both given", "cancel first, and delete when the batch has ended")
	case in.Cancel && in.SaveTo != "":
		return provider.InvalidArgument("cancel and save_to are both given", "cancel first, and save once the batch has ended")
	case in.ID != "" && (in.Inputs != nil || in.Files != nil):
		return provider.InvalidArgument("id is given with inputs or files", "give the id alone for the results, or leave it out to start a batch")
	case in.ID == "" && in.SaveTo != "":
		return provider.InvalidArgument("save_to is given with mode half_price", "give it with the id, in the call that gets the results")
	}
	return nil
}

func (in batchInput) submit(ctx context.Context, p *provider.Provider, events Events) (output, error) {
	if err := in.check(); err != nil {
		return output{}, err
	}
	req := in.request()
	req.OnWait = events.OnWait
	state, err := p.SubmitBatch(ctx, req)
	if err != nil {
		return output{}, err
	}
	return batchState(state), nil
}

func newBatchOutput(state *provider.BatchState) *batchOutput {
	return &batchOutput{Status: state.Status, ID: state.ID, Total: state.Total, Done: state.Done, Failed: state.Failed}
}

// batchState returns how a batch is, without its results.
func batchState(state *provider.BatchState) output {
	said := fmt.Sprintf("Batch %s is %s: %d of %s done, %d failed.",
		state.ID, state.Status, state.Done, text.Count(state.Total, "item"), state.Failed)
	if state.Problem != "" {
		said += " The service says: " + strings.TrimRight(state.Problem, ".") + "."
	}
	if state.MaxTokens > 0 {
		said += fmt.Sprintf(" Within the budget each answer may have %d tokens.", state.MaxTokens)
	}
	if !state.Ended {
		said += " Call batch again later with this id for the results"
		if !state.Expires.IsZero() {
			said += ", which come until " + state.Expires.UTC().Format(time.DateOnly+" 15:04 UTC") + " at the latest"
		}
		said += "."
	}
	return output{structured: newBatchOutput(state), text: []string{said}, meta: state.Meta}
}
