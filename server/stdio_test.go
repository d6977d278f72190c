package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client/transport"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// served is a client of a server over stdio, whose stdin and stdout are pipes.
type served struct {
	*rig
	closeInput func()       // ends the server's input
	ended      <-chan error // what ServeStdio returned
}

func serveStdio(ctx context.Context, t *testing.T, s setup) served {
	t.Helper()
	r := newRig(t, s)
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- r.server.ServeStdio(ctx, in, out)
		out.Close()
	}()
	t.Cleanup(func() { toServer.Close() })
	r.attach(transport.NewIO(fromServer, toServer, io.NopCloser(bytes.NewReader(nil))))
	return served{r, func() { toServer.Close() }, ended}
}

// await waits until ServeStdio has returned, without an error.
func (s served) await(within time.Duration) {
	s.Helper()
	select {
	case err := <-s.ended:
		if err != nil {
			s.Errorf("ServeStdio returned %v", err)
		}
	case <-time.After(within):
		s.Fatalf("ServeStdio did not end within %s", within)
	}
}

// mcp-go writes notifications and results in no fixed order, and drops notifications
// while 100 are queued. The whole text must come before each result nevertheless,
// however many calls end at the same time.
func TestNoProgressIsLostOrLateOverStdio(t *testing.T) {
	for _, callers := range []int{1, 16, 100} {
		t.Run(fmt.Sprint(callers, " callers"), func(t *testing.T) {
			s := serveStdio(t.Context(), t, setup{})
			var group sync.WaitGroup
			for caller := range callers {
				group.Go(func() {
					for i := range 200/callers + 1 {
						s.checkProgress(fmt.Sprintf("%d-%d", caller, i))
					}
				})
			}
			group.Wait()
			before := s.count()
			s.list() // whatever was written late is read before its answer
			if after := s.count(); after != before {
				t.Errorf("%d notifications came after the results", after-before)
			}
			s.closeInput()
			s.await(maxWait)
		})
	}
}

func (s served) checkProgress(token string) {
	got, err := s.tryCall(s.Context(), "chat", `{"prompt":"call `+token+`","model":"Meta-Llama-3_3-70B-Instruct"}`, token)
	if err != nil {
		s.Error(err)
		return
	}
	if text := spoken(s.TB, s.of(token)); text != got.texts[0] {
		s.Errorf("before the result of %s came %q, the content is %q", token, text, got.texts[0])
	}
}

func TestStdioEndsWithItsInputOrItsContext(t *testing.T) {
	for _, how := range []string{"end of input", "context"} {
		t.Run(how, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			upstream := newWatched()
			s := serveStdio(ctx, t, setup{wrap: upstream.around})
			s.Script(emulator.Fault{Hang: true})
			answered := make(chan error, 1)
			go func() {
				_, err := s.tryCall(t.Context(), "chat", `{"prompt":"hi"}`, "")
				answered <- err
			}()
			await(t, upstream.started)
			if how == "context" {
				cancel()
			} else {
				s.closeInput()
			}
			s.await(maxWait)
			await(t, upstream.ended)
			if got := s.Cancelled(); got != 1 {
				t.Errorf("%d requests were cancelled upstream", got)
			}
			if err := <-answered; err != nil {
				t.Log("the call returned", err)
			}
		})
	}
}
