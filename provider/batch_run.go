package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// run asks about all items, until the context ends or the batch stops.
func (b *batch) run(ctx context.Context) {
	group, ctx := newGroup(ctx, b.workers())
	for range b.workers() {
		group.Go(func() error {
			for i, ok := b.take(ctx); ok; i, ok = b.take(ctx) {
				b.askUntilPaid(ctx, i)
			}
			return nil
		})
	}
	_ = group.Wait() // an item's failure is its own
}

// take returns the next item, if there is one and it is to be asked.
func (b *batch) take(ctx context.Context) (index int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == len(b.items) || b.stop != nil || ctx.Err() != nil {
		return 0, false
	}
	b.running++
	b.next++
	return b.next - 1, true
}

// askUntilPaid asks about an item. One that the budget refuses is asked again when another
// item has ended, which may have cost less than was reserved for it. Only the last one may
// be cut at what the rest of the day pays for.
func (b *batch) askUntilPaid(ctx context.Context, i int) {
	for uncut := true; ; {
		b.mu.Lock()
		ended := b.ended
		b.mu.Unlock()
		part := &call{start: time.Now(), wait: b.call.wait}
		answer := b.ask(ctx, i, part, uncut)
		switch {
		case answer.Err == nil, answer.Err.Code != CodeBudgetExceeded:
		case b.waitForEnd(ctx, ended):
			continue
		case uncut && !b.hasStopped():
			uncut = false
			continue
		}
		b.end(ctx, i, answer, part)
		return
	}
}

// hasStopped reports whether no further item is to be asked.
func (b *batch) hasStopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stop != nil
}

// waitForEnd waits until an item has ended that was being asked meanwhile, and reports
// whether there is one.
func (b *batch) waitForEnd(ctx context.Context, ended <-chan struct{}) bool {
	b.mu.Lock()
	b.running--
	others, stopped := b.running > 0 || ended != b.ended, b.stop != nil
	b.mu.Unlock()
	if others && !stopped {
		select {
		case <-ended:
		case <-ctx.Done():
			others = false
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running++
	return others && b.stop == nil
}

// ask asks about an item.
func (b *batch) ask(ctx context.Context, i int, part *call, uncut bool) (answer BatchAnswer) {
	system, prompt, err := b.messages(i)
	if err == nil {
		size := len(system) + len(prompt)
		if b.schema != nil {
			size += len(b.schema.Text)
		}
		err = fitsContext(*b.model.entry, size)
	}
	switch {
	case err != nil:
		return BatchAnswer{Err: AsError(err)}
	case b.schema != nil:
		e := b.extraction(part, system, prompt)
		e.uncut = uncut
		result, err := e.run(ctx)
		if err != nil {
			return BatchAnswer{Err: AsError(err)}
		}
		b.use(result.Model)
		return BatchAnswer{Data: result.Data}
	}
	req := b.chatRequest(system, prompt)
	req.uncut = uncut
	result, err := b.complete(ctx, part, req, b.model)
	if err != nil {
		return BatchAnswer{Err: AsError(err)}
	}
	b.use(result.Model)
	part.warnings.addAll(result.ending)
	return b.textAnswer(result)
}

// textAnswer is the answer to an item that is answered with text.
func (p *Provider) textAnswer(result *ChatResult) BatchAnswer {
	answer := BatchAnswer{Content: result.Content, Err: p.failureOf(result)}
	if answer.Err != nil || result.truncation != "" || result.refused || result.end == endFiltered {
		answer.FinishReason = result.FinishReason
	}
	return answer
}

// chatRequest is the request of an item that is answered with text.
func (b *batch) chatRequest(system, prompt string) *ChatRequest {
	messages := []Message{{Role: RoleUser, Content: Content{Text: prompt}}}
	if strings.TrimSpace(system) != "" {
		messages = slices.Insert(messages, 0, Message{Role: RoleSystem, Content: Content{Text: system}})
	}
	return &ChatRequest{Messages: messages, MaxTokens: b.req.MaxTokens, Temperature: b.req.Temperature, whole: true}
}

// extraction asks for the data of an item. The prompt is the caller's, so it is obeyed.
func (b *batch) extraction(part *call, system, prompt string) *extraction {
	e := b.newExtraction(part, ExtractRequest{
		Instructions: system, MaxTokens: b.req.MaxTokens, Temperature: b.req.Temperature, MaxRepairs: 1,
	}, Message{Role: RoleUser, Content: Content{Text: prompt}}, b.schema, b.model)
	e.intro = introSchema
	return e
}

// failureOf returns why a text is not an answer, nil if it is one: it is empty, or not all
// of it came. Nobody would see that in a file of results.
func (p *Provider) failureOf(result *ChatResult) *Error {
	blank := strings.TrimSpace(result.Content) == ""
	switch {
	case result.FinishReason == FinishDeadline:
		return p.client.newError(CodeUpstreamTimeout, nil, "the deadline of %s cut the answer", p.timeout)
	case blank && result.end == endFiltered:
		return &Error{Code: CodeUpstreamRejected, Message: filteredText(result)}
	}
	for _, w := range result.ending {
		switch {
		case w.Code == WarnStreamInterrupted:
			return &Error{Code: CodeStreamInterrupted, Message: w.Message, Retryable: true}
		case blank && w.Code.SaysWhyEmpty():
			return &Error{Code: CodeUpstreamUnavailable, Message: w.Message, Retryable: true}
		}
	}
	if blank {
		return &Error{Code: CodeUpstreamUnavailable, Message: "the model returned no text", Retryable: true}
	}
	return nil
}

func (b *batch) use(model string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = cmp.Or(b.used, model)
}

// end records how an item ended.
func (b *batch) end(ctx context.Context, i int, answer BatchAnswer, part *call) {
	full := b.keep(ctx, len(answer.Content)+len(answer.Data))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	close(b.ended)
	b.ended = make(chan struct{})
	if part.answered > 0 {
		b.call.add(part.usage, part.cost)
	}
	if full != nil {
		answer = BatchAnswer{Err: AsError(full)}
		b.stop = cmp.Or(b.stop, answer.Err)
	}
	if unsent := len(part.attempts) == 0; answer.Err != nil && unsent {
		if ctx.Err() != nil {
			return
		}
		if b.stop != nil && (b.stop.Code == answer.Err.Code || answer.Err.Code == CodeBudgetExceeded) {
			return
		}
		if answer.Err.Code == CodeRateLimited {
			b.stop = outOfTime(answer.Err)
			return
		}
	}
	if answer.Err != nil && concernsAll(answer.Err.Code) {
		b.stop = cmp.Or(b.stop, answer.Err)
	}
	b.answers[i], b.asked[i] = answer, true
	b.answered++
	b.warned.add(i, part.warnings)
	if b.req.OnProgress != nil && len(b.items) > 1 {
		b.req.OnProgress(b.answered, len(b.items))
	}
}

// outOfTime returns the refusal of a rate limit that lets no further request through before
// the deadline.
func outOfTime(refusal *Error) *Error {
	e := *refusal
	e.Hint = "ask about fewer items, name another model, or raise --timeout"
	return &e
}

// concernsAll reports whether the failure of an item would be that of each other.
func concernsAll(code Code) bool {
	switch code {
	case CodeAuthFailed, CodePaymentRequired, CodeUnknownModel, CodeUnsupported, CodeBudgetExceeded:
		return true
	default:
		return false
	}
}
