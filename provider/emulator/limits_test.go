package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func checkLimit(t *testing.T, w *httptest.ResponseRecorder, status, limit, remaining int) {
	t.Helper()
	if w.Code != status || w.Header().Get("x-ratelimit-limit-minute") != strconv.Itoa(limit) ||
		w.Header().Get("x-ratelimit-remaining-minute") != strconv.Itoa(remaining) {
		t.Errorf("status %d, headers %v, want %d with %d of %d left", w.Code, w.Header(), status, remaining, limit)
	}
	if status == http.StatusTooManyRequests && w.Body.String() != `{"message":"API rate limit exceeded"}` {
		t.Errorf("body %s", w.Body)
	}
}

func TestRateLimitWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true})
		ask := func() *httptest.ResponseRecorder { return post(t, e, chatPath, request("gpt-oss-120b", "hi")) }
		checkLimit(t, ask(), 200, 2, 1)
		<-time.After(59 * time.Second)
		checkLimit(t, ask(), 200, 2, 0)
		checkLimit(t, ask(), 429, 2, 0)
		// The window is fixed: the second request does not extend it.
		<-time.After(time.Second)
		checkLimit(t, ask(), 200, 2, 1)
	})
}

func TestRateLimitIsPerCallerAndModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true})
		for range 3 {
			post(t, e, chatPath, request("gpt-oss-120b", "hi"))
		}
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi")), 429, 2, 0)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss@biggest", "hi")), 429, 2, 0)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-20b", "hi")), 200, 2, 1)
		checkLimit(t, post(t, e, chatPath, request("Qwen3-32B", "hi")), 200, 2, 1)
		checkLimit(t, post(t, e, embedPath, object{"model": "bge-m3", "input": "hi"}), 200, 2, 1)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi"), "Authorization", "Bearer one"), 200, 400, 399)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi"), "Authorization", "Bearer one"), 200, 400, 398)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi"), "Authorization", "Bearer two"), 200, 400, 399)
	})
}

func TestAFixedRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true, PerMinute: 3})
		for _, key := range []string{"", "one"} {
			for left := range 3 {
				checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi"), authorization(key)...), 200, 3, 2-left)
			}
			checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi"), authorization(key)...), 429, 3, 0)
		}
		<-time.After(time.Minute)
		checkLimit(t, post(t, e, chatPath, request("gpt-oss-120b", "hi")), 200, 3, 2)
	})
}

// Strangers with ever new keys do not fill the memory: callers are forgotten.
func TestCallersThatAreCountedAreBounded(t *testing.T) {
	e := emulator.New(emulator.Options{RateLimit: true, PerMinute: 1, RequestedFaults: true})
	ask := func(caller int, fault string) int {
		return post(t, e, embedPath, object{"model": "bge-m3", "input": "hi"},
			"Authorization", fmt.Sprint("Bearer ", caller), "X-Emulator-Fault", fault).Code
	}
	const most = 10_000
	for caller := range most + 1 {
		if got := ask(caller, ""); got != 200 {
			t.Fatalf("caller %d: %d", caller, got)
		}
		if got := ask(caller, "503 times=1"); got != 503 {
			t.Fatalf("caller %d: %d", caller, got)
		}
	}
	if limit, fault := ask(1, ""), ask(1, "503 times=1"); limit != 200 || fault != 503 {
		t.Errorf("the first caller is not forgotten: %d, %d", limit, fault)
	}
	if got := ask(most, ""); got != 429 {
		t.Errorf("the last caller is forgotten: %d", got)
	}
}

func authorization(key string) []string {
	if key == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + key}
}

func TestNoRateLimitByDefault(t *testing.T) {
	e := sandbox()
	for range 10 {
		w := post(t, e, chatPath, request("gpt-oss-120b", "hi"))
		if w.Code != http.StatusOK || w.Header().Get("x-ratelimit-limit-minute") != "" {
			t.Fatalf("status %d, headers %v", w.Code, w.Header())
		}
	}
}
