package catalog

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// DefaultTTL is how long a catalogue counts as fresh.
const DefaultTTL = time.Hour

const (
	// firstWait is how long the first use waits for the service. Hosts give a first
	// call as little as 5 s.
	firstWait    = 3 * time.Second
	fetchTimeout = 45 * time.Second
)

// LiveOptions configures a [Live] catalogue.
type LiveOptions struct {
	CatalogURL string // "" is a service without a catalogue: what it serves is all that is known
	// Served reads /v1/models of BaseURL; only the provider talks to the API.
	Served     func(context.Context) ([]byte, error)
	BaseURL    string
	HTTPClient *http.Client
	UserAgent  string
	Logger     *slog.Logger
	TTL        time.Duration // 0 means DefaultTTL
	CacheDir   string        // folder of the disk cache; "" disables it
}

// Live keeps a catalogue fresh. Nothing is fetched before the first [Live.Get].
// Without a disk cache the first Get waits a while for the service; later ones
// return at once, with a stale catalogue while one refresh runs.
//
// A good list is never replaced by a worse one: if a list cannot be read or is empty,
// or the catalogue is poorer than the last one, the last one stays, and
// [Catalog.Problem] says so.
type Live struct {
	options LiveOptions
	ctx     context.Context // ends the background work
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu         sync.Mutex
	opened     bool // the disk cache has been read
	last       record
	current    *Catalog
	next       time.Time       // no fetch before then
	failed     bool            // the last fetch failed
	pauses     backoff.BackOff // between fetches after a failure
	refreshing chan struct{}   // closed when the running fetch ends; nil if none is running
	waited     bool            // a call waited in vain for the running fetch

	// What was logged last, so that it is not logged again. Only the running fetch
	// uses these.
	cacheWarned                         bool // the disk cache cannot be written
	listedIssues, servedIssues, problem string
}

// NewLive returns a catalogue that has fetched nothing yet. Close it when done.
func NewLive(o LiveOptions) *Live {
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	ctx, cancel := context.WithCancel(context.Background())
	// No jitter: one process asks at most every minute.
	pauses := &backoff.ExponentialBackOff{InitialInterval: time.Minute, Multiplier: 2, MaxInterval: 15 * time.Minute}
	return &Live{options: o, ctx: ctx, cancel: cancel, pauses: pauses}
}

// TTL returns how long a catalogue counts as fresh.
func (l *Live) TTL() time.Duration { return l.options.TTL }

// Close cancels a running refresh and waits for it to end.
func (l *Live) Close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.work.Wait()
}

// Get returns the best catalogue available. It waits only while that is the
// built-in one, until the fetch ends, ctx is done or firstWait has passed.
func (l *Live) Get(ctx context.Context) *Catalog {
	current, fetched := l.refreshIfDue(false)
	if current == nil {
		current = l.await(ctx, fetched)
	}
	return current
}

// Known returns the current catalogue without fetching, nil before the first one.
func (l *Live) Known() *Catalog {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// Verified returns a catalogue that was read from the service, if possible: a name
// that is absent from a cached one may be new. It waits as [Live.Get] does.
func (l *Live) Verified(ctx context.Context) *Catalog {
	current := l.Get(ctx)
	if current.Complete() {
		return current
	}
	_, fetched := l.refreshIfDue(true)
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
	switch {
	case l.current != nil:
		return l.current
	case l.options.CatalogURL == "":
		return New(nil, nil)
	default:
		return Snapshot()
	}
}

// refreshIfDue starts a fetch when one is due, or forced and the last one did not
// fail. It returns the current catalogue, which may be nil, and the channel that the
// running fetch closes when it ends: nil if none is running or if a call has already
// waited for it in vain.
func (l *Live) refreshIfDue(force bool) (*Catalog, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.opened {
		l.opened = true
		l.open()
	}
	due := !time.Now().Before(l.next) || (force && !l.failed)
	if l.refreshing == nil && l.ctx.Err() == nil && due {
		l.refreshing = make(chan struct{})
		l.work.Go(l.refresh)
	}
	if l.waited {
		return l.current, nil
	}
	return l.current, l.refreshing
}

// open reads the first catalogue from the disk cache.
func (l *Live) open() {
	if l.options.CatalogURL == "" {
		return
	}
	kept, ok := l.readCache()
	if !ok {
		return
	}
	l.last = kept
	l.current = kept.catalog(SourceCache, true)
	if age := time.Since(kept.FetchedAt); age >= 0 {
		l.next = kept.FetchedAt.Add(l.options.TTL)
	}
}

func (l *Live) refresh() {
	ctx, cancel := context.WithTimeout(l.ctx, fetchTimeout)
	defer cancel()
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()

	fresh, listedErr, servedErr := l.fetch(ctx, last)
	problem := joinErrors(listedErr, servedErr)
	if problem != "" && problem != l.problem && l.ctx.Err() == nil {
		l.options.Logger.Warn("reading the catalogue failed, keeping the last one", "error", problem)
	}
	l.problem = problem
	if l.options.CatalogURL != "" && (listedErr == nil || fresh.Refused != last.Refused) {
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
	l.last, l.current = fresh, fresh.catalog(source, l.options.CatalogURL != "")
	l.current.ServedLive = servedErr == nil
	l.current.Problem, l.current.CatalogProblem = problem, joinErrors(listedErr)
	pause := l.options.TTL
	if l.failed = problem != ""; l.failed {
		pause = l.pauses.NextBackOff()
	} else {
		l.pauses.Reset()
	}
	l.next = time.Now().Add(pause)
	close(l.refreshing)
	l.refreshing, l.waited = nil, false
}

// joinErrors returns the errors as one line.
func joinErrors(errs ...error) string {
	var texts []string
	for _, err := range errs {
		if err != nil {
			texts = append(texts, err.Error())
		}
	}
	return strings.Join(texts, "; ")
}
