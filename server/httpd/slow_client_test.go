package httpd_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// torrent is an upstream that answers a chat about a "torrent" with more text than
// socket buffers hold, in a stream that does not end.
type torrent struct {
	written chan struct{} // an element for each answer that was read to its last piece
	left    chan struct{} // an element for each client that disconnected
}

func newTorrent() *torrent { return &torrent{make(chan struct{}, 100), make(chan struct{}, 100)} }

func (u *torrent) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte("torrent")) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		const pieces = 500
		for range pieces {
			fmt.Fprintf(w, "data: %s\n\n", piece(strings.Repeat("x", 16<<10)))
		}
		_ = http.NewResponseController(w).Flush()
		u.written <- struct{}{}
		<-r.Context().Done()
		u.left <- struct{}{}
	})
}

// stall makes a call about a torrent whose client reads nothing of the answer.
func (e *endpoint) stall(version string) rawConn {
	e.Helper()
	conn := e.dial()
	if err := conn.SetReadBuffer(4096); err != nil {
		e.Fatal(err)
	}
	request := e.request(e.Context(), version, "tools/call", `{"name":"chat","arguments":{"prompt":"torrent"},"_meta":{"progressToken":"t"}}`)
	if err := request.Write(conn); err != nil {
		e.Fatal(err)
	}
	return conn
}

// A client that does not read delays only itself: its answer is still read from the
// service, and other clients get theirs, even if the upstream accepts only one request
// more than there are stalled clients.
func TestAStalledClientDelaysNoOther(t *testing.T) {
	upstream := newTorrent()
	e := serveHTTP(t, setup{wrap: upstream.around, provider: provider.Options{MaxInFlight: len(eras) + 1}},
		httpd.Options{StallTimeout: time.Hour})
	var stalled []rawConn
	for _, version := range eras {
		stalled = append(stalled, e.stall(version))
	}
	for range stalled {
		await(t, upstream.written)
	}
	for _, version := range eras {
		other := e.connect(t, version)
		for i := range 10 {
			text, isError, err := other.call(t.Context(), "chat", `{"prompt":"hi"}`, fmt.Sprint(i))
			if err != nil || isError || other.spoken(fmt.Sprint(i)) != text {
				t.Errorf("%s: another client's call %d: %q, %v", version, i, text, err)
			}
		}
	}
	if n := len(upstream.left); n > 0 {
		t.Errorf("%d of the stalled calls have ended", n)
	}
	for _, conn := range stalled {
		_ = conn.Close()
		await(t, upstream.left)
	}
}

func TestAStalledClientIsCutAndItsRequestCancelled(t *testing.T) {
	for _, version := range eras {
		t.Run(version, func(t *testing.T) {
			upstream := newTorrent()
			e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{StallTimeout: 200 * time.Millisecond, MaxConcurrent: 1})
			e.stall(version)
			await(t, upstream.written)
			await(t, upstream.left)
			eventually(t, "its place is free again", func() bool { return e.do(e.chat(modern)).StatusCode == http.StatusOK })
		})
	}
}
