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

// torrent is an upstream that answers a chat about a "torrent" with more text
// than the buffers between two sockets hold, and then does not end.
type torrent struct {
	written chan struct{} // for each that was read to its last piece
	left    chan struct{} // for each whose client went away
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

// A client that does not read holds up nothing but itself: its answer is read
// from the service all the same, and other clients have theirs, also from where
// only as many requests run at once as there are stalled clients and one.
func TestAStalledClientHoldsNobodyUp(t *testing.T) {
	upstream := newTorrent()
	e := serveHTTP(t, setup{wrap: upstream.around, provider: provider.Options{MaxInFlight: len(eras) + 1}}, httpd.Options{StallTimeout: time.Hour})
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
