package budget

import (
	"maps"
	"sync"
	"time"
)

// Usage counts tokens. Reasoning tokens are part of the completion tokens, and cached
// tokens, which the service did not have to read again, of the prompt tokens.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
	ReasoningTokens  int `json:"reasoning_tokens"`
	CachedTokens     int `json:"cached_tokens,omitempty"`
}

// Plus returns the sum.
func (u Usage) Plus(other Usage) Usage {
	return Usage{
		u.PromptTokens + other.PromptTokens, u.CompletionTokens + other.CompletionTokens,
		u.TotalTokens + other.TotalTokens, u.ReasoningTokens + other.ReasoningTokens,
		u.CachedTokens + other.CachedTokens,
	}
}

// OtherModels is the entry of all models that are not in the catalogue, so that no
// caller can make a report grow.
const OtherModels = "other"

// ModelUsage is the sum over the calls to a model, including those that failed.
type ModelUsage struct {
	Calls    int // each batch of an embedding, request of an extraction and line of a batch counts
	Attempts int // requests that went to the service
	Usage
	AudioSeconds float64        // that were transcribed
	Cost         float64        // EUR, from the catalogue's prices
	Unpriced     int            // answered attempts with unknown tokens or price, which Cost does not include
	Waited       time.Duration  // for rate limits, and before retries
	Errors       map[string]int // failed attempts, by code
}

func (u *ModelUsage) add(other ModelUsage) {
	u.Calls += other.Calls
	u.Attempts += other.Attempts
	u.Usage = u.Plus(other.Usage)
	u.AudioSeconds += other.AudioSeconds
	u.Cost += other.Cost
	u.Unpriced += other.Unpriced
	u.Waited += other.Waited
	for code, n := range other.Errors {
		u.Errors[code] += n
	}
}

// statistics counts attempts by model.
type statistics struct {
	since  time.Time
	mu     sync.Mutex
	models map[string]*ModelUsage
}

func newStatistics() *statistics {
	return &statistics{since: time.Now(), models: map[string]*ModelUsage{}}
}

func (s *statistics) record(c *Charge, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	usageOf(s.models, c).addAttempt(c, o)
}

// usageOf returns the usage of the model of a charge.
func usageOf(models map[string]*ModelUsage, c *Charge) *ModelUsage {
	name := OtherModels
	if model, listed := c.pricedModel(); listed {
		name = model.ID
	}
	u, ok := models[name]
	if !ok {
		u = &ModelUsage{Errors: map[string]int{}}
		models[name] = u
	}
	return u
}

// addAttempt adds the attempt of a charge that has ended.
func (u *ModelUsage) addAttempt(c *Charge, o Outcome) {
	if c.attempts++; c.attempts == 1 {
		u.Calls++
	}
	u.Attempts++
	u.Waited += o.Wait
	if o.Code != "" {
		u.Errors[o.Code]++
	}
	if c.usage != nil {
		u.Usage = u.Plus(*c.usage)
	}
	if c.seconds != nil {
		u.AudioSeconds += *c.seconds
	}
	switch cost := c.Cost(); {
	case cost != nil:
		u.Cost += *cost
	case o.Code == "", c.usage != nil:
		u.Unpriced++
	}
}

func (s *statistics) report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	report := Report{Since: s.since, Models: map[string]ModelUsage{}, Total: ModelUsage{Errors: map[string]int{}}}
	for name, u := range s.models {
		one := *u
		one.Errors = maps.Clone(u.Errors)
		report.Models[name] = one
		report.Total.add(one)
	}
	return report
}
