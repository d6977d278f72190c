package httpd

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// tokenBurst is how many requests with a token may come without a pause.
const tokenBurst = 100

// limitRate limits the requests per minute with each token. Without tokens there is no
// such limit, because callers cannot be distinguished.
func (e *Endpoint) limitRate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := requestInfoFrom(r.Context())
		if wait := e.rates.take(info.name()); wait > 0 {
			info.reason = reasonTokenRate
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many requests with this token")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// rates limits the requests with each token. It counts them by the token's name, so
// that a token that replaces another keeps its count. A new name removes those that are
// idle.
type rates struct {
	perMinute int // 0 disables the limit
	mu        *sync.Mutex
	limiters  map[string]*rate.Limiter
}

func newRates(perMinute int) rates {
	return rates{perMinute, &sync.Mutex{}, map[string]*rate.Limiter{}}
}

// take counts a request and returns 0, or returns the time until the next is allowed.
func (l rates) take(name string) time.Duration {
	if l.perMinute == 0 || name == "" {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock() // Cancel restores nothing once there is a later reservation
	limiter := l.limiters[name]
	if limiter == nil {
		maps.DeleteFunc(l.limiters, func(_ string, idle *rate.Limiter) bool { return idle.Tokens() >= float64(idle.Burst()) })
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

// retryBusy and retryDraining are the Retry-After of a server that is busy or stops.
// Behind a load balancer, another server answers by then.
const (
	retryBusy     = time.Second
	retryDraining = 5 * time.Second
)

// admit limits the requests in flight, and refuses all while the server drains.
func (e *Endpoint) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := requestInfoFrom(r.Context()).name()
		switch e.admission.acquire(caller) {
		case busy:
			refuseForNow(w, http.StatusTooManyRequests, retryBusy, "the server is busy: too many requests are in flight")
		case draining:
			w.Header().Set("Connection", "close")
			refuseForNow(w, http.StatusServiceUnavailable, retryDraining, "the server is about to stop and accepts no more requests")
		case admitted:
			defer e.admission.release(caller)
			next.ServeHTTP(w, r)
		}
	})
}

// admission counts the requests in flight.
type admission struct {
	slots    *limit.Shares
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

func newAdmission(most int, severalCallers bool) *admission {
	return &admission{
		slots: limit.Divide(int64(most), severalCallers), draining: make(chan struct{}), idle: make(chan struct{}),
	}
}

// acquire admits a request or not. The caller must release one that is admitted.
func (a *admission) acquire(caller string) verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.isDraining():
		return draining
	case !a.slots.TryAcquire(caller, 1):
		return busy
	}
	a.inFlight++
	return admitted
}

func (a *admission) release(caller string) {
	a.slots.Release(caller, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight--
	if a.inFlight == 0 && a.isDraining() {
		close(a.idle)
	}
}

// drain stops the admission of requests. It returns a channel that is closed once the
// last request has ended. It must be called only once.
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

// weigh admits a request once its caller may hold its body, before it is read. A body
// that comes slowly is in the way of its own caller alone.
func (e *Endpoint) weigh(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, caller := announcedSize(r), requestInfoFrom(r.Context()).name()
		requests, weight := e.options.Memory.Requests, server.Weight(size)
		if weight > 0 {
			if !requests.Queue(r.Context(), caller, weight) {
				discardBody(w, r)
				refuseForNow(w, http.StatusTooManyRequests, limit.RetryOverloaded, provider.Overloaded().Error())
				return
			}
			defer requests.Release(caller, weight)
		}
		ctx, end := limit.WithCaller(r.Context(), caller)
		defer end()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// announcedSize returns the size of a body as the header says. Without a header it begins
// to read: a body that does not end soon counts as the largest.
func announcedSize(r *http.Request) int64 {
	if r.ContentLength >= 0 {
		return r.ContentLength
	}
	const little = 16 << 10
	begin := make([]byte, little)
	n, err := io.ReadFull(r.Body, begin)
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin[:n]), r.Body), r.Body}
	if err != nil { // the end; any other comes again
		return int64(n)
	}
	return bodyLimit
}
