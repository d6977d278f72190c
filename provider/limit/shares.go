package limit

import (
	"context"
	"slices"
	"sync"
)

// Shares divides an amount, such as bytes of memory, among callers. Callers that wait
// take turns, and the requests of each are first come, first served. A nil Shares has
// no limit.
type Shares struct {
	total, each int64

	mu      sync.Mutex
	held    int64
	waiting int64
	callers map[string]*holder // that hold or wait for something
	turns   []*holder          // that wait, the next one first
}

// holder is a caller.
type holder struct {
	name  string
	held  int64
	queue []*claim
}

// claim is a request that waits.
type claim struct {
	amount  int64
	granted chan struct{}
}

// NewShares divides total; one caller holds at most each of it, so that another's first
// request need not wait. It returns nil if total is 0 or less.
func NewShares(total, each int64) *Shares {
	if total <= 0 {
		return nil
	}
	return &Shares{total: total, each: min(each, total), callers: map[string]*holder{}}
}

// Divide divides total among one caller or several. With several, each holds at most half.
func Divide(total int64, severalCallers bool) *Shares {
	each := total
	if severalCallers {
		each = (total + 1) / 2
	}
	return NewShares(total, each)
}

// Acquire waits until the caller may hold the amount. What is over the most that it may
// hold counts as that. The error is the context's. Release must follow with the same
// amount.
func (s *Shares) Acquire(ctx context.Context, caller string, amount int64) error {
	if s == nil {
		return nil
	}
	c := s.claim(caller, amount)
	if c == nil {
		return nil
	}
	select {
	case <-c.granted:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-c.granted: // meanwhile
		s.release(caller, c.amount)
	default:
		s.drop(caller, c)
	}
	return ctx.Err()
}

// TryAcquire reports whether the caller holds the amount now.
func (s *Shares) TryAcquire(caller string, amount int64) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h, amount := s.holder(caller), min(amount, s.each)
	if len(h.queue) > 0 || !s.fits(h, amount) {
		s.forget(h)
		return false
	}
	s.grant(h, amount)
	return true
}

// Release returns what Acquire or TryAcquire took.
func (s *Shares) Release(caller string, amount int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(caller, min(amount, s.each))
}

// Held returns the amount that is held.
func (s *Shares) Held() int64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// Waiting returns the amount that is waited for.
func (s *Shares) Waiting() int64 {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// claim grants the amount, or returns what waits for it.
func (s *Shares) claim(caller string, amount int64) *claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, amount := s.holder(caller), min(amount, s.each)
	if len(s.turns) == 0 && s.fits(h, amount) {
		s.grant(h, amount)
		return nil
	}
	c := &claim{amount, make(chan struct{})}
	if len(h.queue) == 0 {
		s.turns = append(s.turns, h)
	}
	h.queue = append(h.queue, c)
	s.waiting += amount
	s.next()
	return c
}

func (s *Shares) release(caller string, amount int64) {
	h := s.holder(caller)
	h.held -= amount
	s.held -= amount
	s.forget(h)
	s.next()
}

// drop forgets a claim that is no longer waited for.
func (s *Shares) drop(caller string, c *claim) {
	h := s.holder(caller)
	h.queue = slices.DeleteFunc(h.queue, func(other *claim) bool { return other == c })
	s.waiting -= c.amount
	if len(h.queue) == 0 {
		s.turns = slices.DeleteFunc(s.turns, func(other *holder) bool { return other == h })
	}
	s.forget(h)
	s.next()
}

// next grants what waits and fits, in turns. A caller at its own limit is passed over;
// what is only too large for now is not, or it would wait for ever.
func (s *Shares) next() {
	for i := 0; i < len(s.turns); {
		h := s.turns[i]
		c := h.queue[0]
		switch {
		case h.held+c.amount > s.each:
			i++
			continue
		case s.held+c.amount > s.total:
			return
		}
		s.grant(h, c.amount)
		s.waiting -= c.amount
		close(c.granted)
		h.queue = h.queue[1:]
		s.turns = slices.Delete(s.turns, i, i+1)
		if len(h.queue) > 0 {
			s.turns = append(s.turns, h)
		}
		i = 0
	}
}

func (s *Shares) holder(name string) *holder {
	found := s.callers[name]
	if found == nil {
		found = &holder{name: name}
		s.callers[name] = found
	}
	return found
}

// forget keeps the map as small as what is in use.
func (s *Shares) forget(h *holder) {
	if h.held == 0 && len(h.queue) == 0 {
		delete(s.callers, h.name)
	}
}

func (s *Shares) fits(h *holder, amount int64) bool {
	return h.held+amount <= s.each && s.held+amount <= s.total
}

func (s *Shares) grant(h *holder, amount int64) {
	h.held += amount
	s.held += amount
}
