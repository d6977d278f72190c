package catalog_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestFirstGet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		in     upstream
		want   state
		waited time.Duration
	}{
		{"waits for the service", upstream{listed: oneListed, served: oneServed, delay: 2900 * time.Millisecond}, whole, 2900 * time.Millisecond},
		{"waits three seconds at most", upstream{listed: oneListed, served: oneServed, delay: 3100 * time.Millisecond}, atSnapshot, 3 * time.Second},
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
	const twoListed = `[{"id":"m","name":"Model-1","available":true},{"name":"Model-2"}]`
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

// TestFailureKeepsTheGoodOne covers refreshes that bring less than there was.
func TestFailureKeepsTheGoodOne(t *testing.T) {
	t.Parallel()
	const page, noneServed = "<html>", `{"data":[]}`
	whole := func() upstream { return upstream{listed: oneListed, served: oneServed} }
	ids := []string{"Model-1", "Served-1"}
	tests := []struct {
		name          string
		before, after upstream
		want          []string // of the ids
	}{
		{"both lists fail", whole(), upstream{}, ids},
		{"the catalogue fails", whole(), upstream{served: oneServed}, ids},
		{"the served ids fail", whole(), upstream{listed: oneListed}, ids},
		{"the service hangs", whole(), upstream{listed: oneListed, delay: time.Hour}, ids},
		{"a page comes", whole(), upstream{listed: page, served: page}, ids},
		{"nothing is listed any more", whole(), upstream{listed: "[]", served: noneServed}, ids},
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
