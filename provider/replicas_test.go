package provider_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

// openShared opens the shared state, which outlives the providers of the test.
func openShared(t testing.TB, url string) *shared.Store {
	t.Helper()
	s, err := shared.Open(context.Background(), shared.Options{URL: url, Service: "http://upstream.test/v1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// replica is one of several servers.
type replica struct {
	*provider.Provider
	store *shared.Store
}

func startReplica(t testing.TB, url string, upstream http.Handler, adjust ...func(*provider.Options)) replica {
	t.Helper()
	store := openShared(t, url)
	all := append([]func(*provider.Options){withCacheDir(t.TempDir()), func(o *provider.Options) { o.Shared = store }}, adjust...)
	return replica{connectInMemory(t, upstream, all...), store}
}

func startReplicas(t testing.TB, n int, url string, upstream http.Handler, adjust ...func(*provider.Options)) []replica {
	t.Helper()
	all := make([]replica, n)
	for i := range all {
		all[i] = startReplica(t, url, upstream, adjust...)
	}
	redistest.Eventually(t, "the replicas see each other", func() bool { return all[0].store.Status().Replicas == n && allUp(all) })
	return all
}

func allUp(all []replica) bool {
	for _, r := range all {
		if !r.store.Status().Up {
			return false
		}
	}
	return true
}

func (r replica) spent(t testing.TB) float64 { return r.UsageReport(t.Context()).Budget.Spent }

// chat sends one chat, which always costs the same.
func chat(t testing.TB, p *provider.Provider) (*provider.ChatResult, error) {
	t.Helper()
	return p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), MaxTokens: new(100)})
}

// costOf returns what that is.
func costOf(t testing.TB) float64 {
	t.Helper()
	result, err := chat(t, connectInMemory(t, emulator.New(emulator.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	return *result.Cost
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-11 }

// chatsAtOnce sends chats through each replica at once, and returns how many succeeded and
// how many were refused for the budget.
func chatsAtOnce(t testing.TB, all []replica, each int) (sent, refused int64) {
	t.Helper()
	var calls sync.WaitGroup
	for _, r := range all {
		for range each {
			calls.Go(func() {
				_, err := chat(t, r.Provider)
				failure, _ := errors.AsType[*provider.Error](err)
				switch {
				case err == nil:
					atomic.AddInt64(&sent, 1)
				case failure.Code == provider.CodeBudgetExceeded:
					atomic.AddInt64(&refused, 1)
				default:
					t.Error(err)
				}
			})
		}
	}
	calls.Wait()
	return sent, refused
}

func TestReplicasShareABudget(t *testing.T) {
	server := redistest.Start(t)
	one := costOf(t)
	limit := 40 * one
	all := startReplicas(t, 3, server.URL(), emulator.New(emulator.Options{}), withBudget(limit))
	sent, refused := int64(0), int64(0)
	for range 20 {
		s, r := chatsAtOnce(t, all, 2)
		sent, refused = sent+s, refused+r
	}
	if total := float64(sent) * one; total > limit+1e-12 || refused == 0 || sent < 20 {
		t.Errorf("%d chats of %v EUR passed a limit of %v, %d were refused", sent, one, limit, refused)
	}
	for i, r := range all {
		_, _ = chatsAtOnce(t, []replica{r}, 1)
		redistest.Eventually(t, "each replica knows what all spent", func() bool {
			_, _ = chatsAtOnce(t, []replica{r}, 1)
			return r.spent(t) > limit-3*one
		})
		if spent := r.spent(t); spent > limit+1e-12 {
			t.Errorf("replica %d knows of %v EUR", i, spent)
		}
	}
}

func TestTheRestOfABudgetChoosesMaxTokensForAll(t *testing.T) {
	server := redistest.Start(t)
	e := emulator.New(emulator.Options{})
	all := startReplicas(t, 2, server.URL(), e, withBudget(0.001))
	for i := range 4 { // each reserves all that is left, until its cost is said
		redistest.Eventually(t, fmt.Sprintf("chat %d", i), func() bool {
			_, err := ask(t, all[i%2].Provider)
			return err == nil
		})
	}
	if a, b := all[0].spent(t), 0.001/2; a > b {
		t.Errorf("%v EUR are spent, %v at most", a, b)
	}
}

// During an outage each replica spends its share of what was left, and afterwards all know
// it, once.
func TestAnOutageKeepsTheBudgetAndCountsOnce(t *testing.T) {
	server := redistest.Start(t)
	one := costOf(t)
	all := startReplicas(t, 2, server.URL(), emulator.New(emulator.Options{}), withBudget(200*one))
	total, _ := chatsAtOnce(t, all, 4)
	knowAll := func() {
		t.Helper()
		for i, r := range all {
			redistest.Eventually(t, fmt.Sprintf("replica %d knows of all chats", i), func() bool {
				sent, _ := chatsAtOnce(t, all[i:i+1], 1)
				total += sent
				return near(r.spent(t), float64(total)*one)
			})
		}
	}
	knowAll()
	server.Kill()
	before := total
	for range 200 {
		sent, _ := chatsAtOnce(t, all[:1], 1)
		total += sent
	}
	if share := (200 - before) / 2; total-before > share || total-before < share/2 {
		t.Errorf("one of two replicas sent %d chats of %d that were left", total-before, 200-before)
	}
	_, err := chat(t, all[0].Provider)
	if refused := wantCode(t, err, provider.CodeBudgetExceeded); !strings.Contains(refused.Error(), "this replica's share") {
		t.Errorf("refused by %q", refused)
	}
	sent, _ := chatsAtOnce(t, all[1:], 1)
	total += sent
	server.Restart()
	redistest.Eventually(t, "it is back", func() bool { return allUp(all) })
	knowAll()
}

// A replica that starts again with its folder does not count again what it spent.
func TestARestartCountsOnce(t *testing.T) {
	server := redistest.Start(t)
	one, folder, e := costOf(t), t.TempDir(), emulator.New(emulator.Options{})
	start := func() replica {
		return startReplica(t, server.URL(), e, withBudget(1), withCacheDir(folder))
	}
	other := startReplica(t, server.URL(), e, withBudget(1))
	for range 3 {
		r := start()
		if sent, _ := chatsAtOnce(t, []replica{r}, 2); sent != 2 {
			t.Fatalf("%d chats of 2", sent)
		}
		r.Close()
		r.store.Close()
	}
	if sent, _ := chatsAtOnce(t, []replica{other}, 1); sent != 1 {
		t.Fatal("not sent")
	}
	if spent := other.spent(t); !near(spent, 7*one) {
		t.Errorf("%v chats are counted, not 7", spent/one)
	}
}

// What the folder knows from a time without Redis is the beginning of the sum.
func TestAnEmptyRedisBeginsWithWhatTheFolderKnows(t *testing.T) {
	server := redistest.Start(t)
	one, folder, e := costOf(t), t.TempDir(), emulator.New(emulator.Options{})
	before := connectInMemory(t, e, withBudget(1), withCacheDir(folder))
	for range 3 {
		if _, err := chat(t, before); err != nil {
			t.Fatal(err)
		}
	}
	with := startReplica(t, server.URL(), e, withBudget(1), withCacheDir(folder))
	_, _ = chatsAtOnce(t, []replica{with}, 1)
	other := startReplica(t, server.URL(), e, withBudget(1))
	redistest.Eventually(t, "the other knows it too", func() bool {
		if _, err := chat(t, other.Provider); err != nil {
			t.Fatal(err)
		}
		return other.spent(t) > 4.5*one
	})
	if _, err := os.Stat(folder + "/replica"); err != nil {
		t.Error(err)
	}
}

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

// commands counts what Redis was asked to run.
func commands(t *testing.T, server *redistest.Server) (scripts string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = client.Close() }()
	stats, err := client.InfoMap(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	return stats["Commandstats"]["cmdstat_get"] // one a step, and one a heartbeat
}

func callsIn(t *testing.T, stat string) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(stat, "calls=%d,", &n); err != nil {
		t.Fatalf("%q: %v", stat, err)
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
			before := callsIn(t, commands(t, server))
			for range calls {
				if _, err := ask(t, r.Provider); err != nil {
					t.Fatal(err)
				}
			}
			took, most := callsIn(t, commands(t, server))-before, calls*test.each+2*beats
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
	if rest := a.RestOfWindow("alice"); rest <= 0 || rest > time.Minute+time.Second {
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
