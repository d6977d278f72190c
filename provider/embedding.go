package provider

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

// embedding is one call of [Provider.Embed].
type embedding struct {
	*Provider
	call     *call
	req      EmbedRequest
	model    resolvedModel
	passages []Passage
	texts    []string      // of the input, and then of the passages
	keys     []vectors.Key // of the passages
	batch    int           // texts a request

	mu       sync.Mutex // for what follows
	kept     *vectors.Writer
	query    []float32
	vectors  [][]float32 // of the texts; nil where only the ranking is asked for
	lengths  []int       // of the vectors of the texts; 0 has none yet
	scores   []float64   // of the texts; nil without a query
	answer   int         // the length of the vectors that the service answers; 0 if it was not asked yet
	progress embedProgress
	answered string // the model that answered
	notice   string // that it is being retired
}

// theQuery stands for the query among the indexes of texts.
const theQuery = -1

func newEmbedding(p *Provider, c *call, req EmbedRequest, model resolvedModel, passages []Passage) *embedding {
	e := &embedding{Provider: p, call: c, req: req, model: model, passages: passages, batch: defaultBatch}
	if figures := model.entry.Embedding; figures != nil {
		e.batch = cmp.Or(figures.MaxBatch, defaultBatch)
	}
	space := vectors.Space{Service: withoutQuery(p.client.baseURL), Model: model.id}
	if req.Dimensions != nil {
		space.Dimensions = *req.Dimensions
	}
	e.texts = slices.Clip(req.Input)
	for _, passage := range passages {
		e.texts = append(e.texts, passage.Text)
		e.keys = append(e.keys, space.Key(passage.Text))
	}
	return e
}

// run asks for the vectors. Those on disk that do not compare with those of today, since
// the model behind the name has changed, are asked for, too.
func (e *embedding) run(ctx context.Context) error {
	const ofNoLength = -1
	err := e.embed(ctx, e.req.knownDimensions(*e.model.entry))
	if errors.Is(err, errLengths) && len(e.passages) > 0 {
		err = e.embed(ctx, cmp.Or(e.answer, ofNoLength))
	}
	if err != nil {
		return e.call.fail(err)
	}
	return nil
}

// embed takes the vectors that the cache has of a length, 0 being any, and asks for the
// others.
func (e *embedding) embed(ctx context.Context, length int) error {
	e.lengths = make([]int, len(e.texts))
	e.progress = embedProgress{total: len(e.texts), report: e.req.OnProgress}
	var missing []int
	if e.req.Query != "" {
		e.progress.total++
		e.scores, missing = make([]float64, len(e.texts)), []int{theQuery}
	}
	if !e.req.RankOnly {
		e.vectors = make([][]float32, len(e.texts))
	}
	for i := range e.req.Input {
		missing = append(missing, i)
	}
	found := e.cache.Lookup(ctx, e.keys, length)
	for _, passage := range found.Missing() {
		missing = append(missing, len(e.req.Input)+passage)
	}
	release, err := e.reserve(ctx, missing)
	if err != nil {
		return err
	}
	defer release()
	e.kept = e.cache.NewWriter()
	defer e.kept.Close()
	// The query goes first, since all scores need its vector.
	first := 0
	if e.req.Query != "" {
		first = min(e.batch, len(missing))
		if err := e.ask(ctx, missing[:first], 0, len(missing)); err != nil {
			return err
		}
	}
	missing = append(missing, e.takeFound(ctx, found)...)
	if ctx.Err() != nil {
		return e.client.transportError(ctx, ctx.Err())
	}
	if err := e.ask(ctx, missing[first:], first, len(missing)); err != nil {
		return err
	}
	return e.checkLengths()
}

// takeFound takes the vectors that the cache has, and returns the texts of those that it
// has no longer.
func (e *embedding) takeFound(ctx context.Context, found *vectors.Found) (lost []int) {
	for passage, vector := range found.Vectors(ctx) {
		index := len(e.req.Input) + passage
		if vector == nil {
			lost = append(lost, index)
			continue
		}
		if e.vectors != nil {
			vector = slices.Clone(vector) // the cache reads the next one into it
		}
		e.take(index, vector)
		e.progress.done++
	}
	return lost
}

// reserve refuses texts that the budget does not suffice for, before the first batch, and
// holds the memory of their vectors.
func (e *embedding) reserve(ctx context.Context, missing []int) (release func(), err error) {
	asked := e.textsAt(missing)
	if err := e.accounts.Check(ctx, budget.NewCharge(e.pricedModels(ctx), e.model.id, inputTokens(asked), 0)); err != nil {
		return nil, budgetError(err)
	}
	held := len(e.texts)
	if e.req.RankOnly {
		held = min(held, (parallelBatches+1)*e.batch)
	}
	return e.holdVectors(ctx, held, cmp.Or(e.req.knownDimensions(*e.model.entry), maxDimensions))
}

func (e *embedding) textsAt(indexes []int) []string {
	texts := make([]string, len(indexes))
	for i, index := range indexes {
		if texts[i] = e.req.Query; index != theQuery {
			texts[i] = e.texts[index]
		}
	}
	return texts
}

// ask sends the texts at indexes in batches, some at the same time. Before them, so many
// of all were sent.
func (e *embedding) ask(ctx context.Context, indexes []int, before, all int) error {
	batches := slices.Collect(slices.Chunk(indexes, e.batch))
	first, count := (before+e.batch-1)/e.batch, (all+e.batch-1)/e.batch
	attempts := make([][]Attempt, len(batches))
	group, groupCtx := newGroup(ctx, parallelBatches)
	for i, batch := range batches {
		group.Go(func() (err error) {
			body := wireEmbed{Model: e.model.id, Input: e.textsAt(batch), Dimensions: e.req.Dimensions}
			var answer *embedAnswer
			if answer, attempts[i], err = e.embedBatch(groupCtx, e.model, e.call.wait, body); err != nil {
				return &batchError{first + i, e.nameInput(err, batch)}
			}
			e.receive(batch, answer, count > 1)
			return nil
		})
	}
	err := group.Wait()
	e.call.attempts = slices.Concat(append([][]Attempt{e.call.attempts}, attempts...)...)
	if err != nil {
		return e.batchFailure(err, count)
	}
	return nil
}

// receive takes the vectors of a batch.
func (e *embedding) receive(batch []int, answer *embedAnswer, report bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.call.add(answer.usage, answer.cost)
	e.answered, e.notice = cmp.Or(answer.model, e.answered), cmp.Or(answer.notice, e.notice)
	for i, index := range batch {
		vector := answer.vectors[i]
		e.answer = len(vector)
		e.take(index, vector)
		if passage := index - len(e.req.Input); passage >= 0 {
			e.kept.Add(e.keys[passage], vector)
		}
	}
	e.progress.add(len(batch), report)
}

// take keeps the vector of the text at an index, or its score.
func (e *embedding) take(index int, vector []float32) {
	if index == theQuery {
		e.query = vector
		return
	}
	e.lengths[index] = len(vector)
	if e.vectors != nil {
		e.vectors[index] = vector
	}
	if e.scores != nil {
		e.scores[index] = cosine(vector, e.query)
	}
}

// result returns what was asked for.
func (e *embedding) result() *EmbedResult {
	result := &EmbedResult{Vectors: e.vectors, Count: len(e.texts), Dimensions: e.lengths[0], Passages: e.passages}
	if e.scores == nil {
		return result
	}
	for i, score := range e.scores {
		result.Ranking = append(result.Ranking, Ranked{i, score})
	}
	slices.SortStableFunc(result.Ranking, func(a, b Ranked) int { return cmp.Compare(b.Score, a.Score) })
	return result
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range min(len(a), len(b)) {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}

// embedProgress counts the texts that are done.
type embedProgress struct {
	done, total int
	report      func(done, total int) // nil reports nothing
}

func (p *embedProgress) add(n int, report bool) {
	if p.done += n; report && p.report != nil {
		p.report(p.done, p.total)
	}
}
