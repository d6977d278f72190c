package emulator

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The bounds of batches.
const (
	maxBatchesInProgress = 5 // of a key, as the service has it
	maxBatches           = 1000
	maxMetadata          = 16
	lineOverhead         = 64 // what a line costs besides its text
	defaultBatchTime     = 2 * time.Second
	defaultWindow        = "48h"
)

// batch is a batch of a key. Its state is a function of the clock, and its lines are
// answered when somebody looks.
type batch struct {
	id, owner, authorization string
	endpoint, window         string
	metadata                 map[string]string
	input                    *file
	created                  time.Time
	takes                    time.Duration
	fault                    BatchFault

	issues []batchIssue // why it fails in validation
	total  int          // lines that are requests

	cancelled time.Time // zero for never; under Emulator.mu
	left      bool      // the input is no longer used; under Emulator.mu

	run sync.Mutex // of what is below; taken before Emulator.mu
	batchRun
}

type batchRequest struct {
	InputFileID      string            `json:"input_file_id"`
	Endpoint         string            `json:"endpoint"`
	CompletionWindow *string           `json:"completion_window"`
	Metadata         map[string]string `json:"metadata"`
}

// createBatch answers POST /v1/batches.
func (e *Emulator) createBatch(info *requestInfo) error {
	owner, err := e.owner(info.r)
	if err != nil {
		return err
	}
	var r batchRequest
	known := []string{"input_file_id", "endpoint", "completion_window", "metadata"}
	if err := decodeBody(info.body, &r, known, "input_file_id", "endpoint"); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	b := &batch{
		owner: owner, authorization: info.r.Header.Get("Authorization"), endpoint: r.Endpoint, metadata: r.Metadata,
		window: defaultWindow, created: time.Now(), takes: max(0, cmp.Or(e.options.BatchTime, defaultBatchTime)),
		fault: info.fault.Batch,
	}
	if r.CompletionWindow != nil {
		b.window = *r.CompletionWindow
	}
	if err := e.takeInput(b, r.InputFileID); err != nil {
		return err
	}
	var lines [][]byte
	lines, b.issues = readLines(b.input.content, r.Endpoint)
	if b.fault == BatchInvalid {
		b.issues = []batchIssue{{Code: "invalid_json_line", Line: new(1), Message: "The emulator was asked to fail this batch."}}
	}
	if b.issues == nil && e.reserve(len(lines)*lineOverhead) {
		b.total = len(lines)
		b.plan(lines)
	} else if b.issues == nil {
		b.issues = []batchIssue{{Code: "storage_full", Message: filesAreFull().Error()}}
	}
	if err := e.keepBatch(b); err != nil {
		return err
	}
	return info.json(http.StatusOK, e.look(info.r.Context(), b))
}

func (r batchRequest) check() error {
	endpoints, windows := []string{chatPath, embeddingsPath}, []string{"24h", "48h", "72h"}
	if !slices.Contains(endpoints, r.Endpoint) {
		return badRequest("endpoint: %.80q is not supported; `%s` are", r.Endpoint, strings.Join(endpoints, "` and `"))
	}
	if r.CompletionWindow != nil && !slices.Contains(windows, *r.CompletionWindow) {
		return badRequest("completion_window: %.40q is not supported; `%s` are", *r.CompletionWindow, strings.Join(windows, "`, `"))
	}
	if len(r.Metadata) > maxMetadata {
		return badRequest("metadata: at most %d pairs are allowed", maxMetadata)
	}
	for key, value := range r.Metadata {
		if len(key) > 64 || len(value) > 512 {
			return badRequest("metadata: a key may have 64 characters and a value 512")
		}
	}
	return nil
}

// takeInput finds the input file, and keeps its content for as long as the batch runs.
func (e *Emulator) takeInput(b *batch, id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	f, err := e.fileOf(b.owner, id)
	if err != nil {
		return err
	}
	f.users++
	b.input = f
	return nil
}

// leaveInput ends the use of the input file; e.mu is held.
func (e *Emulator) leaveInput(b *batch) {
	if b.left {
		return
	}
	b.left = true
	e.fileBytes -= b.total * lineOverhead
	b.input.users--
	e.releaseUnused(b.input)
}

// keepBatch adds a batch, unless its key or the emulator has too many.
func (e *Emulator) keepBatch(b *batch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	running := 0
	for _, other := range e.batches {
		if other.owner == b.owner && !other.state(b.created).ended {
			running++
		}
	}
	if running >= maxBatchesInProgress {
		e.leaveInput(b)
		return apiFailure(http.StatusTooManyRequests, "batch_limit_exceeded",
			"You have %d batches in progress, and at most %d are allowed. Wait until one ends, or cancel one.", running, maxBatchesInProgress)
	}
	if len(e.batches) >= maxBatches {
		i := slices.IndexFunc(e.batches, func(old *batch) bool { return old.state(b.created).ended })
		if i < 0 {
			e.leaveInput(b)
			return apiFailure(http.StatusTooManyRequests, "batch_limit_exceeded", "the emulator runs at most %d batches", maxBatches)
		}
		e.leaveInput(e.batches[i])
		e.batches = slices.Delete(e.batches, i, i+1)
	}
	e.ids++
	b.id = "batch_" + digest([]byte(b.owner), []byte(strconv.Itoa(e.ids)))
	e.batches = append(e.batches, b)
	return nil
}

// batchesOf returns the batches of an owner, the newest first.
func (e *Emulator) batchesOf(owner string) []*batch {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []*batch
	for _, b := range slices.Backward(e.batches) {
		if b.owner == owner {
			found = append(found, b)
		}
	}
	return found
}

// settle brings the batches of an owner up to the clock, so that their files exist.
func (e *Emulator) settle(ctx context.Context, owner string) {
	for _, b := range e.batchesOf(owner) {
		e.look(ctx, b)
	}
}

// findBatch returns the batch that the path names.
func (e *Emulator) findBatch(info *requestInfo) (*batch, error) {
	owner, err := e.owner(info.r)
	if err != nil {
		return nil, err
	}
	id := info.segment(3)
	for _, b := range e.batchesOf(owner) {
		if b.id == id {
			return b, nil
		}
	}
	return nil, apiFailure(http.StatusNotFound, "not_found", "No such Batch object: %.80s", id)
}

func (e *Emulator) serveBatch(info *requestInfo) error {
	b, err := e.findBatch(info)
	if err != nil {
		return err
	}
	return info.json(http.StatusOK, e.look(info.r.Context(), b))
}

func (e *Emulator) listBatches(info *requestInfo) error {
	owner, err := e.owner(info.r)
	if err != nil {
		return err
	}
	var objects []batchObject
	for _, b := range e.batchesOf(owner) {
		objects = append(objects, e.look(info.r.Context(), b))
	}
	return sendPage(info, objects, func(b batchObject) string { return b.ID }, 20, 100)
}

// cancelBatch answers POST /v1/batches/ID/cancel. What is done stays in the output.
func (e *Emulator) cancelBatch(info *requestInfo) error {
	b, err := e.findBatch(info)
	if err != nil {
		return err
	}
	e.mu.Lock()
	now := time.Now()
	switch status := b.state(now).status; status {
	case validating, inProgress:
		b.cancelled = now
	case cancelling:
	default:
		err = badRequest("Cannot cancel a batch with status '%s'.", status)
	}
	e.mu.Unlock()
	if err != nil {
		return err
	}
	return info.json(http.StatusOK, e.look(info.r.Context(), b))
}
