package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/template"
)

const (
	// MaxBatch is how many items a batch may have whose answers are waited for.
	MaxBatch = 2048
	// parallelItems is how many items are asked at once: enough for 400 requests a minute
	// where an answer takes two seconds.
	parallelItems = 16
)

// BatchRequest asks one model about many items: Inputs, or the items of Files.
type BatchRequest struct {
	Prompt string // template, with a reference to the item; see package template
	System string // template
	Inputs []string
	// Files are paths and patterns below the allowed folders. Each line of a .jsonl is an
	// item, and each other file.
	Files []string

	Schema      json.RawMessage // of the data that each answer is; nil asks for text
	Model       string          // id, alias, named model or query; "" is the default
	MaxTokens   *int
	Temperature *float64 // nil is the model's, or 0 with a schema

	OnWait func(reason string) // is called with each wait that a person would notice; nil disables it
	// OnProgress is called, never concurrently, after each item with the number of items
	// that were answered or failed; nil disables it.
	OnProgress func(done, total int)
}

// BatchResult has an answer for each item, in order.
type BatchResult struct {
	Answers []BatchAnswer
	Done    int  // answers without an error
	Partial bool // some items were not asked, or not to the end
	Meta         // usage and cost summed over all requests, without the attempts
}

// BatchAnswer is the answer to an item: text, or data with a schema.
type BatchAnswer struct {
	Content      string
	Data         json.RawMessage // valid against the schema
	FinishReason string          // of a text that is not whole, or a refusal; "" of any other
	Err          *Error          // nil where the item is done; Content then has what came before it failed
	File         string          // of the item; "" if it is of the input
	Line         int             // of the file, from 1; 0 is all of it
}

// batch is one call of [Provider.Batch].
type batch struct {
	*Provider
	req            BatchRequest
	call           *call
	prompt, system *template.Template
	items          []batchItem
	schema         *sharedSchema // nil asks for text
	model          resolvedModel

	mu       sync.Mutex // for what follows
	next     int        // the first item that is not taken yet
	answers  []BatchAnswer
	asked    []bool // the items that have an answer
	answered int    // how many
	running  int    // items that are being asked
	ended    chan struct{}
	stop     *Error // why no more items are asked
	kept     int    // bytes of answers
	held     int    // bytes of answers that memory is held for
	warned   batchWarnings
	used     string // the model that answered first
}

// Batch asks a model about many items at once, as many as the limits allow: an item that
// fails does not fail the others. They wait for a rate limit for as long as the call's
// deadline allows, at which what is done is returned. The error is an [Error]; it is that
// of an item where none is done.
func (p *Provider) Batch(ctx context.Context, req BatchRequest) (*BatchResult, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	c.wait = limit.NewTurns(p.timeout, req.OnWait)
	b, release, err := p.newBatch(ctx, c, req, MaxBatch)
	if err != nil {
		return nil, err
	}
	defer release()
	b.run(ctx)
	return b.result(ctx)
}

// newBatch checks all of a batch before anything is sent. It holds the memory of the items
// until release.
func (p *Provider) newBatch(ctx context.Context, c *call, req BatchRequest, most int) (b *batch, release func(), err error) {
	b = &batch{Provider: p, call: c, req: req, ended: make(chan struct{})}
	if err := b.parseTemplates(); err != nil {
		return nil, nil, err
	}
	required, defaultModel := require(catalog.Chat), p.models.defaults().Chat
	required.pinned = true
	if req.Schema != nil {
		required.prefer, defaultModel = catalog.JSONSchema, p.models.defaults().Extract
		if b.schema, err = p.compile(ctx, req.Schema, &c.warnings); err != nil {
			return nil, nil, err
		}
	}
	read, releaseFiles, err := p.readFiles(ctx, req.Files, &c.warnings)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			releaseFiles()
		}
	}()
	if b.items, err = batchItems(ctx, req.Inputs, read, most); err != nil {
		return nil, nil, p.contextError(ctx, err)
	}
	largest, err := b.checkItems(ctx)
	if err != nil {
		return nil, nil, p.contextError(ctx, err)
	}
	if b.model, err = p.models.resolve(ctx, req.Model, defaultModel, required); err != nil {
		return nil, nil, err
	}
	const copies = 3 // the text, in a message, and as JSON
	releasePrompts, err := p.hold(ctx, copies*int64(largest)*int64(b.workers()))
	if err != nil {
		return nil, nil, err
	}
	b.answers, b.asked = make([]BatchAnswer, len(b.items)), make([]bool, len(b.items))
	return b, func() { releasePrompts(); releaseFiles() }, nil
}

// contextError returns an error that is the context's in the words of a call.
func (p *Provider) contextError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return p.client.transportError(ctx, ctx.Err())
	}
	return err
}

// parseTemplates reads the prompt, which needs a reference to the item, and the system
// message.
func (b *batch) parseTemplates() (err error) {
	if b.prompt, err = parseTemplate("prompt", b.req.Prompt); err != nil {
		return err
	}
	if !b.prompt.Uses() {
		return InvalidArgument("prompt has no {{input}}",
			"write {{input}} where the text of each item goes, or {{field}} for a field of items that are JSON objects")
	}
	b.system, err = parseTemplate("system", b.req.System)
	return err
}

func parseTemplate(name, source string) (*template.Template, error) {
	parsed, err := template.Parse(source)
	if wrong, ok := errors.AsType[*template.Error](err); ok {
		return nil, InvalidArgument(name+": "+wrong.Message, wrong.Hint)
	}
	return parsed, err
}

// workers is how many items are asked at once.
func (b *batch) workers() int {
	workers := min(parallelItems, len(b.items))
	if b.sender.maxInFlight > 0 {
		workers = min(workers, b.sender.maxInFlight)
	}
	return workers
}

// result returns the answers, or the error of a batch of which nothing is done.
func (b *batch) result(ctx context.Context) (*BatchResult, error) {
	if b.answered < len(b.items) && ctx.Err() != nil {
		b.stop = AsError(b.client.transportError(ctx, ctx.Err()))
		if b.stop.Code == CodeCancelled {
			return nil, b.stop
		}
	}
	result := &BatchResult{Answers: b.answers, Partial: b.stop != nil}
	for i := range b.answers {
		answer := &b.answers[i]
		answer.File, answer.Line = b.items[i].file, b.items[i].line
		if !b.asked[i] {
			answer.Err = &Error{Code: b.stop.Code, Message: "not asked: " + b.stop.Message, Hint: b.stop.Hint, Retryable: b.stop.Retryable}
		}
		switch {
		case answer.Err == nil:
			result.Done++
		case ctx.Err() != nil && answer.Err.Code == CodeUpstreamTimeout:
			result.Partial = true
		}
	}
	if result.Done == 0 {
		return nil, b.failure()
	}
	b.call.warnings.addAll(b.warned.all(b.answered))
	if result.Partial && (b.stop == nil || b.stop.Code == CodeUpstreamTimeout || b.stop.Code == CodeRateLimited) {
		b.call.warnings.add(WarnDeadline, "%d of %d items were not done within %s; %d of them were not asked",
			len(b.items)-result.Done, len(b.items), b.timeout, len(b.items)-b.answered)
	}
	result.Meta = b.call.meta(Meta{Model: b.used, RequestedModel: b.model.requested, ResolvedBy: b.model.resolvedBy})
	return result, nil
}

// failure returns the error of a batch of which nothing is done: why it stopped, or that
// of its first item.
func (b *batch) failure() *Error {
	first := slices.Index(b.asked, true)
	switch {
	case b.stop != nil && (first < 0 || b.stop.Code != CodeUpstreamTimeout):
		return b.stop
	case len(b.items) == 1:
		return b.answers[first].Err
	}
	failure := *b.answers[first].Err
	failure.Message = fmt.Sprintf("none of %d items is done; %s: %s", len(b.items), b.items[first].name(first), failure.Message)
	return &failure
}
