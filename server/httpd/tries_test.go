package httpd_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// guesser sends requests from any address on a virtual clock, without a network.
type guesser struct {
	*testing.T
	handler http.Handler
}

// guessing runs a test with a server of two callers, alice and bob.
func guessing(t *testing.T, test func(g guesser)) {
	t.Helper()
	mcp := newServer(t, setup{}, emulator.New(emulator.Options{}))
	tokens := openTokens(t, fmt.Sprintf("alice: %s\nbob: %s", goodToken, hashed(otherToken)))
	synctest.Test(t, func(t *testing.T) {
		handler, err := httpd.New(mcp, httpd.Options{Callers: tokens})
		if err != nil {
			t.Fatal(err)
		}
		test(guesser{t, handler})
	})
}

// recorder takes deadlines as a connection does.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error  { return nil }
func (recorder) SetWriteDeadline(time.Time) error { return nil }

// try returns the status of a request with a token, and its Retry-After in seconds.
func (g guesser) try(from, token string) (status, retryAfter int) {
	g.Helper()
	return g.send(from, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
}

func (g guesser) send(from, query string, change func(*http.Request)) (status, retryAfter int) {
	g.Helper()
	r := httptest.NewRequestWithContext(g.Context(), http.MethodPost, "http://127.0.0.1/mcp",
		strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	r.RemoteAddr, r.URL.RawQuery = from, query
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	change(r)
	w := recorder{httptest.NewRecorder()}
	g.handler.ServeHTTP(w, r)
	retryAfter, _ = strconv.Atoi(w.Header().Get("Retry-After"))
	if (w.Code == http.StatusTooManyRequests) != (retryAfter > 0) {
		g.Errorf("status %d with Retry-After %d: %s", w.Code, retryAfter, w.Body)
	}
	return w.Code, retryAfter
}

func (g guesser) want(status int, from, token string) {
	g.Helper()
	if got, _ := g.try(from, token); got != status {
		g.Errorf("%s from %s is answered with %d, want %d", token, from, got, status)
	}
}

const (
	attacker = "203.0.113.7:4711"
	free     = 10 // failed tries without a pause
)

func (g guesser) guess(from string, n int) {
	g.Helper()
	for i := range n {
		g.want(http.StatusUnauthorized, from, fmt.Sprintf("guess %d from %s", i, from))
	}
}

func TestGuessesSlowDown(t *testing.T) {
	for name, token := range map[string]func(i int) string{
		"of different tokens": func(i int) string { return fmt.Sprint("guess ", i) },
		"of the same token":   func(int) string { return "an old token of the team" },
	} {
		t.Run(name, func(t *testing.T) {
			guessing(t, func(g guesser) {
				for i := range free {
					g.want(http.StatusUnauthorized, attacker, token(i))
				}
				for i, pause := range []int{1, 2, 4, 8, 16, 32, 60, 60, 60} {
					for range 3 { // a try that is not checked makes the pause no longer
						if status, after := g.try(attacker, token(100+i)); status != http.StatusTooManyRequests || after != pause {
							g.Fatalf("pause %d: status %d with Retry-After %d, want %d", i, status, after, pause)
						}
					}
					<-time.After(time.Duration(pause) * time.Second)
					g.want(http.StatusUnauthorized, attacker, token(100+i))
				}
				<-time.After(16 * time.Minute)
				for i := range free { // all is forgotten
					g.want(http.StatusUnauthorized, attacker, token(i))
				}
			})
		})
	}
}

// A right token does not end a pause: otherwise guesses were as fast as ever.
func TestARightGuessWaitsToo(t *testing.T) {
	guessing(t, func(g guesser) {
		g.guess(attacker, free)
		g.want(http.StatusTooManyRequests, attacker, goodToken)
		<-time.After(time.Second)
		g.want(http.StatusOK, attacker, goodToken)
	})
}

// Callers behind one proxy have one address.
func TestOthersBehindTheProxyAreNotSlowedDown(t *testing.T) {
	guessing(t, func(g guesser) {
		g.want(http.StatusOK, attacker, goodToken)
		g.guess(attacker, free)
		g.want(http.StatusOK, attacker, goodToken)               // it was let in from here before
		g.want(http.StatusTooManyRequests, attacker, otherToken) // it is a guess like any other
		g.want(http.StatusOK, "203.0.113.8:1", otherToken)
	})
	guessing(t, func(g guesser) {
		for range 50 { // a client that was told the wrong token and does not give up
			_, _ = g.try(attacker, "an old token of the team")
		}
		g.want(http.StatusOK, attacker, otherToken)
	})
}

func TestATokenThatBecomesRightIsNotSlowedDown(t *testing.T) {
	mcp := newServer(t, setup{}, emulator.New(emulator.Options{}))
	tokens := openTokens(t, "alice: "+goodToken)
	later := openTokens(t, "bob: "+otherToken)
	handler, err := httpd.New(mcp, httpd.Options{Callers: tokens})
	if err != nil {
		t.Fatal(err)
	}
	g := guesser{t, handler}
	g.want(http.StatusUnauthorized, attacker, otherToken)
	g.guess(attacker, free-1)
	*tokens = *later
	g.want(http.StatusOK, attacker, otherToken)
}

func TestAddressesOfGuesses(t *testing.T) {
	for _, tt := range []struct {
		name, from, other string
		same              bool
	}{
		{"another port", attacker, "203.0.113.7:4712", true},
		{"another IPv4 address", attacker, "203.0.113.8:4711", false},
		{"IPv4 as IPv6", attacker, "[::ffff:203.0.113.7]:4711", true},
		{"the same /64", "[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::9]:2", true},
		{"another /64", "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", false},
		{"a zone", "[fe80::1%eth0]:1", "[fe80::2%eth1]:1", true},
		{"a Unix socket", "@", "", true},
		{"a Unix socket and an address", "@", attacker, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			guessing(t, func(g guesser) {
				g.guess(tt.from, free)
				status, _ := g.try(tt.other, "another guess")
				if same := status == http.StatusTooManyRequests; same != tt.same {
					g.Errorf("the status is %d", status)
				}
			})
		})
	}
}

func TestAHeaderDoesNotChangeTheAddress(t *testing.T) {
	guessing(t, func(g guesser) {
		for i := range free + 1 {
			status, _ := g.send(attacker, "", func(r *http.Request) {
				for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip"} {
					r.Header.Set(name, fmt.Sprintf("for=198.51.100.%d", i))
				}
				r.Header.Set("Authorization", fmt.Sprint("Bearer guess ", i))
			})
			if i == free && status != http.StatusTooManyRequests {
				g.Errorf("the status is %d", status)
			}
		}
	})
}

// What holds no token is no guess: a client asks without one first.
func TestARequestWithoutATokenIsNoGuess(t *testing.T) {
	guessing(t, func(g guesser) {
		for range 3 * free {
			for _, header := range []string{"", "Basic YWxpY2U6c2VjcmV0"} {
				status, _ := g.send(attacker, "profile=dev", func(r *http.Request) {
					if header != "" {
						r.Header.Set("Authorization", header)
					}
				})
				if status != http.StatusUnauthorized {
					g.Fatalf("the status is %d", status)
				}
			}
		}
		g.want(http.StatusOK, attacker, goodToken)
	})
}

// The answer to a token in the URL must not tell faster which one is right.
func TestGuessesInTheURLSlowDown(t *testing.T) {
	none := func(*http.Request) {}
	guessing(t, func(g guesser) {
		for i := range free {
			if status, _ := g.send(attacker, fmt.Sprintf("x=a-guess-of-many-%d", i), none); status != http.StatusUnauthorized {
				g.Fatalf("guess %d is answered with %d", i, status)
			}
		}
		if status, _ := g.send(attacker, "x="+goodToken, none); status != http.StatusUnauthorized {
			g.Errorf("a right guess is told by %d", status)
		}
		g.want(http.StatusTooManyRequests, attacker, "a guess in the header")
	})
	guessing(t, func(g guesser) {
		if status, _ := g.send(attacker, "x=a-guess-of-many-0&x="+goodToken, none); status != http.StatusUnauthorized {
			g.Errorf("one of many is told by %d", status)
		}
		asAlice := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+goodToken) }
		if status, _ := g.send(attacker, "x="+otherToken, asAlice); status != http.StatusOK {
			g.Errorf("alice is told by %d that a token is bob's", status)
		}
		if status, _ := g.send(attacker, "x=a-value-of-her-own&y="+goodToken, asAlice); status != http.StatusBadRequest {
			g.Errorf("alice's own token in the URL is answered with %d", status)
		}
	})
}

// Memory stays bounded, whoever guesses.
func TestGuessesFromManyAddresses(t *testing.T) {
	guessing(t, func(g guesser) {
		size := func() uint64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		before := size()
		for i := range 20_000 {
			g.want(http.StatusUnauthorized, fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), fmt.Sprint("guess ", i))
		}
		if after := size(); after > before+8<<20 {
			g.Errorf("20,000 addresses take %d bytes", after-before)
		}
		g.guess(attacker, free)
		g.want(http.StatusTooManyRequests, attacker, "one more")
	})
}
