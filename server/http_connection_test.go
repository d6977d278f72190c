package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// A caller who may not gets no memory: the body is not waited for.
func TestWhoMayNotIsAnsweredBeforeTheBody(t *testing.T) {
	e := serveHTTP(t, setup{}, server.HTTPOptions{Tokens: openTokens(t, "team: "+goodToken), BodyTimeout: 50 * time.Millisecond})
	conn := e.dial()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	if got := conn.answer(); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the answer is %s", got.Status)
	}
}

func TestASlowBodyTimesOut(t *testing.T) {
	e := serveHTTP(t, setup{}, server.HTTPOptions{BodyTimeout: 50 * time.Millisecond})
	conn := e.dial()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	if got := conn.answer(); got.StatusCode != http.StatusRequestTimeout {
		t.Errorf("the answer is %s", got.Status)
	}
	e.goesOn()
}

// The time for the body is not the call's, and the time for a client to read is
// not the connection's.
func TestDeadlinesAreLifted(t *testing.T) {
	const short = 50 * time.Millisecond
	upstream := newHeld()
	e := serveHTTP(t, setup{wrap: upstream.around}, server.HTTPOptions{BodyTimeout: short, StallTimeout: short})
	conn := e.dial()
	if err := e.chat(modern).Write(conn); err != nil {
		t.Fatal(err)
	}
	await(t, upstream.started)
	<-time.After(3 * short)
	close(upstream.release)
	conn.answer().says(t, http.StatusOK, `"finish_reason":"stop"`)
	<-time.After(3 * short)
	fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	conn.answer().says(t, http.StatusOK, "ok")
}

func TestSlowHeadersEndTheConnection(t *testing.T) {
	e := serveHTTP(t, setup{}, server.HTTPOptions{HeaderTimeout: 50 * time.Millisecond})
	conn := e.dial()
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not ended but failed: %v", err)
	}
	e.goesOn()
}

func TestAMegabyteOfHeadersIsRefused(t *testing.T) {
	e := serveHTTP(t, setup{}, server.HTTPOptions{})
	conn := e.dial()
	go func() {
		_, _ = io.Copy(conn, io.MultiReader(strings.NewReader("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Large: "), strings.NewReader(strings.Repeat("x", 1<<20))))
	}()
	if got := conn.answer(); got.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("the answer is %s", got.Status)
	}
	e.goesOn()
}

// A client that reads nothing must not keep its call's place for ever.
func TestAClientThatReadsNothingIsGivenUp(t *testing.T) {
	upstream := newWatched()
	e := serveHTTP(t, setup{wrap: upstream.around}, server.HTTPOptions{StallTimeout: 50 * time.Millisecond, MaxConcurrent: 1})
	long := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"embed","arguments":{"input":["a"` + strings.Repeat(`,"a"`, 2047) + `]}}}`
	conn := e.dial()
	if err := conn.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(long), long)
	await(t, upstream.started) // so it has the only place
	eventually(t, "another call has a place", func() bool { return e.do(e.chat(modern)).StatusCode == http.StatusOK })
}

// rawConn is a connection whose client does as it likes.
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
	_ = conn.SetDeadline(time.Now().Add(patience))
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
