package provider

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// embedBatches returns the answers to the batches, in order.
func (p *Provider) embedBatches(ctx context.Context, c *call, model resolvedModel, req EmbedRequest) ([]*embedAnswer, error) {
	size := defaultBatch
	if model.entry.Embedding != nil {
		size = cmp.Or(model.entry.Embedding.MaxBatch, defaultBatch)
	}
	batches := slices.Collect(slices.Chunk(req.Input, size))
	answers, attempts := make([]*embedAnswer, len(batches)), make([][]Attempt, len(batches))
	embedded := &embedProgress{total: len(req.Input)}
	if len(batches) > 1 {
		embedded.report = req.OnProgress
	}
	group, groupCtx := newGroup(ctx, parallelBatches)
	for i, batch := range batches {
		group.Go(func() (err error) {
			body := wireEmbed{Model: model.id, Input: batch, Dimensions: req.Dimensions}
			answers[i], attempts[i], err = p.embedBatch(groupCtx, model, c.wait, body)
			if err != nil {
				return &batchError{i, nameInput(err, batch, i*size)}
			}
			embedded.add(len(batch))
			return nil
		})
	}
	err := group.Wait()
	c.attempts = slices.Concat(attempts...)
	if err != nil {
		return nil, c.fail(batchFailure(err, len(batches), embedded.done, len(req.Input)))
	}
	return answers, nil
}

// embedProgress counts the inputs that are done.
type embedProgress struct {
	total  int
	report func(done, total int) // nil reports nothing

	mu   sync.Mutex
	done int
}

func (e *embedProgress) add(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.done += n
	if e.report != nil {
		e.report(e.done, e.total)
	}
}
