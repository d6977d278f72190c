package httpd

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// busyPause and drainPause are when to come back to a server that has no room
// or is about to stop; behind a load balancer another one answers by then.
const (
	busyPause  = time.Second
	drainPause = 5 * time.Second
)

// admitted lets as many requests at once through as there is room for, and none
// while the server drains.
func (h *Endpoint) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch h.gate.enter() {
		case gateFull:
			refuseForNow(w, http.StatusTooManyRequests, busyPause, "the server is busy with as many requests as it takes")
		case gateDraining:
			w.Header().Set("Connection", "close")
			refuseForNow(w, http.StatusServiceUnavailable, drainPause, "the server is about to stop and takes no more requests")
		case gateOpen:
			defer h.gate.leave()
			next.ServeHTTP(w, r)
		}
	})
}

// gate counts requests in flight.
type gate struct {
	room     int
	draining chan struct{} // closed once the server drains

	mu       sync.Mutex
	inFlight int
	empty    chan struct{} // closed when the last request has left a draining server
}

type gateState int

const (
	gateOpen gateState = iota
	gateFull
	gateDraining
)

func newGate(room int) *gate {
	return &gate{room: room, draining: make(chan struct{}), empty: make(chan struct{})}
}

func (g *gate) enter() gateState {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.isDraining():
		return gateDraining
	case g.inFlight == g.room:
		return gateFull
	}
	g.inFlight++
	return gateOpen
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	if g.inFlight == 0 && g.isDraining() {
		close(g.empty)
	}
}

// close lets nobody in any more and gives a channel that is closed when the last
// request has left. It must be called once.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.draining)
	if g.inFlight == 0 {
		close(g.empty)
	}
	return g.empty
}

func (g *gate) isDraining() bool {
	select {
	case <-g.draining:
		return true
	default:
		return false
	}
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inFlight
}

// tokenBurst is how many requests a token may send at once.
const tokenBurst = 100

// rateLimited holds each token to its requests a minute. Callers without one
// have no limit of their own: nothing tells them apart.
func (h *Endpoint) rateLimited(next http.Handler) http.Handler {
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
