package provider_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

func TestReplicasShareARateLimit(t *testing.T) {
	server := redistest.Start(t)
	e := emulator.New(emulator.Options{})
	all := startReplicas(t, 3, server.URL(), e, func(o *provider.Options) { o.RateLimit = 20 })
	send := func() (sent int) {
		var calls sync.WaitGroup
		var n atomic.Int64
		for _, r := range all {
			for range 15 {
				calls.Go(func() {
					if _, err := ask(t, r.Provider); err == nil {
						n.Add(1)
					} else if failure(t, err).Code != provider.CodeRateLimited {
						t.Error(err)
					}
				})
			}
		}
		calls.Wait()
		return int(n.Load())
	}
	if sent := send(); sent != 20 {
		t.Errorf("%d requests of 20 a minute", sent)
	}
	server.Kill()
	if sent := send(); sent > 0 {
		t.Errorf("%d more without Redis", sent)
	}
	server.Restart()
	redistest.Eventually(t, "it is back", func() bool { return allUp(all) })
	if sent := send(); sent > 0 {
		t.Errorf("%d more after Redis lost its data", sent)
	}
}

// A replica that starts without Redis takes a tenth.
func TestAReplicaThatStartsInAnOutageTakesLittle(t *testing.T) {
	r := startReplica(t, "redis://"+redistest.FreeAddress(t), emulator.New(emulator.Options{}), func(o *provider.Options) { o.RateLimit = 50 })
	sent := 0
	for range 20 {
		if _, err := ask(t, r.Provider); err == nil {
			sent++
		}
	}
	if sent != 5 {
		t.Errorf("%d requests of 50 a minute", sent)
	}
}

// steps returns how many steps and heartbeats Redis has run.
func steps(t *testing.T, server *redistest.Server) (n int) {
	t.Helper()
	_, gets, _ := strings.Cut(fmt.Sprint(server.Do("INFO", "commandstats")), "cmdstat_get:calls=") // one of each
	if _, err := fmt.Sscanf(gets, "%d,", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A call takes one round trip, and none where nothing is limited; what it did cost is said
// later, for many at once.
func TestACallTakesOneRoundTrip(t *testing.T) {
	for name, test := range map[string]struct {
		adjust func(*provider.Options)
		each   int
		later  bool
	}{
		"nothing is limited":  {func(*provider.Options) {}, 0, false},
		"a rate":              {func(o *provider.Options) { o.RateLimit = 1000 }, 1, false},
		"a rate and a budget": {func(o *provider.Options) { o.RateLimit, o.MaxCost = 1000, 1 }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			r := startReplica(t, server.URL(), emulator.New(emulator.Options{}), test.adjust)
			if _, err := ask(t, r.Provider); err != nil {
				t.Fatal(err)
			}
			const calls, beats = 40, 4
			before := steps(t, server)
			for range calls {
				if _, err := ask(t, r.Provider); err != nil {
					t.Fatal(err)
				}
			}
			took, most := steps(t, server)-before, calls*test.each+2*beats
			if test.later {
				most += calls
			}
			if took < calls*test.each || took > most {
				t.Errorf("%d calls took %d steps, at most %d are right", calls, took, most)
			}
		})
	}
}

func TestReplicasShareTheCallsOfACaller(t *testing.T) {
	server := redistest.Start(t)
	a, b := provider.NewCallLimiter(openShared(t, server.URL())), provider.NewCallLimiter(openShared(t, server.URL()))
	taken := 0
	for range 10 {
		for _, l := range []*provider.CallLimiter{a, b} {
			if l.TryAcquire(t.Context(), "alice", 7) {
				taken++
			}
		}
	}
	if taken != 7 {
		t.Errorf("%d calls of 7", taken)
	}
	if rest := a.UntilRoom("alice", 7); rest <= 0 || rest > time.Minute+time.Second {
		t.Errorf("wait %s", rest)
	}
}

// A model that failed at one replica is skipped by the others.
func TestReplicasShareCooldowns(t *testing.T) {
	server := redistest.Start(t)
	e := emulator.New(emulator.Options{})
	named := func(o *provider.Options) {
		o.Models = map[string]provider.NamedModel{"team": {Model: "gpt-oss-120b", Fallback: []string{"gpt-oss-20b"}}}
	}
	all := startReplicas(t, 2, server.URL(), e, named)
	chat := func(r replica) *provider.ChatResult {
		result, err := r.Chat(t.Context(), provider.ChatRequest{Model: "team", Messages: says("hello")})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	e.Script(emulator.Fault{Path: chatPath, Model: "gpt-oss-120b", Status: 503, Times: 3})
	if got := chat(all[0]); got.Model != "gpt-oss-20b" {
		t.Fatalf("answered by %s", got.Model)
	}
	redistest.Eventually(t, "the other replica skips it", func() bool { return chat(all[1]).Model == "gpt-oss-20b" })
}
