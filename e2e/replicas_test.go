package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

// countingUpstream is an emulated AI Endpoints that remembers when each request came.
type countingUpstream struct {
	flags []string
	mu    sync.Mutex
	times []time.Time
}

func newCountingUpstream(t *testing.T) *countingUpstream {
	e, u := emulator.New(emulator.Options{}), &countingUpstream{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			u.mu.Lock()
			u.times = append(u.times, time.Now())
			u.mu.Unlock()
		}
		e.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	u.flags = []string{"--base-url", server.URL + "/v1", "--catalog-url", server.URL + "/rest/v1/models_v2"}
	return u
}

// busiestMinute returns the most requests within a minute, and all. On a busy machine a
// request may come half a second late.
func (u *countingUpstream) busiestMinute() (most, all int) {
	const minute = time.Minute - 500*time.Millisecond
	u.mu.Lock()
	defer u.mu.Unlock()
	first := 0
	for last, at := range u.times {
		for at.Sub(u.times[first]) >= minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most, len(u.times)
}

// team is three replicas under load.
type team struct {
	t        *testing.T
	upstream *countingUpstream
	redis    *redistest.Server
	flags    []string

	mu       sync.Mutex
	replicas []*httpProcess
	codes    map[string]int // how calls ended
	lost     []string       // calls without an answer
}

func startTeam(t *testing.T, perMinute string) *team {
	x := &team{t: t, upstream: newCountingUpstream(t), redis: redistest.Start(t), codes: map[string]int{}}
	x.flags = slices.Concat(x.upstream.flags, []string{
		"--redis-url", x.redis.URL(), "--rate-limit", perMinute, "--max-wait", "1s", "--token-rate", "0", "--metrics-addr", "127.0.0.1:0",
	})
	for range 3 {
		x.replicas = append(x.replicas, x.startReplica())
	}
	for _, p := range x.replicas {
		eventually(t, "the replicas see each other", func() bool {
			text, err := p.metrics()
			return err == nil && strings.Contains(text, "\nai_endpoints_mcp_replicas 3\n")
		})
	}
	return x
}

func (x *team) startReplica() *httpProcess {
	return startHTTP(x.t, slices.Concat(x.flags, []string{"--cache-dir", x.t.TempDir()})...)
}

func (x *team) replica(i int) *httpProcess {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.replicas[i]
}

// load calls each replica from so many clients, which pause after each answer.
func (x *team) load(ctx context.Context, clients int, pause time.Duration) *sync.WaitGroup {
	var all sync.WaitGroup
	for i := range x.replicas {
		for range clients {
			all.Go(func() {
				for ctx.Err() == nil {
					x.call(i)
					select {
					case <-time.After(pause):
					case <-ctx.Done():
					}
				}
			})
		}
	}
	return &all
}

func (x *team) call(i int) {
	p := x.replica(i)
	code, err := x.chat(p.url)
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case err != nil && x.replicas[i] == p && !p.exited:
		x.lost = append(x.lost, err.Error())
	case err == nil:
		x.codes[code]++
	}
}

// chat returns the code of the answer's error, "ok" if it has none.
func (x *team) chat(url string) (code string, err error) {
	ctx, cancel := context.WithTimeout(x.t.Context(), maxWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/mcp",
		strings.NewReader(toolCall("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`)))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("Authorization", "Bearer "+teamToken)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch text := string(body); {
	case err != nil:
		return "", err
	case strings.Contains(text, `rate_limited: `):
		return "rate_limited", nil
	case answer.StatusCode == http.StatusOK && strings.Contains(text, `"content":`) && !strings.Contains(text, `"isError":true`):
		return "ok", nil
	default:
		return text, nil
	}
}

// check ends the load, and checks that every call was answered.
func (x *team) check(stop context.CancelFunc, clients *sync.WaitGroup) {
	x.t.Helper()
	stop()
	clients.Wait()
	http.DefaultClient.CloseIdleConnections()
	if len(x.lost) > 0 {
		x.t.Errorf("%d calls were lost, the first by %s", len(x.lost), x.lost[0])
	}
	for code, n := range x.codes {
		if code != "ok" && code != "rate_limited" {
			x.t.Errorf("%d calls ended with %s", n, code)
		}
	}
}

// pass waits for a part of the load.
func pass(d time.Duration) { <-time.After(d) }

// Three processes under load share one limit, while the scripts of Redis are flushed again
// and again.
func TestReplicasNeverPassTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 400
	x := startTeam(t, "400")
	ctx, stop := context.WithCancel(t.Context())
	clients := x.load(ctx, 6, 300*time.Millisecond)
	for start := time.Now(); time.Since(start) < 66*time.Second; pass(500 * time.Millisecond) {
		x.redis.Do("SCRIPT", "FLUSH")
	}
	x.check(stop, clients)
	most, all := x.upstream.busiestMinute()
	t.Logf("%d requests, at most %d in a minute; %v", all, most, x.codes)
	if most > limit || all < limit+limit/5 {
		t.Errorf("%d requests in a minute of %d, %d in all", most, limit, all)
	}
}

// Redis and a replica are killed under load and start again.
func TestReplicasSurviveTheirRedis(t *testing.T) {
	t.Parallel()
	const limit = 120
	x := startTeam(t, "120")
	ctx, stop := context.WithCancel(t.Context())
	clients := x.load(ctx, 3, time.Second)
	pass(3 * time.Second)
	x.redis.Kill()
	eventually(t, "each replica says that Redis is away", func() bool {
		for i := range x.replicas {
			status, body := x.replica(i).status("GET", "/readyz", "", "")
			if status != http.StatusOK || !strings.Contains(body, "1/3 of the limits") {
				return false
			}
		}
		return true
	})
	if text, err := x.replica(0).metrics(); err != nil || !strings.Contains(text, "\nai_endpoints_mcp_shared_state_up 0\n") {
		t.Errorf("metrics without Redis: %v", err)
	}
	pass(2 * time.Second)
	x.redis.Restart()
	eventually(t, "it is back", func() bool {
		text, err := x.replica(0).metrics()
		return err == nil && strings.Contains(text, "\nai_endpoints_mcp_shared_state_up 1\n")
	})
	killed := x.replica(1)
	x.mu.Lock()
	killed.exited = true
	x.mu.Unlock()
	_ = killed.cmd.Process.Kill()
	<-killed.logDone
	_ = killed.cmd.Wait()
	again := x.startReplica()
	x.mu.Lock()
	x.replicas[1] = again
	x.mu.Unlock()
	x.redis.Kill()
	pass(time.Second)
	x.redis.Restart()
	pass(45 * time.Second)
	x.check(stop, clients)
	most, all := x.upstream.busiestMinute()
	t.Logf("%d requests, at most %d in a minute; %v", all, most, x.codes)
	if most > limit+limit/3 || all < limit {
		t.Errorf("%d requests in a minute of %d, %d in all", most, limit, all)
	}
	log := x.replica(0).log.String()
	if away := strings.Count(log, "the shared state is away"); away < 1 || away > 4 {
		t.Errorf("the log says %d times that Redis is away: %s", away, log)
	}
}

func TestAWrongRedisPasswordIsAnErrorAtTheStart(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "right")
	for _, command := range []string{"http", "stdio"} {
		cmd := exec.Command(binary, command, "--sandbox", "--redis-url", "redis://:"+secret+"@"+server.Address)
		output, err := cmd.CombinedOutput()
		text := string(output)
		if err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(text, "WRONGPASS") || strings.Contains(text, secret) {
			t.Errorf("%s: %v, %s", command, err, text)
		}
	}
}
