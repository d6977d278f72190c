package budget

import "time"

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

// countedAs returns the model that the current attempt counts for.
func (c *Charge) countedAs() string {
	if model, listed := c.pricedModel(); listed {
		return model.ID
	}
	return OtherModels
}

// ended counts the current attempt, which has ended, and returns its usage.
func (c *Charge) ended(o Outcome) ModelUsage {
	one := ModelUsage{Attempts: 1, Waited: o.Wait}
	if c.attempts++; c.attempts == 1 {
		one.Calls = 1
	}
	if o.Code != "" {
		one.Errors = map[string]int{o.Code: 1}
	}
	if c.usage != nil {
		one.Usage = *c.usage
	}
	if c.seconds != nil {
		one.AudioSeconds = *c.seconds
	}
	switch cost := c.Cost(); {
	case cost != nil:
		one.Cost = *cost
	case o.Code == "", c.usage != nil:
		one.Unpriced = 1
	}
	return one
}
