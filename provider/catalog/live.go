package catalog

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultTTL is how long a catalogue counts as fresh.
const DefaultTTL = time.Hour

const (
	firstWait    = 10 * time.Second // how long the first use waits for the service
	fetchTimeout = 45 * time.Second
	leastBackoff = time.Minute // after a failed fetch; doubled by each further one
	mostBackoff  = 15 * time.Minute
)

// LiveOptions configures a [Live] catalogue.
type LiveOptions struct {
	CatalogURL string
	// Served reads /v1/models of BaseURL; only the provider talks to the API.
	Served     func(context.Context) ([]byte, error)
	BaseURL    string
	HTTPClient *http.Client
	UserAgent  string
	Logger     *slog.Logger
	TTL        time.Duration // 0 is DefaultTTL
	CacheDir   string        // folder of the disk cache; "" is none
}

// Live keeps a catalogue fresh. Nothing is fetched before the first [Live.Get].
// Without a disk cache that one waits a while for the service; later ones are
// answered at once, and a stale catalogue is served while one refresh runs.
//
// What is good is never replaced by what is worse: a list that cannot be read,
// is empty or has shrunk to less than half leaves the last one in place, and
// [Catalog.Problem] says so.
type Live struct {
	LiveOptions
	ctx    context.Context // ends the background work
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex
	opened     bool // the disk cache was looked at
	last       record
	current    *Catalog
	next       time.Time     // no fetch before then
	failures   int           // in a row
	refreshing chan struct{} // closed when the fetch that runs ends; nil when none runs
	waited     bool          // in vain for the fetch that runs

	unwritable bool // the disk cache could not be written, which was logged
}

// NewLive makes a catalogue that fetches nothing yet. Close it when done.
func NewLive(o LiveOptions) *Live {
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Live{LiveOptions: o, ctx: ctx, cancel: cancel}
}

// Close ends a refresh that runs and waits for it.
func (l *Live) Close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.work.Wait()
}

// Get gives the best catalogue there is. It waits only while there is none but
// the built-in one, until the fetch ended, ctx is done or firstWait passed.
func (l *Live) Get(ctx context.Context) *Catalog {
	current, fetched := l.peek(false)
	if current == nil {
		current = l.await(ctx, fetched)
	}
	return current
}

// Known gives what is there, without asking for more; nil is nothing yet.
func (l *Live) Known() *Catalog {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// Verified gives a catalogue that was read from the service, if it can be had:
// a name that is absent from a cached one may be new. It waits as [Live.Get]
// does.
func (l *Live) Verified(ctx context.Context) *Catalog {
	current := l.Get(ctx)
	if current.Complete() {
		return current
	}
	_, fetched := l.peek(true)
	return l.await(ctx, fetched)
}

func (l *Live) await(ctx context.Context, fetched <-chan struct{}) *Catalog {
	if fetched != nil {
		timer := time.NewTimer(firstWait)
		defer timer.Stop()
		select {
		case <-fetched:
		case <-timer.C:
			l.mu.Lock()
			l.waited = l.refreshing == fetched
			l.mu.Unlock()
		case <-ctx.Done():
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		return Snapshot()
	}
	return l.current
}

// peek gives what is there, starts a fetch when one is due, or asked for and not
// held back by a failure, and gives the channel that the running fetch closes
// at its end, nil when none runs or a call has waited for it long enough.
func (l *Live) peek(asked bool) (*Catalog, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.opened {
		l.opened = true
		l.open()
	}
	due := !time.Now().Before(l.next) || (asked && l.failures == 0)
	if l.refreshing == nil && l.ctx.Err() == nil && due {
		l.refreshing = make(chan struct{})
		l.work.Go(l.refresh)
	}
	if l.waited {
		return l.current, nil
	}
	return l.current, l.refreshing
}

// open takes the disk cache as the first catalogue.
func (l *Live) open() {
	kept, ok := l.readCache()
	if !ok {
		return
	}
	l.last = kept
	l.current = kept.catalog(SourceCache)
	if age := time.Since(kept.FetchedAt); age >= 0 {
		l.next = kept.FetchedAt.Add(l.TTL)
	}
}

func (l *Live) refresh() {
	ctx, cancel := context.WithTimeout(l.ctx, fetchTimeout)
	defer cancel()
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()

	fresh, listedErr, servedErr := l.fetch(ctx, last)
	problem := problems(listedErr, servedErr)
	if problem != "" && l.ctx.Err() == nil {
		l.Logger.Warn("reading the catalogue failed, so the last one is kept", "error", problem)
	}
	if listedErr == nil {
		l.writeCache(fresh)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	source := SourceLive
	switch {
	case listedErr == nil:
	case last.models == nil:
		source = SourceSnapshot
	case l.current != nil:
		source = l.current.Source
	}
	l.last, l.current = fresh, fresh.catalog(source)
	l.current.ServedLive = servedErr == nil
	l.current.Problem = problem
	if problem == "" {
		l.failures, l.next = 0, time.Now().Add(l.TTL)
	} else {
		l.failures++
		l.next = time.Now().Add(backoff(l.failures))
	}
	close(l.refreshing)
	l.refreshing, l.waited = nil, false
}

// problems gives the errors as one line.
func problems(errs ...error) string {
	var texts []string
	for _, err := range errs {
		if err != nil {
			texts = append(texts, err.Error())
		}
	}
	return strings.Join(texts, "; ")
}

// backoff is the pause after so many failures in a row.
func backoff(failures int) time.Duration {
	return min(leastBackoff<<min(failures-1, 10), mostBackoff)
}
