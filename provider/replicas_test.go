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
