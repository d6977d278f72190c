package emulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestDelays(t *testing.T) {
	for _, c := range []struct {
		name       string
		tokenDelay time.Duration
		fault      emulator.Fault
		fixed      time.Duration // once
		each       time.Duration // between two events
	}{
		{"none", 0, emulator.Fault{}, 0, 0},
		{"token delay", time.Second, emulator.Fault{}, 0, time.Second},
		{"chunk delay", time.Second, emulator.Fault{ChunkDelay: time.Minute}, 0, time.Minute},
		{"delay before the headers", time.Second, emulator.Fault{Delay: time.Hour}, time.Hour, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{TokenDelay: c.tokenDelay})
				e.Script(c.fault)
				began := time.Now()
				got := replay(t, post(t, e, chatPath, streamed(t)))
				want := c.fixed + time.Duration(got.Events-1)*c.each
				if took := time.Since(began); took != want || got.Events < 5 {
					t.Errorf("%d events took %v, want %v", got.Events, took, want)
				}
			})
		})
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{Latency: time.Second, RequestedFaults: true})
		for _, c := range []struct {
			ask  func()
			want time.Duration
		}{
			{func() { post(t, e, chatPath, request(llama, "hi")) }, time.Second},
			{func() { post(t, e, chatPath, streamed(t)) }, time.Second},
			{func() { post(t, e, embedPath, object{"model": "bge-m3", "input": "hi"}) }, time.Second},
			{func() { post(t, e, chatPath, request(llama, "hi"), "X-Emulator-Fault", "503 delay=2s") }, 3 * time.Second},
			{func() { serve(e, http.MethodGet, "/v1/models", "") }, 0},
		} {
			began := time.Now()
			c.ask()
			if took := time.Since(began); took != c.want {
				t.Errorf("it took %v, want %v", took, c.want)
			}
		}
	})
}

func TestCancelled(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  emulator.Fault
		events int
	}{
		{"in the delay", emulator.Fault{Delay: time.Hour}, 0},
		{"in a hang", emulator.Fault{Hang: true}, 0},
		{"in a hang after events", emulator.Fault{RawEvents: []string{"a", "b"}, Hang: true}, 2},
		{"between chunks", emulator.Fault{ChunkDelay: 40 * time.Second}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, leave := context.WithTimeout(t.Context(), time.Minute)
				defer leave()
				e := scripted(c.fault)
				began := time.Now()
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, chatPath, strings.NewReader(marshal(t, streamed(t))))
				w := httptest.NewRecorder()
				e.ServeHTTP(w, r)
				if took := time.Since(began); took != time.Minute || e.Cancelled() != 1 {
					t.Errorf("ended after %v with Cancelled %d, want the moment that the client leaves and 1", took, e.Cancelled())
				}
				if c.events > 0 {
					if got, _ := events(t, w); len(got) != c.events {
						t.Errorf("got %d events, want %d", len(got), c.events)
					}
				}
			})
		})
	}
}

func TestCompleteAnswersAreNotCancelled(t *testing.T) {
	e := sandbox()
	post(t, e, chatPath, streamed(t))
	serve(e, http.MethodPost, chatPath, "refused")
	if e.Cancelled() != 0 {
		t.Errorf("Cancelled is %d", e.Cancelled())
	}
}
