package httpd_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// The body of a caller without a valid token is not read into memory.
func TestWhoMayNotIsAnsweredBeforeTheBody(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "team: "+goodToken), BodyTimeout: time.Hour})
	conn := e.dial()
	fmt.Fprintf(conn,
		"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	if got := conn.answer(); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the answer is %s", got.Status)
	}
}

func TestASlowBodyTimesOut(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{BodyTimeout: 50 * time.Millisecond})
	conn := e.dial()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	if got := conn.answer(); got.StatusCode != http.StatusRequestTimeout {
		t.Errorf("the answer is %s", got.Status)
	}
	e.checkServes()
}

// The server does not wait forever for the body of a request that is refused, either.
func TestABodyThatIsNotReadTimesOut(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{BodyTimeout: 50 * time.Millisecond})
	for request, status := range map[string]int{
		"POST /healthz HTTP/1.1\r\nHost: localhost":                          http.StatusMethodNotAllowed,
		"GET /readyz HTTP/1.1\r\nHost: localhost":                            http.StatusOK,
		"POST /nowhere HTTP/1.1\r\nHost: localhost":                          http.StatusNotFound,
		"POST /mcp HTTP/1.1\r\nHost: other.example":                          http.StatusForbidden,
		"POST /mcp HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example": http.StatusForbidden,
	} {
		conn := e.dial()
		fmt.Fprintf(conn, "%s\r\nContent-Length: 10\r\n\r\n", request)
		if got := conn.answer(); got.StatusCode != status {
			t.Errorf("%q is answered with %s", request, got.Status)
		}
	}
}

// A client that sends Expect is refused before it sends the body.
func TestALargeBodyWithExpectIsRefusedUnread(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	conn := e.dial()
	fmt.Fprintf(conn,
		"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", 17<<20)
	conn.answer().check(t, http.StatusRequestEntityTooLarge, "16 MiB")
}

// The timeout of the body does not bound the call, and the timeout of a stalled client
// does not bound the connection.
func TestDeadlinesAreLifted(t *testing.T) {
	const short = 200 * time.Millisecond
	upstream := newHeld()
	e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{BodyTimeout: short, StallTimeout: short})
	conn := e.dial()
	var request bytes.Buffer // written at once, so that the body is not late
	if err := e.chat(modern).Write(&request); err != nil {
		t.Fatal(err)
	}
	_, _ = request.WriteTo(conn)
	await(t, upstream.started)
	<-time.After(2 * short)
	close(upstream.release)
	conn.answer().check(t, http.StatusOK, `"finish_reason":"stop"`)
	<-time.After(2 * short)
	fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	conn.answer().check(t, http.StatusOK, "ok")
}

func TestSlowHeadersEndTheConnection(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{HeaderTimeout: time.Second / 2})
	conn := e.dial()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not ended but failed: %v", err)
	}
	e.checkServes()
}

func TestAMegabyteOfHeadersIsRefused(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	conn := e.dial()
	go func() {
		_, _ = io.Copy(conn,
			io.MultiReader(strings.NewReader("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Large: "), strings.NewReader(strings.Repeat("x", 1<<20))))
	}()
	if got := conn.answer(); got.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("the answer is %s", got.Status)
	}
	e.checkServes()
}

// A client that reads nothing must not occupy its slot forever.
func TestAClientThatReadsNothingIsDropped(t *testing.T) {
	upstream := newWatched()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := serveOn(t, smallBuffers{listener}, setup{wrap: upstream.around},
		httpd.Options{StallTimeout: 200 * time.Millisecond, MaxConcurrent: 1})
	long := embedOf(512)
	conn := e.dial()
	if err := conn.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(long),
		long)
	await(t, upstream.started) // so it has the only slot
	eventually(t, "another call is admitted", func() bool { return e.do(e.chat(modern)).StatusCode == http.StatusOK })
}

// A slow client is not stalled: the deadline is not for a large answer as a whole. A
// busy machine may stall the client, but not for ever longer.
func TestAClientThatReadsSlowlyGetsEverything(t *testing.T) {
	const longest = 3 * time.Second
	for stall := 300 * time.Millisecond; ; stall *= 2 {
		answer := readSlowly(t, stall)
		if strings.HasSuffix(answer, "\r\n0\r\n\r\n") {
			return
		}
		if stall > longest {
			t.Fatalf("with a stall timeout of %s, the answer is cut after %d bytes", stall, len(answer))
		}
	}
}

// readSlowly returns what a client receives of an answer that it reads in pieces, each
// well within the stall timeout, while all of them take longer.
func readSlowly(t *testing.T, stall time.Duration) string {
	t.Helper()
	call := embedOf(1024)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := serveOn(t, smallBuffers{listener}, setup{}, httpd.Options{StallTimeout: stall})
	conn := e.dial()
	_ = conn.SetDeadline(time.Time{})
	if err := conn.SetReadBuffer(256 << 10); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn,
		"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(call),
		call)
	pace := time.NewTicker(stall / 10)
	defer pace.Stop()
	var answer []byte
	for piece := make([]byte, 64<<10); ; <-pace.C {
		n, err := io.ReadFull(conn, piece)
		if answer = append(answer, piece[:n]...); err != nil {
			return string(answer)
		}
	}
}

// smallBuffers makes the send buffer of each connection small.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(64 << 10)
}

// embedOf returns a call whose answer has about 2 kB for each text.
func embedOf(texts int) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"embed","arguments":{"input":["a"` + strings.Repeat(`,"a"`,
		texts-1) + `]}}}`
}

// rawConn is a connection on which a test writes HTTP itself.
type rawConn struct {
	testing.TB
	*net.TCPConn
}

func (e *endpoint) dial() rawConn {
	e.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(e.Context(), "tcp", e.host)
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(maxWait))
	return rawConn{e.TB, conn.(*net.TCPConn)}
}

func (c rawConn) answer() response {
	c.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(c.TCPConn), nil)
	if err != nil {
		c.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.Fatal(err)
	}
	return response{answer, string(body)}
}

// closed is the answer of a connection that the client has closed.
type closed struct{ *httptest.ResponseRecorder }

func (closed) SetReadDeadline(time.Time) error { return net.ErrClosed }

func TestAClosedConnectionIsNoDefect(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	w := closed{httptest.NewRecorder()}
	e.http.ServeHTTP(w, e.chat(modern))
	if w.Code == http.StatusInternalServerError {
		t.Errorf("it is answered with %d %s", w.Code, w.Body)
	}
}
