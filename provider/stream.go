package provider

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

// stream sends body and reads the answer into result.
func (p *Provider) stream(ctx context.Context, body wireChat, b *bill, onText func(string), result *ChatResult) error {
	a := answer{start: time.Now(), onText: onText}
	resp, err := p.post(ctx, "chat/completions", body, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if notice := resp.Header.Get("X-Warning"); notice != "" {
		result.warnDeprecated(p.redact(notice))
	}
	switch kind, err := sniff(resp); {
	case err != nil:
		a.broken = err
	case kind == kindEvents:
		a.readEvents(ctx, ssestream.NewDecoder(resp))
	case kind == kindJSON:
		a.readJSON(ctx, resp.Body)
	case kind == kindOther:
		return p.newError(CodeUpstreamUnavailable, nil, "AI Endpoints answered 200 with %q, which is neither a stream nor JSON",
			bounded(p.redact(resp.Header.Get("Content-Type"))))
	}
	err = p.settle(ctx, &a, result)
	a.count(result) // also of a call that fails: it was spent
	if err != nil {
		return err
	}
	a.fill(result)
	likely := p.apiKey == "" || resp.Header.Get("X-Ratelimit-Remaining-Minute") == "0"
	result.explainSilence(likely, b.truncation())
	return nil
}

type bodyKind int

const (
	kindNothing bodyKind = iota // an empty body: an empty stream by another name
	kindEvents
	kindJSON
	kindOther
)

// sniff says what an answer's body is, by how it begins: some engines answer JSON
// although a stream was asked for, gateways answer 200 with a page, and either may
// be called a stream, of which a reader of events would see nothing at all.
func sniff(resp *http.Response) (bodyKind, error) {
	body := bufio.NewReader(resp.Body)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	for {
		first, err := body.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return kindNothing, nil
		case err != nil:
			return kindNothing, err
		case first[0] == '{':
			return kindJSON, nil
		case first[0] > ' ':
			if beginsEvent(body) {
				return kindEvents, nil
			}
			return kindOther, nil
		}
		_, _ = body.Discard(1)
	}
}

// beginsEvent reports whether a line of a stream of events comes next: a comment
// or a field.
func beginsEvent(body *bufio.Reader) bool {
	for _, field := range []string{":", "data:", "event:", "id:", "retry:"} {
		if head, _ := body.Peek(len(field)); string(head) == field {
			return true
		}
	}
	return false
}

// settle decides what a stream's end means: an answer, a partial one, or a
// failure.
func (p *Provider) settle(ctx context.Context, a *answer, result *ChatResult) error {
	text := strings.TrimSpace(a.content.String()) != ""
	switch {
	case a.finish != "":
		return nil // the answer is whole, even if its tail, the usage, was lost
	case a.failure != nil && !text:
		return p.streamError(a.failure)
	case errors.Is(context.Cause(ctx), errDeadline) && text:
		a.finish = FinishDeadline
		a.calls.dropBroken()
		result.warn(WarnDeadline, "the call's deadline of %s cut the answer; this is the text so far", p.timeout)
		return nil
	case ctx.Err() != nil:
		return p.transportError(ctx, ctx.Err())
	case a.broken == nil && a.failure == nil && a.silent():
		return nil // an empty stream, which explainSilence tells of
	case text || (a.done && len(a.calls.begun) > 0):
		a.calls.dropBroken()
		reason := "the stream ended without a finish reason"
		switch {
		case a.failure != nil:
			reason = "the service broke the stream off: " + p.words(a.failure)
		case errors.Is(a.broken, errIdle):
			reason = fmt.Sprintf("nothing more came for %s", p.idleTimeout)
		case errors.Is(a.broken, errTooLarge):
			reason = errTooLarge.Error()
		}
		result.warn(WarnStreamInterrupted, "%s; this is the answer so far", reason)
		return nil
	case errors.Is(a.broken, errGarbage) && a.silent():
		return p.newError(CodeUpstreamUnavailable, a.broken, "AI Endpoints answered with a stream that is not JSON")
	case errors.Is(a.broken, errIdle), errors.Is(a.broken, errTooLarge):
		return p.transportError(ctx, a.broken)
	default:
		return p.newError(CodeStreamInterrupted, a.broken, "the stream broke off before any text")
	}
}

// streamError makes an Error of an error event; its code may be an HTTP status.
func (p *Provider) streamError(event json.RawMessage) *Error {
	var shaped struct {
		Error struct {
			Code json.RawMessage `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(event, &shaped)
	if status, err := strconv.Atoi(strings.Trim(string(shaped.Error.Code), `"`)); err == nil && status >= 400 && status < 600 {
		return p.statusError(status, nil, event)
	}
	words := p.words(event)
	e := p.newError(CodeUpstreamUnavailable, nil, "AI Endpoints broke the stream off: %s", words)
	if code := statusCode(http.StatusBadRequest, words); code == CodeContextTooLong {
		e.Code, e.Hint, e.Retryable = code, p.hint(code), false
	}
	return e
}

// isEmpty reports whether the service answered with nothing at all.
func (r *ChatResult) isEmpty() bool {
	return strings.TrimSpace(r.Content) == "" && r.Reasoning == "" && len(r.ToolCalls) == 0
}

// countSilence says in the warning when a second try was as silent.
func (r *ChatResult) countSilence(made []Attempt) {
	silent := slices.DeleteFunc(slices.Clone(made), func(a Attempt) bool { return a.Code != CodeEmptyAttempt })
	for i := range r.Warnings {
		if len(silent) < 2 {
			return
		}
		if r.Warnings[i].Code == WarnEmptyResponse {
			r.Warnings[i].Message += ". It was asked twice"
		}
	}
}

// explainSilence makes sure that an answer without text and without a tool call
// says why, and that a cut one is known as such.
func (r *ChatResult) explainSilence(rateLimitLikely bool, truncation string) {
	if r.FinishReason == "length" {
		r.warn(WarnTruncated, "the answer was cut at %s", truncation)
	}
	switch {
	case strings.TrimSpace(r.Content) != "" || len(r.ToolCalls) > 0:
	case r.Reasoning != "":
		r.warn(WarnReasoningOnly, "the model spent all its tokens on reasoning and wrote no answer; raise max_tokens or lower reasoning_effort")
	case rateLimitLikely:
		r.warn(WarnEmptyResponse, "the model answered nothing. Rate limiting is likely: the free tier of 2 requests a minute can answer so instead of 429. Wait a minute, or set a key")
	default:
		r.warn(WarnEmptyResponse, "the model answered nothing. Rate limiting is unlikely; try again, reword the messages, or name another model")
	}
}
