package limit

import (
	"maps"
	"sync"
	"time"
)

// coolDown is how long a failure is remembered.
const coolDown = time.Minute

// Cooldown remembers what failed within the last minute, so that calls with an
// alternative do not each wait for the same failure. The zero value is ready to use.
type Cooldown struct {
	mu     sync.Mutex
	failed map[string]time.Time
}

// Fail notes a failure of key, and forgets those that are over.
func (c *Cooldown) Fail(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.failed, func(_ string, at time.Time) bool { return time.Since(at) >= coolDown })
	if c.failed == nil {
		c.failed = map[string]time.Time{}
	}
	c.failed[key] = time.Now()
}

// Succeed ends the cool-down of key.
func (c *Cooldown) Succeed(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failed, key)
}

// Since returns how long ago key failed, if it is cooling down.
func (c *Cooldown) Since(key string) (ago time.Duration, cooling bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, failed := c.failed[key]
	ago = time.Since(at)
	return ago, failed && ago < coolDown
}
