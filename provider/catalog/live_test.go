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
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
		CatalogURL: "https://catalog.test/models", HTTPClient: &http.Client{Transport: u}, Logger: slog.New(slog.DiscardHandler), TTL: ttl,
		Served: func(ctx context.Context) ([]byte, error) {
			body, err := u.answer(ctx, func() string { return u.served })
			return []byte(body), err
		},
	})
	t.Cleanup(live.Close)
	return live
}

// state is what a catalogue says of itself.
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

// took gives how long get took on the bubble's clock.
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

func TestFirstGet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		in     upstream
		want   state
		waited time.Duration
	}{
		{"waits for the service", upstream{listed: oneListed, served: oneServed, delay: 3 * time.Second}, whole, 3 * time.Second},
		{"waits ten seconds at most", upstream{listed: oneListed, served: oneServed, delay: 11 * time.Second}, atSnapshot, 10 * time.Second},
		{"does without the served ids", upstream{listed: oneListed}, unserved, 0},
		{"takes the listed models from the snapshot", upstream{served: oneServed}, unlisted, 0},
		{"takes both from the snapshot", upstream{}, atSnapshot, 0},
		{"takes no page for a catalogue", upstream{listed: "<html>", served: "<html>"}, atSnapshot, 0},
		{"takes no object for a catalogue", upstream{listed: "{}", served: oneServed}, unlisted, 0},
		{"takes no empty catalogue", upstream{listed: "[]", served: oneServed}, unlisted, 0},
		{"takes no endless catalogue", upstream{listed: strings.Repeat(" ", 16<<20) + oneListed, served: oneServed}, unlisted, 0},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				live := tt.in.live(t, 0)
				var got *catalog.Catalog
				waited := took(func() { got = live.Get(t.Context()) })
				if diff := cmp.Diff(tt.want, stateOf(got)); diff != "" || waited != tt.waited {
					t.Errorf("waited %s, (-want +got):\n%s", waited, diff)
				}
			})
		})
	}
}

func TestSnapshotKeepsItsIDsWhenServedIDsAreUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		live := (&upstream{}).live(t, 0)
		if _, _, ok := live.Get(t.Context()).Lookup("Qwen3-32B"); !ok {
			t.Error("an id that the snapshot knows as served is unknown without the service")
		}
	})
}

func TestLaterGetsDoNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{listed: oneListed, served: oneServed, delay: 30 * time.Second}
		live := u.live(t, 0)
		live.Get(t.Context())
		for range 3 {
			if waited := took(func() { live.Get(t.Context()) }); waited > 0 {
				t.Errorf("a later Get waited %s", waited)
			}
		}
		<-time.After(30 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(whole, stateOf(live.Get(t.Context()))); diff != "" || u.fetches.Load() != 1 {
			t.Errorf("after %d fetches (-want +got):\n%s", u.fetches.Load(), diff)
		}
	})
}

func TestGetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{listed: oneListed, served: oneServed, delay: 5 * time.Second}
		live := u.live(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if waited := took(func() { live.Get(ctx) }); waited != time.Second {
			t.Errorf("waited %s for a caller who left after 1s", waited)
		}
		<-time.After(4 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(whole, stateOf(live.Get(t.Context()))); diff != "" || u.cancelled.Load() > 0 {
			t.Errorf("the fetch ended with the caller who started it (-want +got):\n%s", diff)
		}
	})
}

func TestManyGetsFetchOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{listed: oneListed, served: oneServed, delay: time.Second}
		live := u.live(t, 0)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if diff := cmp.Diff(whole, stateOf(live.Get(t.Context()))); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		all.Wait()
		if n := u.fetches.Load(); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

func TestRefreshAfterTTL(t *testing.T) {
	t.Parallel()
	const twoListed = `[{"name":"Model-1"},{"name":"Model-2"}]`
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{listed: oneListed, served: oneServed}
		live := u.live(t, time.Hour)
		live.Get(t.Context())
		u.set(twoListed, oneServed, 5*time.Second)
		<-time.After(time.Hour - time.Second)
		live.Get(t.Context())
		if n := u.fetches.Load(); n != 1 {
			t.Fatalf("%d fetches within the TTL, want 1", n)
		}
		<-time.After(time.Second)
		for range 3 { // stale, at once, while one fetch runs
			var got *catalog.Catalog
			waited := took(func() { got = live.Get(t.Context()) })
			if diff := cmp.Diff(whole, stateOf(got)); diff != "" || waited > 0 {
				t.Errorf("waited %s, (-want +got):\n%s", waited, diff)
			}
		}
		<-time.After(5 * time.Second)
		synctest.Wait()
		want := whole
		want.Has = []string{"Model-1", "Model-2", "Served-1"}
		if diff := cmp.Diff(want, stateOf(live.Get(t.Context()))); diff != "" || u.fetches.Load() != 2 {
			t.Errorf("after %d fetches (-want +got):\n%s", u.fetches.Load(), diff)
		}
	})
}

// TestFailureKeepsTheGoodOne is of refreshes that bring less than was there.
func TestFailureKeepsTheGoodOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after upstream
		want          []string // of the ids
	}{
		{"both lists fail", upstream{listed: oneListed, served: oneServed}, upstream{}, []string{"Model-1", "Served-1"}},
		{"the catalogue fails", upstream{listed: oneListed, served: oneServed}, upstream{served: oneServed}, []string{"Model-1", "Served-1"}},
		{"the served ids fail", upstream{listed: oneListed, served: oneServed}, upstream{listed: oneListed}, []string{"Model-1", "Served-1"}},
		{"the service hangs", upstream{listed: oneListed, served: oneServed}, upstream{listed: oneListed, delay: time.Hour}, []string{"Model-1", "Served-1"}},
		{"a page comes", upstream{listed: oneListed, served: oneServed}, upstream{listed: "<html>", served: "<html>"}, []string{"Model-1", "Served-1"}},
		{"nothing is listed any more", upstream{listed: oneListed, served: oneServed}, upstream{listed: "[]", served: `{"data":[]}`}, []string{"Model-1", "Served-1"}},
		{"there never were served ids", upstream{listed: oneListed}, upstream{}, []string{"Model-1"}},
		{"there never was a catalogue", upstream{served: oneServed}, upstream{}, []string{"Served-1", "gpt-oss-120b"}},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				live := tt.before.live(t, time.Hour)
				live.Get(t.Context())
				tt.before.set(tt.after.listed, tt.after.served, tt.after.delay)
				<-time.After(time.Hour)
				live.Get(t.Context())
				<-time.After(50 * time.Second) // longer than a fetch may take
				got := live.Get(t.Context())
				if diff := cmp.Diff(tt.want, stateOf(got).Has); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got.Complete() {
					t.Error("an id that is absent is said not to exist, although a list could not be read")
				}
			})
		})
	}
}

func TestCloseEndsAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &upstream{listed: oneListed, served: oneServed, delay: 30 * time.Second}
		live := u.live(t, 0)
		live.Get(t.Context())
		if waited := took(live.Close); waited > 0 || u.cancelled.Load() != 2 {
			t.Errorf("Close took %s and ended %d of 2 requests", waited, u.cancelled.Load())
		}
		var got *catalog.Catalog
		waited := took(func() { got = live.Get(t.Context()) })
		if diff := cmp.Diff(atSnapshot, stateOf(got)); diff != "" || waited > 0 || u.fetches.Load() != 1 {
			t.Errorf("after Close, Get waited %s and there were %d fetches (-want +got):\n%s", waited, u.fetches.Load(), diff)
		}
		live.Close()
	})
}

func TestNewLiveFetchesNothing(t *testing.T) {
	t.Parallel()
	u := &upstream{listed: oneListed, served: oneServed}
	u.live(t, 0).Close()
	if n := u.fetches.Load(); n > 0 {
		t.Errorf("%d fetches before the first Get", n)
	}
}
