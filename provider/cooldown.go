package provider

import (
	"fmt"
	"sync"
	"time"
)

// coolDown is how long a model that failed is passed over.
const coolDown = time.Minute

// cooling remembers which models failed a moment ago, so that calls with a
// fallback do not each wait for the same failure.
type cooling struct {
	mu     sync.Mutex
	failed map[string]time.Time // by what is sent as the model
}

func newCooling() *cooling { return &cooling{failed: map[string]time.Time{}} }

// fail notes a failure, and forgets those that are over.
func (c *cooling) fail(model string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for other, at := range c.failed {
		if time.Since(at) >= coolDown {
			delete(c.failed, other)
		}
	}
	c.failed[model] = time.Now()
}

// succeed ends a model's cool-down.
func (c *cooling) succeed(model string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failed, model)
}

// since gives how long ago a model failed that is still cooling down.
func (c *cooling) since(model string) (ago time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.failed[model]
	ago = time.Since(at)
	return ago, ok && ago < coolDown
}

// skipped words why a cooling model was not asked, "" for any other.
func (c *cooling) skipped(model string) string {
	ago, ok := c.since(model)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s was skipped, because it failed %d s ago", model, int(ago.Seconds()))
}
