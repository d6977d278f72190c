package httpd

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
