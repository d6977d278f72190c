package limit

import (
	"maps"
	"sync"
	"time"
)

// cooldown is how long a failure is remembered.
const cooldown = time.Minute

// Cooldown remembers which keys failed within the last minute, so that calls with an
// alternative do not each wait for the same failure. The zero value is ready to use.
type Cooldown struct {
	mu     sync.Mutex
	failed map[string]time.Time
}

// Fail starts the cooldown of key.
func (c *Cooldown) Fail(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.failed, func(_ string, at time.Time) bool { return time.Since(at) >= cooldown })
	if c.failed == nil {
		c.failed = map[string]time.Time{}
	}
	c.failed[key] = time.Now()
}

// Succeed ends the cooldown of key.
func (c *Cooldown) Succeed(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failed, key)
}

// Since returns how long ago key failed, if its cooldown lasts.
func (c *Cooldown) Since(key string) (ago time.Duration, cooling bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, failed := c.failed[key]
	if ago = time.Since(at); !failed || ago >= cooldown {
		return 0, false
	}
	return ago, true
}
