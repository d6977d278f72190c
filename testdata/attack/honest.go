package main

import (
	"context"
	"sync"
	"time"
)

// honestResult is what a caller had who did nothing wrong.
type honestResult struct {
	slowest time.Duration
	err     error // of a call that failed
}

func (h *honestResult) call(ctx context.Context, s *httpServer) {
	start := time.Now()
	err := s.ask(ctx)
	h.slowest = max(h.slowest, time.Since(start))
	if err != nil && h.err == nil {
		h.err = err
	}
}

// honestCalls makes calls one after the other.
func honestCalls(ctx context.Context, s *httpServer, n int) (h honestResult) {
	for range n {
		h.call(ctx, s)
	}
	return h
}

// honest is a caller who makes a small call every now and then, until it is ended.
type honest struct {
	stop    chan struct{}
	callers sync.WaitGroup
	results [2]honestResult // of two at once, so that one slow call does not hide others
}

// honestPause is between two calls.
const honestPause = 75 * time.Millisecond

func startHonest(ctx context.Context, s *httpServer) *honest {
	h := &honest{stop: make(chan struct{})}
	for i := range h.results {
		h.callers.Go(func() {
			for {
				h.results[i].call(ctx, s)
				select {
				case <-time.After(honestPause):
				case <-h.stop:
					return
				}
			}
		})
	}
	return h
}

// end waits for the calls that are under way.
func (h *honest) end() honestResult {
	close(h.stop)
	h.callers.Wait()
	all := h.results[0]
	all.slowest = max(all.slowest, h.results[1].slowest)
	if all.err == nil {
		all.err = h.results[1].err
	}
	return all
}
