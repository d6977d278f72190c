package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// DefaultTTL is how long a catalogue counts as fresh.
const DefaultTTL = time.Hour

const (
	firstWait    = 10 * time.Second // how long the first use waits for the service
	fetchTimeout = 45 * time.Second
	retryAfter   = time.Minute // pause after a failed fetch
	maxPayload   = 16 << 20
)

// LiveOptions configures a [Live] catalogue.
type LiveOptions struct {
	CatalogURL string
	// Served reads /v1/models; only the provider talks to the API.
	Served     func(context.Context) ([]byte, error)
	HTTPClient *http.Client
	Logger     *slog.Logger
	TTL        time.Duration // 0 is DefaultTTL
}

// Live keeps a catalogue fresh. Nothing is fetched before the first [Live.Get],
// which waits a while for the service; later ones are answered at once, and a
// stale catalogue is served while one refresh runs.
type Live struct {
	LiveOptions
	ctx    context.Context // ends the background work
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex
	current    *Catalog
	next       time.Time     // no fetch before then
	refreshing chan struct{} // closed when the fetch that runs ends; nil when none runs
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
	current, fetched := l.peek()
	if current == nil && fetched != nil {
		timer := time.NewTimer(firstWait)
		defer timer.Stop()
		select {
		case <-fetched:
		case <-timer.C:
		case <-ctx.Done():
		}
		current, _ = l.peek()
	}
	if current == nil {
		return Snapshot()
	}
	return current
}

// peek gives what is there, starts a fetch when one is due, and gives the
// channel that the running fetch closes at its end, nil when none runs.
func (l *Live) peek() (*Catalog, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refreshing == nil && l.ctx.Err() == nil && !time.Now().Before(l.next) {
		l.refreshing = make(chan struct{})
		l.work.Go(l.refresh)
	}
	return l.current, l.refreshing
}

func (l *Live) refresh() {
	ctx, cancel := context.WithTimeout(l.ctx, fetchTimeout)
	defer cancel()
	fresh, err := l.fetch(ctx)
	if err != nil && l.ctx.Err() == nil {
		l.Logger.Warn("reading the catalogue failed", "error", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = time.Now().Add(l.TTL)
	if err != nil {
		l.next = time.Now().Add(min(retryAfter, l.TTL))
	}
	// A good catalogue is never replaced by a worse one.
	if l.current == nil || !l.current.Complete() || fresh.Complete() {
		l.current = fresh
	}
	close(l.refreshing)
	l.refreshing = nil
}

// fetch reads both lists at once. What cannot be read is taken from the
// snapshot; the error then says why.
func (l *Live) fetch(ctx context.Context) (*Catalog, error) {
	var (
		served    []string
		servedErr error
		pending   sync.WaitGroup
	)
	pending.Go(func() {
		var payload []byte
		if payload, servedErr = l.Served(ctx); servedErr == nil {
			served, servedErr = DecodeServed(payload)
		}
	})
	listed, listedErr := l.fetchListed(ctx)
	pending.Wait()

	source := SourceLive
	if listedErr != nil {
		source, listed = SourceSnapshot, Snapshot().Models()
	}
	c := New(listed, served)
	c.Source, c.FetchedAt, c.ServedLive = source, time.Now(), servedErr == nil
	if source == SourceSnapshot {
		c.FetchedAt = Snapshot().FetchedAt
	}
	return c, errors.Join(listedErr, servedErr)
}

func (l *Live) fetchListed(ctx context.Context) ([]Model, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.CatalogURL, nil)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := l.HTTPClient.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
			return nil, fmt.Errorf("catalogue: %w", op)
		}
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("catalogue: the answer was %s", resp.Status)
	}
	payload, err := io.ReadAll(io.LimitReader(resp.Body, maxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("catalogue: the answer is larger than %d MiB", maxPayload>>20)
	}
	models, skipped, err := Decode(payload)
	for _, problem := range skipped {
		l.Logger.Warn("skipping a catalogue entry", "error", problem)
	}
	return models, err
}
