package httpd

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// A caller that sends many requests too many waits no longer than after one too many.
func TestAFloodDoesNotLowerTheRateOfAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newRates(600)
		var flood sync.WaitGroup
		for range 20 {
			flood.Go(func() {
				for range 5000 {
					l.take("alice")
				}
			})
		}
		flood.Wait()
		if wait := l.take("alice"); wait <= 0 || wait > 100*time.Millisecond {
			t.Errorf("after a flood the wait is %s, which should be up to 100ms", wait)
		}
	})
}

// Names come and go with the file, so those that are idle are forgotten.
func TestIdleCallersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rates, calls := newRates(60), newCalls()
		for i := range 1000 {
			c := &caller.Caller{Name: fmt.Sprint("caller-", i), Rules: caller.Rules{MaxConcurrent: 1}}
			rates.take(c.Name)
			if !calls.begin(c) || calls.begin(c) {
				t.Fatal("a caller has not one call at once")
			}
			calls.end(c)
			<-time.After(time.Second)
		}
		if len(rates.limiters) > 2 || len(calls.inFlight) > 0 {
			t.Errorf("%d rates and %d counts are kept", len(rates.limiters), len(calls.inFlight))
		}
	})
}
