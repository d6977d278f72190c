package httpd_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestABusyServerSaysSo(t *testing.T) {
	upstream := newHeld()
	e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{MaxConcurrent: 2})
	first, second := e.background(e.chat(modern)), e.background(e.chat("2025-11-25"))
	await(t, upstream.started)
	await(t, upstream.started)
	got := e.do(e.chat(modern))
	got.check(t, http.StatusTooManyRequests, "busy")
	if after := got.Header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After is %q", after)
	}
	e.get("/readyz").check(t, http.StatusOK)
	close(upstream.release)
	for _, answered := range []<-chan string{first, second} {
		if got := <-answered; !strings.HasPrefix(got, "200 ") {
			t.Errorf("a call is answered with %s", got)
		}
	}
	e.checkServes()
}

func TestAServerThatStopsFinishesItsCalls(t *testing.T) {
	upstream := newHeld()
	e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{})
	e.get("/readyz").check(t, http.StatusOK)
	calls := []<-chan string{e.background(e.chat(modern)), e.background(e.request(t.Context(), "2025-06-18", "tools/call",
		`{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":"t"}}`))}
	for range calls {
		await(t, upstream.started)
	}
	e.stop()
	eventually(t, "the server is not ready", func() bool { return e.get("/readyz").StatusCode == http.StatusServiceUnavailable })
	e.get("/healthz").check(t, http.StatusOK)
	for _, version := range eras {
		got := e.do(e.chat(version))
		got.check(t, http.StatusServiceUnavailable, "about to stop")
		if got.Header.Get("Retry-After") == "" || !got.Close {
			t.Errorf("the headers are %v, and the connection is closed: %v", got.Header, got.Close)
		}
	}
	select {
	case err := <-e.ended:
		t.Fatalf("Serve returned %v while calls were in flight", err)
	default:
	}
	close(upstream.release)
	for _, answered := range calls {
		if got := <-answered; !strings.HasPrefix(got, "200 ") || !strings.Contains(got, `"finish_reason":"stop"`) {
			t.Errorf("a call is answered with %s", got)
		}
	}
	e.awaitEnd()
	if _, err := e.try(e.chat(modern)); err == nil {
		t.Error("the server still listens")
	}
}

func TestCallsThatDoNotFinishAreCancelled(t *testing.T) {
	upstream := newWatched()
	e := serveHTTP(t, setup{wrap: upstream.around}, httpd.Options{DrainTimeout: 50 * time.Millisecond})
	e.Script(emulator.Fault{Path: "/chat/completions", Hang: true})
	answered := e.background(e.chat(modern))
	await(t, upstream.started)
	e.stop()
	e.awaitEnd()
	await(t, upstream.ended)
	if got := <-answered; strings.HasPrefix(got, "200 ") {
		t.Errorf("the call is answered with %s", got)
	}
}

func TestOpenStreamsEndWhenTheServerStops(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{DrainTimeout: time.Hour})
	mcpserver.WithToolCapabilities(true)(e.server.MCP()) // so that there is something to listen to
	ctx, cancel := context.WithTimeout(t.Context(), maxWait)
	defer cancel()
	answer, err := e.web.Do(e.request(ctx, modern, "subscriptions/listen", `{"notifications":{"toolsListChanged":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && !strings.Contains(lines.Text(), "acknowledged") {
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	e.stop()
	for lines.Scan() {
	}
	if ctx.Err() != nil {
		t.Error("the stream did not end")
	}
	e.awaitEnd()
}

// The server ends even if a client leaves its connections open; goleak checks the rest.
func TestIdleConnectionsDoNotKeepTheServer(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{DrainTimeout: time.Hour})
	e.checkServes()
	fresh := e.dial() // nothing was sent on it yet
	start := time.Now()
	e.stop()
	e.awaitEnd()
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Errorf("that took %s", took)
	}
	_ = fresh.Close()
}

// A panic outside of the tools is answered too.
func TestAPanicInTheProtocolIsAnAnswer(t *testing.T) {
	const panicText = "secret-panic-text"
	var log lockedBuffer
	e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{
		Ready: func(context.Context) error { panic(panicText) },
	})
	e.get("/readyz").check(t, http.StatusInternalServerError, "-32603")
	if strings.Contains(log.String(), panicText) || !strings.Contains(log.String(), "panic") {
		t.Errorf("the log is %s", log.String())
	}
	e.checkServes()
}
