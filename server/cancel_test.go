package server_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// watched signals when requests to a model start and end.
type watched struct {
	started, ended chan struct{}
}

func newWatched() *watched {
	return &watched{make(chan struct{}, 1000), make(chan struct{}, 1000)}
}

func (w *watched) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.started <- struct{}{}
			defer func() { w.ended <- struct{}{} }()
		}
		h.ServeHTTP(rw, r)
	})
}

// await waits for an event that should take no time.
func await(t testing.TB, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(maxWait):
		t.Fatalf("no event within %s", maxWait)
	}
}

func TestCancellingACallStopsTheRequestUpstream(t *testing.T) {
	const chat, embed = "/chat/completions", "/embeddings"
	tests := []struct {
		name  string
		fault emulator.Fault
	}{
		{"before the answer", emulator.Fault{Path: chat, Delay: time.Hour}},
		{"before any text", emulator.Fault{Path: chat, Hang: true}},
		{"amid the text", emulator.Fault{Path: chat, RawEvents: []string{piece("Once upon a ")}, Hang: true}},
		{"while embedding", emulator.Fault{Path: embed, Delay: time.Hour}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			upstream := newWatched()
			r := connect(t, setup{wrap: upstream.around})
			r.Script(test.fault)
			tool, arguments, other, otherArguments := "chat", `{"prompt":"hi"}`, "embed", `{"input":"hi"}`
			if test.fault.Path == embed {
				tool, arguments, other, otherArguments = other, otherArguments, tool, arguments
			}
			ctx, cancel := context.WithCancel(t.Context())
			answered := make(chan error, 1)
			go func() {
				got, err := r.tryCall(ctx, tool, arguments, "t")
				if err == nil && (!got.isError || got.failure().Code != "cancelled") {
					err = errors.New("not cancelled, but " + got.texts[0])
				}
				answered <- err
			}()
			await(t, upstream.started)
			if test.fault.RawEvents != nil {
				await(t, r.noted)
			}
			cancel()
			await(t, upstream.ended)
			if got := r.Cancelled(); got != 1 {
				t.Errorf("%d requests were cancelled upstream", got)
			}
			if err := <-answered; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			r.succeed(other, otherArguments, nil)
		})
	}
}
