package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// batchReader reads the results of a batch.
type batchReader struct {
	*Provider
	schema    *sharedSchema
	known     *catalog.Catalog
	model     string // that was asked
	holdBytes func(context.Context, int64) error

	results    []BatchAnswer
	came       []bool
	paid       []bool // an answer came
	kept       int    // bytes
	unreadable int    // lines
	missing    int    // items that are in no file
	answeredBy string
	warned     batchWarnings
	usage      budget.BatchUsage
	sums       call
}

// wireResult is a line of a file of results.
type wireResult struct {
	CustomID wireWord        `json:"custom_id"`
	Response json.RawMessage `json:"response"`
	Error    json.RawMessage `json:"error"`
}

func (r *batchReader) readFile(ctx context.Context, id string) error {
	if !isBatchID(id) {
		return r.client.newError(CodeUpstreamUnavailable, nil, "%s names a file of results that cannot be one", r.client.service())
	}
	skipped, err := r.client.readLines(ctx, id, r.holdBytes, func(line []byte) error { return r.readLine(ctx, line) })
	r.unreadable += skipped
	return err
}

// readLine reads the result of an item. One that cannot be read costs that item. Of
// several for one item the first answer counts, and is paid for once.
func (r *batchReader) readLine(ctx context.Context, line []byte) error {
	var wire wireResult
	if json.Unmarshal(line, &wire) != nil {
		r.unreadable++
		return nil
	}
	item, ok := itemOf(string(wire.CustomID))
	if !ok {
		r.unreadable++
		return nil
	}
	for item >= len(r.results) {
		r.results, r.came = append(r.results, BatchAnswer{}), append(r.came, false)
		r.paid = append(r.paid, false)
	}
	if r.paid[item] {
		return nil
	}
	result, ending, paid, err := r.read(ctx, wire)
	if err != nil {
		return err
	}
	if r.came[item] && !paid {
		return nil
	}
	r.paid[item] = paid
	r.came[item], r.results[item] = true, result
	r.warned.add(item, ending)
	if r.kept += len(result.Content) + len(result.Data); r.kept > maxResultsKept {
		return &Error{
			Code: CodePayloadTooLarge, Message: fmt.Sprintf("id: the results of the batch have more than %d MB", maxResultsKept>>20),
			Hint: "get its output file from the service",
		}
	}
	return nil
}

// read returns the result of a line, how its answer ended, if not well, and whether it is
// an answer, which is paid for also where it is of no use. The error is that of the call.
func (r *batchReader) read(ctx context.Context, wire wireResult) (result BatchAnswer, ending warnings, paid bool, err error) {
	var response struct {
		Status json.RawMessage `json:"status_code"`
		Body   json.RawMessage `json:"body"`
	}
	_ = json.Unmarshal(wire.Response, &response) // what is not an object has no fields
	status, _ := wholeNumber(response.Status)
	body := bytes.TrimSpace(response.Body)
	isAnswer := len(body) > 0 && body[0] == '{' && status < 400 && !isError(body)
	if !isAnswer {
		charge := budget.NewCharge(r.known, r.model, 0, 0).ForBatch(1)
		failure := r.client.lineError(status, body, wire.Error)
		r.usage.Add(charge, budget.Outcome{Code: string(failure.Code)})
		return BatchAnswer{Err: failure}, nil, false, nil
	}
	result, ending, err = r.readAnswer(ctx, body)
	return result, ending, true, err
}

// readAnswer reads an answer, which is not a stream.
func (r *batchReader) readAnswer(ctx context.Context, body []byte) (result BatchAnswer, ending warnings, err error) {
	a := newAnswer(r.model, &ChatRequest{})
	a.addWhole(ctx, body)
	a.finishReading()
	err = r.client.finishStream(ctx, a)
	if ctx.Err() != nil {
		return BatchAnswer{}, nil, r.client.transportError(ctx, ctx.Err())
	}
	a.model, a.finish = upstreamName(a.model), upstreamName(a.finish)
	r.answeredBy = cmp.Or(r.answeredBy, a.model)
	charge := budget.NewCharge(r.known, r.model, 0, 0).ForBatch(1)
	charge.Answered(a.model, a.usage)
	cost, outcome := charge.Cost(), budget.Outcome{Worked: true}
	if err != nil {
		outcome.Code = string(AsError(err).Code)
	}
	r.sums.add(a.usage, cost)
	r.usage.Add(charge, outcome)
	if err != nil {
		failure := *AsError(err)
		failure.Retryable = false // the batch is over
		return BatchAnswer{Err: &failure}, nil, nil
	}
	got := completion{answer: a, cost: cost, truncation: "max_tokens, or the model's limit; raise max_tokens for the rest"}
	answer := got.result()
	explainEnd(answer, got)
	result, err = r.result(ctx, answer)
	return result, answer.ending, err
}

// result returns what an answer says, by the schema if there is one.
func (r *batchReader) result(ctx context.Context, answer *ChatResult) (BatchAnswer, error) {
	if r.schema == nil {
		result := r.textAnswer(answer)
		if result.Err != nil { // the batch is over
			result.Err.Retryable, result.Err.Hint = false, submitAgain
		}
		return result, nil
	}
	data, wrong := r.schema.Read(ctx, answer.Content)
	switch {
	case ctx.Err() != nil:
		return BatchAnswer{}, r.client.transportError(ctx, ctx.Err())
	case data != nil:
		return BatchAnswer{Data: bytes.Clone(data)}, nil
	case wrong == nil:
		wrong = []string{withoutJSON(answer)}
	}
	return BatchAnswer{Err: invalidAnswer(answer, wrong, 0)}, nil
}

// lineError returns the Error of a line without an answer. To fetch the results again
// does not change it.
func (c *client) lineError(status int, body []byte, cause json.RawMessage) *Error {
	said := errorPart(body)
	if len(said) == 0 || status < 400 && !isBlank(cause) {
		said = errorPart(cause)
	}
	if status < 400 || status > 599 {
		status = errorStatus(said)
	}
	if status != 0 {
		e := c.statusError(status, nil, said)
		e.Retryable, e.RetryAfter, e.wholeWindow = false, 0, false
		return e
	}
	words, code := c.upstreamMessage(said), errorCode(said)
	if isBlank(said) {
		words = "no reason is given"
	}
	e := &Error{Code: statusCode(http.StatusBadRequest, strings.ToLower(words+" "+code), false)}
	switch e.Message = fmt.Sprintf("%s did not answer this item: %s", c.service(), words); {
	case strings.Contains(code, "expired"):
		e.Code = CodeUpstreamTimeout
	case strings.Contains(code, "cancelled"), strings.Contains(code, "canceled"):
		e.Code = CodeCancelled
	}
	e.Hint = c.hint(e.Code)
	if e.Code == CodeUpstreamTimeout || e.Code == CodeCancelled {
		e.Hint = submitAgain
	}
	return e
}

const submitAgain = "submit it again if the answer is still wanted"
