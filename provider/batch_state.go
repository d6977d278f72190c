package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// The metadata of a batch.
const (
	metadataProgram = "program"
	metadataItems   = "items"
	metadataModel   = "model"
	metadataCaller  = "caller"
	programName     = "ai-endpoints-mcp"
)

// The statuses of a batch that are not only passed on.
const (
	BatchCompleted = "completed"
	BatchFailed    = "failed" // in validation; nothing was answered
	BatchExpired   = "expired"
	BatchCancelled = "cancelled"
)

// BatchState is what the service says of a batch.
type BatchState struct {
	ID     string
	Status string // the service's word: validating, in_progress, finalizing, completed …
	Ended  bool   // nothing changes any more

	Total, Done, Failed int // items; Total is 0 while it is not known

	Window                      string // in which the service answers, such as 24h
	CreatedAt, EndedAt, Expires time.Time
	Problem                     string   // why the batch failed, in the service's words
	Estimate                    *float64 // EUR, of a submission: the most that it can cost; nil when unknown
	MaxTokens                   int      // of a submission: what the budget chose for each answer; 0 if it did not choose

	Results []BatchAnswer // in the order of the items; nil until the batch has ended
	Meta                  // usage and cost are those of the results
}

// state returns a batch as callers see it.
func (b *wireBatch) state(c *client) *BatchState {
	s := &BatchState{
		ID: string(b.ID), Status: upstreamName(string(b.Status)), Window: upstreamName(string(b.Window)),
		CreatedAt: b.Created.Time, Expires: b.Expires.Time,
	}
	for status, at := range map[string]time.Time{
		BatchCompleted: b.Completed.Time, BatchFailed: b.Failed.Time, BatchExpired: b.Expired.Time, BatchCancelled: b.Cancelled.Time,
		"canceled": b.Cancelled.Time,
	} {
		if status == s.Status {
			s.Ended, s.EndedAt = true, at
		}
	}
	var counts struct {
		Total     tokenCount `json:"total"`
		Completed tokenCount `json:"completed"`
		Failed    tokenCount `json:"failed"`
	}
	_ = json.Unmarshal(b.Counts, &counts) // what cannot be read counts 0
	bounded := func(n tokenCount) int { return min(max(0, int(n)), MaxHalfPrice) }
	s.Total, s.Done, s.Failed = bounded(counts.Total), bounded(counts.Completed), bounded(counts.Failed)
	if items, err := strconv.Atoi(b.metadata(metadataItems)); err == nil && items > 0 && items <= MaxHalfPrice {
		s.Total = items
	}
	s.Problem = excerpt(c.redact(b.problems()))
	return s
}

// metadata returns a value that was given to the batch, "" if it is not there.
func (b *wireBatch) metadata(name string) string {
	var given map[string]wireWord
	_ = json.Unmarshal(b.Metadata, &given)
	return upstreamName(string(given[name]))
}

// problems says why a batch failed.
func (b *wireBatch) problems() string {
	const most = 5
	var list struct {
		Data [most]struct { // the rest is not read
			Line    wireWord `json:"line"`
			Message wireWord `json:"message"`
		} `json:"data"`
	}
	_ = json.Unmarshal(b.Problems, &list)
	var words []string
	for _, problem := range list.Data {
		switch {
		case problem.Message == "":
		case problem.Line != "":
			words = append(words, fmt.Sprintf("line %s: %s", problem.Line, problem.Message))
		default:
			words = append(words, string(problem.Message))
		}
	}
	return strings.Join(words, "; ")
}

// getBatch returns a batch by the id that a caller gave, unless it is that of another.
func (p *Provider) getBatch(ctx context.Context, c *call, id string) (b *wireBatch, err error) {
	err = p.retryRequest(ctx, c, "", func() (err error) {
		b, err = p.client.batch(ctx, http.MethodGet, "batches/"+url.PathEscape(id), nil)
		return err
	})
	if err != nil {
		return nil, p.explainNoBatch(id, err)
	}
	if program := b.metadata(metadataProgram); program != "" && program != programName {
		return nil, InvalidArgument(fmt.Sprintf("id: the batch %s was made by another program", excerpt(id)), giveBatchID)
	}
	if who := caller.From(ctx); who != nil && b.metadata(metadataCaller) != upstreamName(who.Name) {
		return nil, &Error{
			Code: CodeNotPermitted, Message: fmt.Sprintf("id: the batch %s was not submitted by %s", excerpt(id), who.Name),
			Hint: "a batch is for the caller that submitted it; " + giveBatchID,
		}
	}
	return b, nil
}

const giveBatchID = "give the id that batch returned when it was submitted"

// checkBatchID returns an error for what cannot be the id of a batch.
func (p *Provider) checkBatchID(id string) error {
	if !isBatchID(id) {
		return InvalidArgument(fmt.Sprintf("id: %q is not the id of a batch", excerpt(id)), giveBatchID)
	}
	return p.requireBatchKey()
}

// explainNoBatch says of a batch that the service does not know what that may mean.
func (p *Provider) explainNoBatch(id string, err error) error {
	failure := AsError(err)
	if failure.Status != http.StatusNotFound && failure.Status != http.StatusGone && failure.Status != http.StatusBadRequest {
		return failure
	}
	unknown := *failure
	unknown.Code, unknown.Message = CodeInvalidArgument, fmt.Sprintf("id: there is no batch %s (%s)", excerpt(id), failure.Message)
	unknown.Hint = giveBatchID + "; a batch belongs to the project of the key, and is forgotten in time"
	return &unknown
}

// CancelBatch cancels a batch. What is answered already stays, and costs what it costs.
// One that has ended is returned as it is, with a warning.
func (p *Provider) CancelBatch(ctx context.Context, id string) (*BatchState, error) {
	p, ctx, c, cancel := p.begin(ctx, nil)
	defer cancel()
	if err := p.checkBatchID(id); err != nil {
		return nil, err
	}
	if _, err := p.getBatch(ctx, c, id); err != nil { // also of another program
		return nil, c.fail(err)
	}
	b, err := p.postCancel(ctx, c, id)
	if err != nil {
		return nil, c.fail(err)
	}
	state := b.state(p.client)
	if b.cancelLate {
		c.warnings.add(WarnArgumentIgnored, "cancel had no effect: the batch was %s already", state.Status)
	}
	state.Meta = c.meta(Meta{Model: b.metadata(metadataModel)})
	return state, nil
}

// postCancel cancels a batch. It is not an error if that had ended. To cancel twice is as good as
// once, so it is tried again.
func (p *Provider) postCancel(ctx context.Context, c *call, id string) (b *wireBatch, err error) {
	err = p.retryRequest(ctx, c, "", func() (err error) {
		b, err = p.client.batch(ctx, http.MethodPost, "batches/"+url.PathEscape(id)+"/cancel", nil)
		return err
	})
	if err == nil {
		return b, nil
	}
	if status := AsError(err).Status; status != http.StatusBadRequest && status != http.StatusConflict {
		return nil, p.explainNoBatch(id, err)
	}
	b, getErr := p.getBatch(ctx, c, id)
	if getErr != nil || !b.state(p.client).Ended {
		return nil, err
	}
	b.cancelLate = true
	return b, nil
}

// DeleteBatch deletes the files of a batch that has ended: its input and its results. Call
// it only after the results were saved. Files that are not there are no error.
func (p *Provider) DeleteBatch(ctx context.Context, id string) error {
	p, ctx, c, cancel := p.begin(ctx, nil)
	defer cancel()
	if err := p.checkBatchID(id); err != nil {
		return err
	}
	b, err := p.getBatch(ctx, c, id)
	if err != nil {
		return c.fail(err)
	}
	if state := b.state(p.client); !state.Ended {
		return InvalidArgument(fmt.Sprintf("delete: the batch is %s", state.Status), "wait until it has ended, or cancel it first")
	}
	for _, file := range []wireWord{b.Output, b.Errors, b.Input} {
		if !isBatchID(string(file)) {
			continue
		}
		if err := p.deleteBatchFile(ctx, c, string(file)); err != nil {
			return c.fail(err)
		}
	}
	return nil
}

func (p *Provider) deleteBatchFile(ctx context.Context, c *call, file string) error {
	return p.retryRequest(ctx, c, "", func() error { return p.client.deleteFile(ctx, file) })
}
