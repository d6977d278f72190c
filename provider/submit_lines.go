package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// The service's bounds of a batch's file.
const (
	batchEndpoint  = "/v1/chat/completions"
	batchWindow    = "24h"
	maxUploadBytes = 200_000_000
)

// customIDPrefix is before the index of an item in its custom_id.
const customIDPrefix = "item-"

func customID(item int) string { return fmt.Sprintf("%s%06d", customIDPrefix, item) }

// itemOf returns the index in a custom_id.
func itemOf(id string) (item int, ok bool) {
	digits, ok := strings.CutPrefix(id, customIDPrefix)
	item, err := strconv.Atoi(digits)
	return item, ok && err == nil && item >= 0 && item < MaxHalfPrice && customID(item) == id
}

// batchLines are the lines of a batch's file. Each is made when it is needed, so that they
// are never in memory together.
type batchLines struct {
	*batch
	modes   []string // in which the model is asked for JSON, the best first
	without []string // fields that the model refuses

	bytes                 int64 // of all lines
	promptTokens, longest int   // estimated, of all prompts and of the longest
	maxTokens             int   // that the budget chose; 0 if it did not choose
}

// newLines returns the lines. What a model refuses is looked up once, since other calls
// may learn it meanwhile, and each line is made twice.
func (b *batch) newLines() *batchLines {
	return &batchLines{
		batch: b, modes: b.refusedModes.without(b.model.id, modes(*b.model.entry)), without: b.niceties.of(b.model.id),
	}
}

// wireBatchRequest is a line.
type wireBatchRequest struct {
	CustomID string   `json:"custom_id"`
	Method   string   `json:"method"`
	URL      string   `json:"url"`
	Body     wireChat `json:"body"`
}

// chat returns the request of an item, as [Provider.Batch] would make it. What a caller
// should know of it goes to c.
func (l *batchLines) chat(item int, c *call) (*ChatRequest, error) {
	system, prompt, err := l.messages(item)
	if err != nil {
		failure := *AsError(err)
		failure.Message = l.items[item].name(item) + ": " + failure.Message
		return nil, &failure
	}
	var req *ChatRequest
	if l.schema == nil {
		req = l.chatRequest(system, prompt)
	} else {
		e := l.extraction(c, system, prompt)
		e.modes = l.modes
		e.warnDropped()
		req = e.chatRequest()
	}
	req.Messages = coalesce(req.Messages, &c.warnings)
	return req, nil
}

// line returns the line of an item with its end.
func (l *batchLines) line(item int, req *ChatRequest) ([]byte, error) {
	body := newWireChat(req, l.model, l.maxTokens)
	body.Stream, body.StreamOptions = false, nil
	body.drop(l.without)
	encoded, err := json.Marshal(wireBatchRequest{customID(item), "POST", batchEndpoint, *body})
	return append(encoded, '\n'), err
}

// measure checks every item, and adds up the bytes and the tokens.
func (l *batchLines) measure(ctx context.Context) error {
	for item := range l.items {
		if ctx.Err() != nil {
			return l.client.transportError(ctx, ctx.Err())
		}
		req, err := l.chat(item, l.call)
		if err != nil {
			return err
		}
		line, err := l.line(item, req)
		switch {
		case err != nil:
			return err
		case len(line) > maxTextBody:
			return tooLargeBatch(fmt.Sprintf("%s: its request has %d bytes, and the service takes %d",
				l.items[item].name(item), len(line), maxTextBody), "shorten it, or leave it out")
		}
		if l.bytes += int64(len(line)); l.bytes > maxUploadBytes {
			return tooLargeBatch(fmt.Sprintf("the requests of the first %d of %d items have %d bytes, and the service takes %d in a batch",
				item+1, len(l.items), l.bytes, maxUploadBytes), "make several batches of them")
		}
		tokens := req.promptTokens()
		l.promptTokens, l.longest = l.promptTokens+tokens, max(l.longest, tokens)
	}
	return nil
}

func tooLargeBatch(message, hint string) error {
	return &Error{Code: CodePayloadTooLarge, Message: message, Hint: hint}
}

// setMaxTokens sets what the budget chose, which makes each line longer by as much.
func (l *batchLines) setMaxTokens(chosen int) error {
	if chosen == 0 {
		return nil
	}
	req, err := l.chat(0, &call{})
	if err != nil {
		return err
	}
	without, err := l.line(0, req)
	if err != nil {
		return err
	}
	l.maxTokens = chosen
	with, err := l.line(0, req)
	l.bytes += int64(len(with)-len(without)) * int64(len(l.items))
	return err
}

// uploadLines uploads the lines as a file and returns its id. A second upload costs
// nothing, and the service deletes it in time, so this is tried again as reading is.
func (p *Provider) uploadLines(ctx context.Context, c *call, lines *batchLines) (file string, err error) {
	err = p.retryRequest(ctx, c, lines.model.id, func() (err error) {
		body := newBatchUpload(lines)
		defer body.stop()
		file, err = p.client.uploadFile(ctx, body)
		return err
	})
	return file, err
}

// batchUpload is the body of an upload: a form whose file is read line by line.
type batchUpload struct {
	contentType string
	length      int64
	whole       io.Reader

	mu      sync.Mutex
	stopped bool
}

func newBatchUpload(lines *batchLines) *batchUpload {
	contentType, head, tail := formAround("requests.jsonl", "application/jsonl", []formField{{"purpose", "batch"}})
	return &batchUpload{
		contentType: contentType, length: int64(len(head)+len(tail)) + lines.bytes,
		whole: io.MultiReader(bytes.NewReader(head), &lineReader{lines: lines}, bytes.NewReader(tail)),
	}
}

// Read implements [io.Reader].
func (u *batchUpload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return 0, errStopped
	}
	return u.whole.Read(p)
}

// stop ends the reading: a transport may go on for a while after the answer came.
func (u *batchUpload) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stopped = true
}

// lineReader reads the lines, each of which it makes when its turn comes.
type lineReader struct {
	lines *batchLines
	next  int
	rest  []byte // of the current line
}

// Read implements [io.Reader].
func (r *lineReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.next == len(r.lines.items) {
			return 0, io.EOF
		}
		req, err := r.lines.chat(r.next, &call{})
		if err != nil {
			return 0, err
		}
		if r.rest, err = r.lines.line(r.next, req); err != nil {
			return 0, err
		}
		r.next++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
