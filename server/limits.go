package server

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// tokenBurst is how many requests a token may send at once.
const tokenBurst = 100

// rateLimited holds each token to its requests a minute. Callers without one
// have no limit of their own: nothing tells them apart.
func (h *HTTP) rateLimited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := h.rates.wait(exchangeFrom(r.Context()).token); wait > 0 {
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many requests with this token")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// rates counts the requests of each token by its name, so that a token that is
// replaced keeps its count. Only names of the token file come here.
type rates struct {
	perMinute int // 0 is no limit
	mu        *sync.Mutex
	of        map[string]*rate.Limiter
}

func newRates(perMinute int) rates {
	return rates{perMinute, &sync.Mutex{}, map[string]*rate.Limiter{}}
}

// wait counts a request and gives 0, or says how long there is no room for one.
func (l rates) wait(name string) time.Duration {
	if l.perMinute == 0 || name == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock() // a slot that is given back after another was taken stays lost
	limiter := l.of[name]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), min(tokenBurst, l.perMinute))
		l.of[name] = limiter
	}
	slot := limiter.Reserve()
	wait := slot.Delay()
	if wait > 0 {
		slot.Cancel()
	}
	return wait
}
