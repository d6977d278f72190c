package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/openai/openai-go/v3/option"
)

// retryRequest calls send for a request that asks no model, and repeats it after failures
// that may pass, as [sender.withRetry] does for others: it waits for no model's rate limit, and
// costs nothing.
func (p *Provider) retryRequest(ctx context.Context, c *call, model string, send func() error) error {
	pauses := backoff.NewExponentialBackOff()
	for tries := 1; ; tries++ {
		attempt := Attempt{Model: model}
		err := p.sender.observe(ctx, OperationBatch, &attempt, send)
		c.attempts = append(c.attempts, attempt)
		if err == nil {
			return nil
		}
		failure := AsError(err)
		pause := max(pauses.NextBackOff(), failure.RetryAfter)
		if !failure.Retryable || tries == maxTries || !c.wait.Allows(ctx, pause) {
			return err
		}
		c.wait.Announce(pause, waitReason(failure.Code))
		if !c.wait.Sleep(ctx, pause) {
			return notSent(err, p.client.transportError(ctx, ctx.Err()))
		}
	}
}

// wireBatch is a batch of the service. Decoding it fails only if it is no JSON object: a
// field of an odd type costs that field.
type wireBatch struct {
	ID         wireWord        `json:"id"`
	Status     wireWord        `json:"status"`
	Window     wireWord        `json:"completion_window"`
	Input      wireWord        `json:"input_file_id"`
	Output     wireWord        `json:"output_file_id"`
	Errors     wireWord        `json:"error_file_id"`
	Counts     json.RawMessage `json:"request_counts"`
	Problems   json.RawMessage `json:"errors"`
	Metadata   json.RawMessage `json:"metadata"`
	Created    wireTime        `json:"created_at"`
	Expires    wireTime        `json:"expires_at"`
	Completed  wireTime        `json:"completed_at"`
	Failed     wireTime        `json:"failed_at"`
	Expired    wireTime        `json:"expired_at"`
	Cancelled  wireTime        `json:"cancelled_at"`
	cancelLate bool            // it had ended before it was to be cancelled
}

// wireTime is a time in seconds since 1970; anything else is the zero time.
type wireTime struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *wireTime) UnmarshalJSON(data []byte) error {
	const latest = 1e11
	t.Time = time.Time{}
	if seconds, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64); err == nil && seconds > 0 && seconds < latest {
		t.Time = time.Unix(int64(seconds), 0)
	}
	return nil
}

// maxIDLength is how long the id of a batch or a file may be.
const maxIDLength = 200

// isBatchID reports whether a text can be the id of a batch or a file, and a part of a
// path.
func isBatchID(id string) bool {
	return id != "" && len(id) <= maxIDLength && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// uploadFile uploads a file and returns its id. Its body is not read any more after that.
func (c *client) uploadFile(ctx context.Context, body *batchUpload) (id string, err error) {
	var resp *http.Response
	err = c.api.Post(ctx, "files", nil, &resp, option.WithRequestBody(body.contentType, body), option.WithHeader("Accept", "application/json"),
		option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			req.ContentLength = body.length // many servers take no upload of unknown length
			return next(req)
		}))
	if err != nil {
		return "", c.noBatches(c.transportError(ctx, err))
	}
	var made struct {
		ID wireWord `json:"id"`
	}
	if err := c.readObject(ctx, resp, &made); err != nil {
		return "", err
	}
	if !isBatchID(string(made.ID)) {
		return "", c.newError(CodeUpstreamUnavailable, nil, "%s named no file that was uploaded", c.service())
	}
	return string(made.ID), nil
}

// noBatches says of a path that does not exist that the service has no Batch API.
func (c *client) noBatches(failure *Error) *Error {
	if failure.Status != http.StatusNotFound && failure.Status != http.StatusMethodNotAllowed && failure.Status != http.StatusNotImplemented {
		return failure
	}
	unsupported := *failure
	unsupported.Code, unsupported.Hint = CodeUnsupported, c.service()+" seems to have no Batch API: use mode now"
	return &unsupported
}

// createBatch makes a batch. An answer that cannot be read is an error, although the batch
// may exist.
func (c *client) createBatch(ctx context.Context, body any) (*wireBatch, error) {
	return c.batch(ctx, http.MethodPost, "batches", body)
}

// batch sends a request that is answered with a batch.
func (c *client) batch(ctx context.Context, method, path string, body any) (*wireBatch, error) {
	var resp *http.Response
	if err := c.api.Execute(ctx, method, path, body, &resp, option.WithHeader("Accept", "application/json")); err != nil {
		return nil, c.transportError(ctx, err)
	}
	var b wireBatch
	if err := c.readObject(ctx, resp, &b); err != nil {
		return nil, err
	}
	if !isBatchID(string(b.ID)) {
		return nil, c.newError(CodeUpstreamUnavailable, nil, "%s answered with a batch that has no id", c.service())
	}
	return &b, nil
}

// latestBatches returns the last batches that were made.
func (c *client) latestBatches(ctx context.Context) ([]wireBatch, error) {
	var resp *http.Response
	if err := c.api.Get(ctx, "batches", nil, &resp, option.WithQuery("limit", "20")); err != nil {
		return nil, c.transportError(ctx, err)
	}
	var list struct {
		Data []wireBatch `json:"data"`
	}
	err := c.readObject(ctx, resp, &list)
	if err == nil && list.Data == nil {
		err = c.newError(CodeUpstreamUnavailable, nil, "%s answered with no list of batches", c.service())
	}
	return list.Data, err
}

// deleteFile deletes a file. A missing file is not an error.
func (c *client) deleteFile(ctx context.Context, id string) error {
	var resp *http.Response
	if err := c.api.Delete(ctx, "files/"+url.PathEscape(id), nil, &resp); err != nil {
		if failure := c.transportError(ctx, err); failure.Status != http.StatusNotFound && failure.Status != http.StatusGone {
			return failure
		}
		return nil
	}
	return resp.Body.Close()
}

// readLines reads a file line by line; line must not keep its argument. A line that is
// longer than it may be is skipped and counted.
func (c *client) readLines(
	ctx context.Context, file string, hold func(context.Context, int64) error, line func([]byte) error,
) (skipped int, err error) {
	var resp *http.Response
	ctx = context.WithValue(ctx, answerLimit{}, maxResultsBody)
	if err := c.api.Get(ctx, "files/"+url.PathEscape(file)+"/content", nil, &resp, option.WithHeader("Accept", "*/*")); err != nil {
		return 0, c.transportError(ctx, err)
	}
	defer resp.Body.Close()
	if err := hold(ctx, resp.ContentLength); err != nil {
		return 0, err
	}
	lines := newLineReader(resp.Body, maxResultLine)
	for lines.next() {
		if ctx.Err() != nil {
			break
		}
		if err := line(lines.line); err != nil {
			return lines.skipped, err
		}
	}
	if err := cmp.Or(ctx.Err(), lines.err); err != nil {
		return lines.skipped, c.transportError(ctx, err)
	}
	return lines.skipped, nil
}

// maxObjectBody bounds what is read of a batch or of a list of some.
const maxObjectBody = 4 << 20

// readObject reads a small JSON object.
func (c *client) readObject(ctx context.Context, resp *http.Response, into any) error {
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxObjectBody))
	if err != nil {
		return c.transportError(ctx, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return c.newError(CodeUpstreamUnavailable, err, "the answer of %s about a batch cannot be read", c.service())
	}
	return nil
}

// neverArrived reports whether a request failed before any of it was sent.
func neverArrived(failure *Error) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return errors.As(failure.cause, &dns) || errors.As(failure.cause, &dial) && dial.Op == "dial"
}

// saysTooManyBatches reports whether words say that as many batches run as may.
func saysTooManyBatches(words string) bool {
	words = strings.ToLower(words)
	return strings.Contains(words, "batch") && containsAny(words, "limit", "in progress", "too many", "quota", "maximum", "at most")
}
