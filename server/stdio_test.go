package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/client/transport"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// served is a client of a server over stdio, whose stdin and stdout are pipes in
// memory.
type served struct {
	*rig
	closeInput func()       // ends the server's input
	ended      <-chan error // what ServeStdio returned
}

func serveStdio(ctx context.Context, t testing.TB, s setup) served {
	t.Helper()
	return newRig(t, s).serveStdio(ctx)
}

// serveStdio connects the client. The service ends with the test.
func (r *rig) serveStdio(ctx context.Context) served {
	r.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended, finished := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- r.server.ServeStdio(ctx, in, out, maxWait)
		out.Close()
		close(finished)
	}()
	r.Cleanup(func() {
		toServer.Close()
		_, _ = io.Copy(io.Discard, fromServer) // the client may not read to the end
		<-finished
	})
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

// At the end of the input, as of a pipe from a file, what was asked is answered. When
// the process must stop, or the drain timeout has passed, it is cancelled.
func TestStdioEndsWithItsInputOrItsContext(t *testing.T) {
	const chat = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"}}}` // a line without an end
	for name, test := range map[string]struct {
		fault     emulator.Fault
		endsInput bool
		takes     time.Duration
		answer    string
	}{
		"the answer comes in time": {emulator.Fault{Delay: maxWait / 2}, true, maxWait / 2, `"content":`},
		"no answer comes":          {emulator.Fault{Hang: true}, true, maxWait, `"code":"cancelled"`},
		"the process must stop":    {emulator.Fault{Hang: true}, false, time.Second, `"code":"cancelled"`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				upstream := emulator.New(emulator.Options{})
				upstream.Script(test.fault)
				srv := newServer(t, setup{inMemory: true}, upstream)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				in, toServer := io.Pipe()
				go func() {
					_, _ = io.WriteString(toServer, chat)
					if test.endsInput {
						toServer.Close()
						return
					}
					_, _ = io.WriteString(toServer, "\n")
					time.AfterFunc(time.Second, cancel)
				}()
				var out bytes.Buffer
				start := time.Now()
				if err := srv.ServeStdio(ctx, in, &out, maxWait); err != nil {
					t.Error(err)
				}
				if took := time.Since(start).Round(100 * time.Millisecond); took != test.takes {
					t.Errorf("it took %s", took)
				}
				if !strings.Contains(out.String(), test.answer) || strings.Count(out.String(), "\n") != 1 {
					t.Errorf("the answer is %q", out.String())
				}
				in.Close() // ends the goroutine that reads
			})
		})
	}
}

// unreadable is a client that is gone.
type unreadable struct{}

func (unreadable) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestStdioEndsWhenItsClientIsGone(t *testing.T) {
	srv := newServer(t, setup{inMemory: true}, emulator.New(emulator.Options{}))
	in, toServer := io.Pipe()
	defer toServer.Close()
	go func() { _, _ = io.WriteString(toServer, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n") }()
	if err := srv.ServeStdio(t.Context(), in, unreadable{}, maxWait); err != nil {
		t.Error(err)
	}
}

// The request is known before it runs, so a cancellation right behind it is not lost,
// and a cancelled request has no answer.
func TestACancellationRightBehindItsCall(t *testing.T) {
	for _, id := range []string{"7", `"seven"`, "9007199254740993"} {
		upstream := emulator.New(emulator.Options{})
		upstream.Script(emulator.Fault{Hang: true, Times: -1})
		server := startStdio(t, setup{}, upstream)
		go func() {
			_, _ = io.WriteString(server.toServer,
				`{"jsonrpc":"2.0","id":`+id+`,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"}}}`+"\n"+
					`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+id+`}}`+"\n"+
					`{"jsonrpc":"2.0","id":"after","method":"ping"}`+"\n")
			server.toServer.Close()
		}()
		if got, line, err := server.next(t); got != `"after"` {
			t.Errorf("%s: first came %q, %v", id, line, err)
		}
		if _, line, err := server.next(t); err == nil {
			t.Errorf("%s: a cancelled call was answered: %s", id, line)
		}
		if err := <-server.ended; err != nil {
			t.Error(err)
		}
	}
}

// One of more calls than run at the same time can be cancelled while it waits.
func TestACallThatWaitsForOthersCanBeCancelled(t *testing.T) {
	upstream := newWatched()
	s := serveStdio(t.Context(), t, setup{wrap: upstream.around, provider: provider.Options{Timeout: time.Hour}})
	s.Script(emulator.Fault{Hang: true, Times: -1})
	ctx, cancelAll := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	for range 100 {
		calls.Go(func() { _, _ = s.tryCall(ctx, "chat", `{"prompt":"hi"}`, "") })
	}
	for range 100 {
		await(t, upstream.started)
	}
	waiting, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		_, _ = s.tryCall(waiting, "chat", `{"prompt":"hi"}`, "")
		close(ended)
	}()
	cancel()
	await(t, ended)
	s.list() // is not held up
	cancelAll()
	calls.Wait()
	for range 100 {
		await(t, upstream.ended)
	}
	if got := s.Cancelled(); got != 100 {
		t.Errorf("%d requests were cancelled upstream, want 100", got)
	}
}
