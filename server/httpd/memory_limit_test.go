package httpd_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// large returns a call whose body takes a share of the memory: a tenth of a MB.
func (e *endpoint) large(token string) *http.Request {
	r := e.request(e.Context(), modern, "tools/call", fmt.Sprintf(`{"name":"chat","arguments":{"prompt":%q}}`, strings.Repeat("x", 100_000)))
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// Who waits too long for the memory that others hold is refused with a time. Another
// caller has a share of its own, and small requests need none.
func TestRequestsQueueForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := serveInMemory(t, httpd.Options{
			Callers: openTokens(t, "greedy: "+goodToken+"\nother: "+otherToken), Memory: limit.NewMemory(4<<20, true),
		})
		e.Script(emulator.Fault{Path: "/chat/completions", Delay: 15 * time.Second}) // of the first call
		slow := e.background(e.large(goodToken))
		synctest.Wait()
		start := time.Now()
		small := e.chat(modern)
		small.Header.Set("Authorization", "Bearer "+goodToken)
		for _, r := range []*http.Request{small, e.large(otherToken)} {
			e.do(r).check(t, http.StatusOK, `"content"`)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("a small request and another caller's waited for %s", took)
		}
		got := e.do(e.large(goodToken))
		got.check(t, http.StatusTooManyRequests, "overloaded", "try again", `"retry_after_s":5`)
		if took := time.Since(start).Round(time.Second); took != 10*time.Second || got.Header.Get("Retry-After") != "5" {
			t.Errorf("after %s, Retry-After is %q", took, got.Header.Get("Retry-After"))
		}
		e.do(e.large(goodToken)).check(t, http.StatusOK, `"content"`) // waits for the first, which ends
		if answer := <-slow; !strings.HasPrefix(answer, "200") {
			t.Errorf("the first got %s", answer)
		}
	})
}

// A body without a size counts as the largest, unless it is small.
func TestBodiesWithoutASize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(64<<20, false)
		e := serveInMemory(t, httpd.Options{Memory: memory})
		for _, size := range []int{10, 100_000} {
			r := e.request(t.Context(), modern, "tools/call", `{"name":"chat","arguments":{"prompt":"`+strings.Repeat("x", size)+`"}}`)
			r.ContentLength = -1
			e.do(r).check(t, http.StatusOK, `"content"`)
		}
		slow, toServer := io.Pipe()
		r := e.request(t.Context(), modern, "ping", `{}`)
		r.Body, r.ContentLength = slow, -1
		answered := e.background(r)
		_, _ = io.WriteString(toServer, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"`+strings.Repeat("x", 20_000))
		synctest.Wait()
		if held := memory.Requests.Held(); held != 32<<20 {
			t.Errorf("%d bytes are held", held)
		}
		toServer.CloseWithError(io.ErrUnexpectedEOF)
		<-answered
		synctest.Wait()
		if held := memory.Requests.Held(); held != 0 {
			t.Errorf("%d bytes are held afterwards", held)
		}
	})
}

// A caller that has half the requests open is refused at once; others are not.
func TestOneCallerHasHalfOfTheRequestsAtMost(t *testing.T) {
	held := newHeld()
	e := serveHTTP(t, setup{wrap: held.around}, httpd.Options{
		Callers: openTokens(t, "greedy: "+goodToken+"\nother: "+otherToken), MaxConcurrent: 4,
	})
	call := func(token string) *http.Request {
		r := e.chat(modern)
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	}
	var answers []<-chan string
	for range 2 {
		answers = append(answers, e.background(call(goodToken)))
		await(t, held.started)
	}
	e.do(call(goodToken)).check(t, http.StatusTooManyRequests, "busy")
	answers = append(answers, e.background(call(otherToken)))
	await(t, held.started)
	close(held.release)
	for _, answered := range answers {
		if answer := <-answered; !strings.HasPrefix(answer, strconv.Itoa(http.StatusOK)) {
			t.Errorf("an admitted call got %s", answer)
		}
	}
}
