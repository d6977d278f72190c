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
	Replicas Cooldowns // what other replicas know; nil is this process alone

	mu     sync.Mutex
	failed map[string]time.Time
}

// Cooldowns are those that replicas have in common. Nothing of it waits.
type Cooldowns interface {
	Fail(key string)
	Succeed(key string)
	Since(key string) (ago time.Duration, cooling bool)
}

// Fail starts the cooldown of key.
func (c *Cooldown) Fail(key string) {
	if c.Replicas != nil {
		c.Replicas.Fail(key)
	}
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
	if c.Replicas != nil {
		c.Replicas.Succeed(key)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.failed, key)
}

// Since returns how long ago key failed, if its cooldown lasts.
func (c *Cooldown) Since(key string) (ago time.Duration, cooling bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, failed := c.failed[key]
	if ago = time.Since(at); failed && ago < cooldown {
		return ago, true
	}
	if c.Replicas != nil {
		return c.Replicas.Since(key)
	}
	return 0, false
}
