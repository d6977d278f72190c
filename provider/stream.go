package provider

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// stream sends a chat and reads into a as much of its answer as comes.
func (c *client) stream(ctx context.Context, body *wireChat, a *answer) error {
	sent, err := body.body()
	if err != nil {
		return err
	}
	resp, err := c.post(ctx, "chat/completions", sent.reader(), "text/event-stream", sent.announce())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	a.notice = excerpt(c.redact(resp.Header.Get("X-Warning")))
	if c.key == "" && !c.noCatalog {
		a.noKey = c.noKey()
	}
	a.rateLimitLikely = a.noKey != "" || resp.Header.Get("X-Ratelimit-Remaining-Minute") == "0"
	a.emulated = resp.Header.Get("X-Emulator") != ""
	received := bufio.NewReader(resp.Body)
	switch kind, err := kindOf(received); {
	case err != nil:
		a.broken = err
	case kind == kindEvents:
		a.readEvents(ctx, &eventReader{body: received, large: func() error { return a.size.enlarge(ctx) }})
	case kind == kindJSON:
		a.readJSON(ctx, received)
	case kind == kindOther:
		return c.newError(CodeUpstreamUnavailable, nil, "%s answered 200 with %q, which is neither a stream nor JSON",
			c.service(), excerpt(c.redact(resp.Header.Get("Content-Type"))))
	}
	a.finishReading()
	return c.finishStream(ctx, a)
}

// readEvents reads up to [DONE], since the usage comes after the finish reason. It
// stops when the context ends: what was received by then may take long to read.
func (a *answer) readEvents(ctx context.Context, events *eventReader) {
	for ctx.Err() == nil && events.next(ctx) {
		data := bytes.TrimSpace(events.event.data)
		switch {
		case events.event.kind == "error":
			a.fail(data)
			return
		case bytes.HasPrefix(data, []byte("[DONE]")):
			a.done = true
			return
		case len(data) == 0, !bytes.ContainsAny(data[:1], "{[<"):
			a.noise = a.noise || len(data) > 0 // as gateways keep a connection alive
		case !a.add(ctx, data):
			return
		}
	}
	if a.broken = events.err; a.broken == nil && a.noise && a.nothingCame() {
		a.broken = errGarbage
	}
}

// readJSON reads an answer that came whole although a stream was asked for.
func (a *answer) readJSON(ctx context.Context, body io.Reader) {
	data, err := io.ReadAll(io.LimitReader(body, largeAnswer))
	if err == nil && len(data) == largeAnswer {
		if err = a.size.enlarge(ctx); err == nil {
			var rest []byte
			rest, err = io.ReadAll(body)
			data = append(data, rest...)
		}
	}
	if err != nil {
		a.broken = err
		return
	}
	a.addWhole(ctx, data)
}

// addWhole adds an answer that is whole.
func (a *answer) addWhole(ctx context.Context, data []byte) {
	a.done = a.add(ctx, bytes.TrimSpace(data))
	if a.done && !a.named && a.usage == nil && a.finish == "" && a.nothingCame() {
		a.done = false
		a.fail(data) // whatever it is, it is no answer
	}
}

type bodyKind int

const (
	kindNothing bodyKind = iota // an empty body, which counts as an empty stream
	kindEvents
	kindJSON
	kindOther
)

// kindOf says what an answer's body is, by how it begins: some engines answer JSON
// although a stream was asked for, gateways answer 200 with a page, and the
// Content-Type of either may be that of a stream, in which no event would be found.
func kindOf(body *bufio.Reader) (bodyKind, error) {
	for {
		first, err := body.Peek(3) // fewer at the end
		switch {
		case errors.Is(err, io.EOF) && len(first) == 0:
			return kindNothing, nil
		case err != nil && len(first) == 0:
			return kindNothing, err
		case bytes.HasPrefix(first, []byte("\xEF\xBB\xBF")):
			_, _ = body.Discard(len("\xEF\xBB\xBF"))
			continue
		case first[0] == '{', first[0] == '[':
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

// finishStream decides what a stream's end means: an answer, a partial one, or a
// failure.
func (c *client) finishStream(ctx context.Context, a *answer) error {
	if own, ok := errors.AsType[*Error](a.broken); ok {
		return own
	}
	text := strings.TrimSpace(a.said.text.String()) != ""
	a.end = endingOf(a.finish)
	switch {
	case a.end != endNone && (a.end != endUnknown || a.failure == nil):
		return nil // nothing more was to come than the usage
	case a.end == endUnknown:
		a.end = endNone // the failure says more
	}
	switch {
	case a.failure != nil && (!text || a.whole):
		return c.streamError(a.failure)
	case errors.Is(context.Cause(ctx), errDeadline) && text:
		a.finish = FinishDeadline
		a.warnings.add(WarnDeadline, "the call's deadline of %s cut the answer; this is the text so far", c.timeout)
		return nil
	case ctx.Err() != nil:
		return c.transportError(ctx, ctx.Err())
	case a.broken == nil && a.failure == nil && a.nothingCame():
		return nil // an empty stream, which [explainEnd] reports
	case text && a.whole:
		return c.newError(CodeStreamInterrupted, a.broken, "%s", c.interruption(a))
	case text || (a.done && len(a.calls.begun) > 0):
		a.warnings.add(WarnStreamInterrupted, "%s; this is the answer so far", c.interruption(a))
		return nil
	case errors.Is(a.broken, errGarbage) && a.nothingCame():
		return c.newError(CodeUpstreamUnavailable, a.broken, "%s answered with a stream that is not JSON", c.service())
	case errors.Is(a.broken, errIdle), errors.Is(a.broken, errTooLarge):
		return c.transportError(ctx, a.broken)
	default:
		return c.newError(CodeStreamInterrupted, a.broken, "the stream broke off before any text")
	}
}

// interruption says what broke an answer off.
func (c *client) interruption(a *answer) string {
	switch {
	case a.failure != nil:
		return "the service broke the stream off: " + c.upstreamMessage(a.failure)
	case errors.Is(a.broken, errIdle):
		return fmt.Sprintf("nothing more came for %s", c.idleTimeout)
	case errors.Is(a.broken, errTooLarge):
		return a.broken.Error()
	default:
		return "the answer ended without a finish reason"
	}
}
