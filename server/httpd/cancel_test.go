package httpd_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestAClientThatLeavesCancelsItsRequestUpstream(t *testing.T) {
	faults := map[string]emulator.Fault{
		"before the answer": {Path: "/chat/completions", Delay: time.Hour},
		"amid the text":     {Path: "/chat/completions", RawEvents: []string{piece("Once upon a ")}, Hang: true},
	}
	for what, fault := range faults {
		for _, version := range eras {
			t.Run(what+", "+version, func(t *testing.T) {
				upstream := newWatched()
				e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{})
				// A busy machine may be slow sometimes, but not every time.
				const attempts, soon = 5, 100 * time.Millisecond
				quickest := time.Hour
				for attempt := 1; attempt <= attempts && quickest > soon; attempt++ {
					e.Script(fault)
					quickest = min(quickest, e.leave(version, upstream))
					if got := e.Cancelled(); got != attempt {
						t.Fatalf("of %d requests %d were cancelled upstream", attempt, got)
					}
				}
				if quickest > soon {
					t.Errorf("of %d requests each ended upstream more than %s after its client left, the quickest after %s", attempts, soon, quickest)
				}
				// The fault may still be scripted: the request can end before it takes effect.
				e.do(e.request(t.Context(), modern, "tools/call", `{"name":"embed","arguments":{"input":"hi"}}`)).check(t, http.StatusOK,
					`"embeddings"`)
			})
		}
	}
}

// leave makes a call whose client disconnects once it runs, and returns how long its
// request upstream continued.
func (e *endpoint) leave(version string, upstream *watched) time.Duration {
	e.Helper()
	ctx, leave := context.WithCancel(e.Context())
	gone := e.background(e.request(ctx, version, "tools/call", `{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":"t"}}`))
	await(e.TB, upstream.started)
	leave()
	left := time.Now()
	await(e.TB, upstream.ended)
	took := time.Since(left)
	<-gone
	return took
}

// Without sessions mcp-go identifies calls by their JSON-RPC ids only, which clients
// share.
func TestAClientCannotCancelTheCallOfAnother(t *testing.T) {
	for _, version := range eras {
		for _, other := range eras {
			t.Run(version+" by "+other, func(t *testing.T) {
				upstream := newHeld()
				e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{})
				answered := e.background(e.chat(version)) // its id is 1
				await(t, upstream.started)
				for _, id := range []string{`1`, `"1"`, `1.0`, `null`} {
					e.do(e.request(t.Context(), other, "notifications/cancelled", `{"requestId":`+id+`}`)).check(t, http.StatusAccepted)
				}
				for _, disguised := range []string{
					`{"jsonrpc":"2.0","id":null,"method":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"notifications\/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"ping","Method":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","METHOD":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"ping","METHOD":"ping","method":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"notifications/cancelled","METHOD":"ping","method":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{},"PARAMS":{},"params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","method":"notifications/canc\u0065lled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","id":2,"id":null,"method":"notifications/cancelled","params":{"requestId":1}}`,
					`{"jsonrpc":"2.0","id":2,"method":"notifications/cancelled","params":{"requestId":1}}`,
				} {
					e.do(e.raw(t.Context(), disguised))
				}
				close(upstream.release)
				if got := <-answered; !strings.HasPrefix(got, "200 ") || !strings.Contains(got, `"finish_reason":"stop"`) {
					t.Errorf("the call is answered with %s", got)
				}
				if got := e.Cancelled(); got != 0 {
					t.Errorf("%d requests were cancelled upstream", got)
				}
			})
		}
	}
}

// Calls of many clients have the same JSON-RPC ids, but each gets its own answer.
func TestCallsOfTheSameIDDoNotMeet(t *testing.T) {
	const callers = 20
	upstream := newHeld()
	e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{})
	var answers [callers]<-chan string
	for i := range answers {
		answers[i] = e.background(e.request(t.Context(), eras[i%len(eras)], "tools/call",
			fmt.Sprintf(`{"name":"chat","arguments":{"prompt":"caller %02d"},"_meta":{"progressToken":"t"}}`, i)))
		await(t, upstream.started)
	}
	close(upstream.release)
	for i, answer := range answers {
		got := <-answer
		for other := range callers {
			if strings.Contains(got, fmt.Sprintf("caller %02d", other)) != (other == i) {
				t.Errorf("caller %d got %s", i, got)
			}
		}
	}
}
