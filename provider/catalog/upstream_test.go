package catalog_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// upstream answers both lists after a delay, each as its field says.
type upstream struct {
	mu             sync.Mutex
	listed, served string // "" is an error
	delay          time.Duration
	fetches        atomic.Int32 // of the catalogue
	cancelled      atomic.Int32
}

const (
	oneListed = `[{"id":"m","name":"Model-1","available":true}]`
	oneServed = `{"data":[{"id":"Served-1"}]}`
)

func (u *upstream) set(listed, served string, delay time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.listed, u.served, u.delay = listed, served, delay
}

func (u *upstream) answer(ctx context.Context, list func() string) (string, error) {
	u.mu.Lock()
	body, delay := list(), u.delay
	u.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		u.cancelled.Add(1)
		return "", ctx.Err()
	}
	if body == "" {
		return "", errors.New("down")
	}
	return body, nil
}

func (u *upstream) RoundTrip(req *http.Request) (*http.Response, error) {
	u.fetches.Add(1)
	body, err := u.answer(req.Context(), func() string { return u.listed })
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func (u *upstream) live(t *testing.T, ttl time.Duration) *catalog.Live {
	t.Helper()
	live := catalog.NewLive(catalog.LiveOptions{
		CatalogURL: "https://catalog.test/models", HTTPClient: &http.Client{Transport: u}, TTL: ttl, Logger: slog.New(slog.DiscardHandler),
		Served: func(ctx context.Context) ([]byte, error) {
			body, err := u.answer(ctx, func() string { return u.served })
			return []byte(body), err
		},
	})
	t.Cleanup(live.Close)
	return live
}

// state is what a catalogue reports about itself.
type state struct {
	Source     catalog.Source
	ServedLive bool
	Complete   bool
	Has        []string // which of the ids that the tests use
}

func stateOf(c *catalog.Catalog) state {
	s := state{Source: c.Source, ServedLive: c.ServedLive, Complete: c.Complete()}
	for _, id := range []string{"Model-1", "Model-2", "Served-1", "gpt-oss-120b"} {
		if _, _, ok := c.Lookup(id); ok {
			s.Has = append(s.Has, id)
		}
	}
	return s
}

// took returns how long get took on the synctest clock.
func took(get func()) time.Duration {
	start := time.Now()
	get()
	return time.Since(start)
}

var (
	whole      = state{catalog.SourceLive, true, true, []string{"Model-1", "Served-1"}}
	unserved   = state{catalog.SourceLive, false, false, []string{"Model-1"}}
	unlisted   = state{catalog.SourceSnapshot, true, false, []string{"Served-1", "gpt-oss-120b"}}
	atSnapshot = state{catalog.SourceSnapshot, false, false, []string{"gpt-oss-120b"}}
)
