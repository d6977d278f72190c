package emulator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// batchRun is what a batch has done so far.
type batchRun struct {
	lines  [][]byte // in the order in which they are answered; nil at the end
	done   int
	counts requestCounts
	output bytes.Buffer // of the lines that were answered with a success
	errors bytes.Buffer // of the others

	closed                bool
	outputFile, errorFile *string
}

// outputLine is a line of an output or error file.
type outputLine struct {
	ID       string        `json:"id"`
	CustomID string        `json:"custom_id"`
	Response *lineResponse `json:"response"`
	Error    *lineError    `json:"error"`
}

type lineResponse struct {
	StatusCode int             `json:"status_code"`
	RequestID  string          `json:"request_id"`
	Body       json.RawMessage `json:"body"`
}

type lineError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// plan sets the order of the answers, which is never that of the input: clients have to
// join them by custom_id.
func (b *batch) plan(lines [][]byte) {
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(lines))
	if slices.IsSorted(order) {
		slices.Reverse(order)
	}
	for _, i := range order {
		b.lines = append(b.lines, lines[i])
	}
}

// look brings a batch up to the clock and returns it.
func (e *Emulator) look(ctx context.Context, b *batch) batchObject {
	b.run.Lock()
	defer b.run.Unlock()
	e.mu.Lock()
	s, cancelledAt := b.state(time.Now()), b.cancelled
	e.mu.Unlock()

	for ; b.done < s.done; b.done++ {
		e.runLine(context.WithoutCancel(ctx), b, b.lines[b.done])
	}
	if s.ended && !b.closed {
		e.closeBatch(b)
	}
	o := b.object(s, cancelledAt)
	o.RequestCounts.Completed, o.RequestCounts.Failed = b.counts.Completed, b.counts.Failed
	o.OutputFileID, o.ErrorFileID = b.outputFile, b.errorFile
	return o
}

// closeBatch makes the files of a batch that has ended. Their content is reserved.
func (e *Emulator) closeBatch(b *batch) {
	publish := func(content []byte, suffix string) *string {
		if len(content) == 0 {
			return nil
		}
		e.mu.Lock()
		e.fileBytes += fileOverhead
		e.mu.Unlock()
		return &e.keepFile(b.owner, b.id+suffix, "batch_output", bytes.Clone(content)).id
	}
	b.outputFile, b.errorFile = publish(b.output.Bytes(), "_output.jsonl"), publish(b.errors.Bytes(), "_error.jsonl")
	b.batchRun = batchRun{done: b.done, counts: b.counts, closed: true, outputFile: b.outputFile, errorFile: b.errorFile}
	e.mu.Lock()
	e.leaveInput(b)
	e.mu.Unlock()
}

// runLine answers a line and writes the answer to the output or to the errors.
func (e *Emulator) runLine(ctx context.Context, b *batch, raw []byte) {
	var line batchLine
	_ = json.Unmarshal(raw, &line) // was read before
	out := outputLine{ID: "batch_req_" + digest([]byte(b.id), []byte(line.CustomID)), CustomID: line.CustomID}
	out.Response, out.Error = e.answerLine(ctx, b, line)
	encoded := append(encode(out), '\n')
	if !e.reserve(len(encoded)) {
		out.Response, out.Error = nil, &lineError{"storage_full", filesAreFull().Error()}
		encoded = append(encode(out), '\n')
		e.release(-len(encoded)) // a short line, whatever is left
	}
	if out.Error != nil {
		b.counts.Failed++
		b.errors.Write(encoded)
		return
	}
	b.counts.Completed++
	b.output.Write(encoded)
}

// answerLine answers a line as its endpoint would, with the faults that it asks for but
// without any pause and without counting it against a rate limit.
func (e *Emulator) answerLine(ctx context.Context, b *batch, line batchLine) (*lineResponse, *lineError) {
	var asked struct{ Stream bool }
	if json.Unmarshal(line.Body, &asked) == nil && asked.Stream {
		return nil, &lineError{"invalid_request", "stream is not supported in a batch"}
	}
	w := &lineWriter{header: http.Header{}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://emulator"+line.URL, bytes.NewReader(line.Body))
	if err != nil {
		return nil, &lineError{"invalid_request", err.Error()}
	}
	if b.authorization != "" {
		r.Header.Set("Authorization", b.authorization)
	}
	info := &requestInfo{w: w, r: r, body: line.Body, inBatch: true}
	if !e.answerWhole(info) || !json.Valid(w.body.Bytes()) && w.status == http.StatusOK {
		return nil, &lineError{"request_failed", "the request was not answered"}
	}
	response := &lineResponse{w.status, digest([]byte(b.id), []byte(line.CustomID), []byte("request")), w.body.Bytes()}
	if !json.Valid(response.Body) {
		response.Body = encode(strings.ToValidUTF8(w.body.String(), ""))
	}
	if w.status >= http.StatusBadRequest {
		return response, errorOf(response.Body)
	}
	return response, nil
}

// answerWhole answers a request, and reports whether the connection stayed to the end.
func (e *Emulator) answerWhole(info *requestInfo) (whole bool) {
	defer func() {
		if torn := recover(); torn != nil {
			if err, ok := torn.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(torn)
			}
			whole = false
		}
	}()
	return e.answer(info) == nil
}

// errorOf returns what an error's body says.
func errorOf(body []byte) *lineError {
	var sent struct {
		Message string
		Error   lineError
	}
	_ = json.Unmarshal(body, &sent) // a body of another shape says nothing
	return &lineError{
		cmp.Or(sent.Error.Code, "request_failed"), cmp.Or(sent.Error.Message, sent.Message, "the request failed"),
	}
}

// lineWriter keeps the answer to a line.
type lineWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *lineWriter) Header() http.Header         { return w.header }
func (w *lineWriter) WriteHeader(status int)      { w.status = status }
func (w *lineWriter) Write(p []byte) (int, error) { return w.body.Write(p) }
