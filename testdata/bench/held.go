package main

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// held answers chats up to their first token, and the rest once each is released.
type held struct {
	stream
	open    atomic.Int64 // chats whose first token was sent
	sent    atomic.Pointer[time.Time]
	release chan struct{} // takes one for each chat, or is closed for all
}

func newHeld(s stream) *held { return &held{stream: s, release: make(chan struct{})} }

func (h *held) answer(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	now := time.Now()
	h.sent.Store(&now)
	h.send(w, h.events[:1])
	h.open.Add(1)
	select {
	case <-h.release:
		h.send(w, h.events[1:])
	case <-r.Context().Done():
	}
}

// firstToken returns how long after the first token was sent a call has it, of which it
// tells by first. It then releases the chat.
func (h *held) firstToken(call func(first func()) error) (took time.Duration, err error) {
	var once sync.Once
	err = call(func() {
		once.Do(func() {
			took = time.Since(*h.sent.Load())
			h.release <- struct{}{}
		})
	})
	return took, err
}
