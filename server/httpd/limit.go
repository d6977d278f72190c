package httpd

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// tokenBurst is how many requests a token may send at once.
const tokenBurst = 100

// limitRate holds each token to its requests a minute. Without tokens there is no
// such limit, because callers cannot be told apart.
func (e *Endpoint) limitRate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := e.rates.take(requestInfoFrom(r.Context()).caller); wait > 0 {
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many requests with this token")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// rates limits the requests of each token. They are counted by the token's name,
// so that a replaced token keeps its count. Names come from the token file only,
// so the map stays small.
type rates struct {
	perMinute int // 0 is no limit
	mu        *sync.Mutex
	limiters  map[string]*rate.Limiter
}

func newRates(perMinute int) rates {
	return rates{perMinute, &sync.Mutex{}, map[string]*rate.Limiter{}}
}

// take counts a request and returns 0, or returns how long until one is allowed.
func (l rates) take(name string) time.Duration {
	if l.perMinute == 0 || name == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock() // a reservation that is cancelled after a later one was made stays lost
	limiter := l.limiters[name]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), min(tokenBurst, l.perMinute))
		l.limiters[name] = limiter
	}
	reservation := limiter.Reserve()
	wait := reservation.Delay()
	if wait > 0 {
		reservation.Cancel()
	}
	return wait
}

// retryBusy and retryDraining are the Retry-After of a server that is full or about
// to stop; behind a load balancer another one answers by then.
const (
	retryBusy     = time.Second
	retryDraining = 5 * time.Second
)

// admit bounds the requests at once, and refuses all while the server drains.
func (e *Endpoint) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch e.admission.acquire() {
		case busy:
			refuseForNow(w, http.StatusTooManyRequests, retryBusy, "the server is busy with as many requests as it takes")
		case draining:
			w.Header().Set("Connection", "close")
			refuseForNow(w, http.StatusServiceUnavailable, retryDraining, "the server is about to stop and takes no more requests")
		case admitted:
			defer e.admission.release()
			next.ServeHTTP(w, r)
		}
	})
}

// admission counts the requests in flight.
type admission struct {
	limit    int
	draining chan struct{} // closed once the server drains

	mu       sync.Mutex
	inFlight int
	idle     chan struct{} // closed once the last request of a draining server has ended
}

type verdict int

const (
	admitted verdict = iota
	busy
	draining
)

func newAdmission(limit int) *admission {
	return &admission{limit: limit, draining: make(chan struct{}), idle: make(chan struct{})}
}

// acquire admits a request; one that is admitted must be released.
func (a *admission) acquire() verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.isDraining():
		return draining
	case a.inFlight == a.limit:
		return busy
	}
	a.inFlight++
	return admitted
}

func (a *admission) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight--
	if a.inFlight == 0 && a.isDraining() {
		close(a.idle)
	}
}

// drain admits no more requests. The channel is closed once the last one has
// ended. It must be called once.
func (a *admission) drain() (idle <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.draining)
	if a.inFlight == 0 {
		close(a.idle)
	}
	return a.idle
}

func (a *admission) isDraining() bool {
	select {
	case <-a.draining:
		return true
	default:
		return false
	}
}

func (a *admission) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inFlight
}
