package httpd

import (
	"crypto/sha256"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// freeTries is how many failed tries are answered without a pause.
	freeTries = 10
	// maxPause is the longest pause after a failed try. The first is a second, and each is
	// twice the last.
	maxPause = time.Minute
	// forgetTries is after how long without a failed try the earlier ones count no more.
	forgetTries = 15 * time.Minute
	// maxAddresses and maxWrong bound what is remembered: addresses, and wrong tokens of
	// each. The oldest is forgotten first.
	maxAddresses = 4096
	maxWrong     = 16
)

// tries slows down those who guess tokens, by their address.
//
// A token that was not seen at its address before is a guess. While an address pauses
// for its guesses, no guess is checked, so a right one is refused too: if it were not,
// guesses would be as fast as ever. Three kinds of callers do not wait for somebody
// else's guesses behind the same proxy: those that were let in from there before, those
// whose token was wrong before and is right now, and everybody while a client repeats one
// wrong token, since that is no guess. Such a client gets a pause of its own.
//
// It is safe for concurrent use.
type tries struct {
	mu        sync.Mutex
	addresses map[netip.Prefix]*address
}

// address is what is remembered of an address.
type address struct {
	guesses failures
	wrong   []wrongToken    // the latest
	callers map[string]bool // names of the tokens that were let in; from the token file, so there are few
	used    time.Time
}

type wrongToken struct {
	hash [sha256.Size]byte
	failures
}

// failures counts failed tries, and says until when no other is checked.
type failures struct {
	count       int
	last, until time.Time
}

func newTries() *tries { return &tries{addresses: map[netip.Prefix]*address{}} }

// check returns 0 for a try whose result may be told, or how long to wait for one. The
// name is that of the token, "" for a wrong one.
func (t *tries) check(from netip.Prefix, token, name string) time.Duration {
	now, hash := time.Now(), sha256.Sum256([]byte(token))
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.address(from, now)
	repeated := slices.IndexFunc(a.wrong, func(w wrongToken) bool { return w.hash == hash })
	switch {
	case name != "" && (a.callers[name] || repeated >= 0 || !now.Before(a.guesses.until)):
		a.callers[name] = true
		return 0
	case name == "" && repeated >= 0:
		return a.wrong[repeated].fail(now)
	case name != "" || now.Before(a.guesses.until):
		return a.guesses.until.Sub(now)
	}
	if len(a.wrong) == maxWrong {
		a.wrong = slices.Delete(a.wrong, 0, 1)
	}
	a.wrong = append(a.wrong, wrongToken{hash: hash, failures: failures{count: 1, last: now}})
	return a.guesses.fail(now)
}

// fail counts a failed try, unless one is not to be checked yet: then it returns how
// long.
func (f *failures) fail(now time.Time) time.Duration {
	if now.Before(f.until) {
		return f.until.Sub(now)
	}
	if now.Sub(f.last) > forgetTries {
		f.count = 0
	}
	f.count++
	f.last = now
	if f.count >= freeTries {
		doublings := min(f.count-freeTries, 10) // more would overflow one day
		f.until = now.Add(min(maxPause, time.Second<<doublings))
	}
	return 0
}

// address returns what is remembered of an address, in the place of the one that was
// not used for longest if there are too many.
func (t *tries) address(from netip.Prefix, now time.Time) *address {
	a := t.addresses[from]
	if a == nil {
		if len(t.addresses) == maxAddresses {
			t.forgetOldest()
		}
		a = &address{callers: map[string]bool{}}
		t.addresses[from] = a
	}
	a.used = now
	return a
}

func (t *tries) forgetOldest() {
	var oldest netip.Prefix
	for from, a := range t.addresses {
		if !oldest.IsValid() || a.used.Before(t.addresses[oldest].used) {
			oldest = from
		}
	}
	delete(t.addresses, oldest)
}

// addressOf returns the address that a request's connection comes from, of IPv6 the /64,
// since each network has as many as it likes. A header such as X-Forwarded-For is not
// read: everybody can write one. Callers over a Unix socket have one address together,
// the zero value.
func addressOf(r *http.Request) netip.Prefix {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := from.Addr().Unmap().WithZone(""), 64
	if ip.Is4() {
		bits = 32
	}
	prefix, _ := ip.Prefix(bits) // fails only for bits that no address has
	return prefix
}
