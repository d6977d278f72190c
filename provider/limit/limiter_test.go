package limit

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A query is sent as a model, so whoever calls could make this grow.
func TestLimiterForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		waits := l.of("waits")
		waits.waiting++
		for i := range 1000 {
			if !l.TryAcquire(fmt.Sprintf("mistral@latest?params<%d", i), 2) {
				t.Fatalf("query %d has no room", i)
			}
			<-time.After(time.Second)
		}
		if n := len(l.keys); n > 63 { // those of a minute, and the one that waits
			t.Errorf("%d models are remembered", n)
		}
		if l.of("waits") != waits {
			t.Error("the model of a call that waits was forgotten")
		}
	})
}
