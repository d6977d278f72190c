package shared

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

func TestReplicasShareAWindow(t *testing.T) {
	server := redistest.Start(t)
	a, _ := open(t, server.URL())
	b, _ := open(t, server.URL())
	for n := range 10 {
		if got := takeSlot(t, []*Store{a, b}[n%2], "m", n, 10); got.Wait != 0 || got.Used != n+1 {
			t.Fatalf("slot %d: %+v", n, got)
		}
	}
	if got := takeSlot(t, b, "m", 10, 10); got.Wait <= 50*time.Second || got.Wait > time.Minute || got.Used != 10 {
		t.Errorf("the 11th slot of 10: %+v", got)
	}
	if got := takeSlot(t, b, "other", 0, 10); got.Wait != 0 {
		t.Errorf("another key: %+v", got)
	}
}

func TestAWindowSlides(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	take := func(n int) Answer {
		answer, err := s.Take(t.Context(), Step{Window: &Window{Key: "m", Most: 2, Length: 300 * time.Millisecond, Slot: fmt.Sprint(n)}})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	var taken []time.Time
	for n := 0; len(taken) < 8; n++ {
		answer := take(n)
		if answer.Wait == 0 {
			taken = append(taken, time.Now())
		}
		<-time.After(answer.Wait)
	}
	for i := 2; i < len(taken); i++ {
		if apart := taken[i].Sub(taken[i-2]); apart < 290*time.Millisecond {
			t.Errorf("three slots within %s", apart)
		}
	}
}

func TestWhatIsSaidTwiceCountsOnce(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	sent := []Slot{{"1", time.Second}, {"2", 2 * time.Second}}
	for range 3 {
		answer, err := s.step(t.Context(), Step{Window: &Window{Key: "m", Most: 10, Length: time.Minute, Sent: sent}})
		if err != nil || answer.Used != 2 {
			t.Fatalf("%+v, %v", answer, err)
		}
	}
	for _, said := range []struct {
		writer            string
		version, own, max int64
		total             int64
		refused           bool
	}{
		{"a", 1, 100, 0, 100, false},
		{"a", 1, 100, 0, 100, false},
		{"b", 7, 50, 200, 150, false},
		{"a", 3, 30, 0, 80, false},
		{"a", 2, 999, 0, 80, false},          // late
		{"a", 4, 151, 200, 201, true},        // passes the limit, and counts until it is released
		{"a", 5, 150, 200, 200, false},       // exactly the limit
		{"b", 8, 1e18, 0, 1e18 + 150, false}, // as an integer
		{"b", 9, 1, 0, 151, false},
	} {
		answer, err := s.step(t.Context(), Step{Ledgers: []Ledger{
			{Key: "day", Writer: said.writer, Version: said.version, Own: said.own, Max: said.max, Kept: time.Hour},
		}})
		if err != nil || answer.Refused != said.refused || answer.Sums[0].Total != said.total {
			t.Errorf("%+v: %+v, %v", said, answer, err)
		}
	}
}

func TestARefusedStepTakesNoSlot(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	for range 2 {
		answer, err := s.step(t.Context(), Step{
			Window:  &Window{Key: "m", Most: 1, Length: time.Minute, Slot: "1"},
			Ledgers: []Ledger{{Key: "day", Writer: "a", Own: 2, Max: 1, Kept: time.Hour}, {Key: "month", Writer: "a", Own: 2, Max: 3, Kept: time.Hour}},
		})
		if err != nil || !answer.Refused || answer.Used != 0 || len(answer.Sums) != 2 {
			t.Fatalf("%+v, %v", answer, err)
		}
	}
}

func TestAClockThatGoesBackFreesNoSlotAndBlocksNone(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	if _, err := s.step(t.Context(), Step{Window: &Window{Key: "m", Most: 2, Length: time.Minute, Sent: []Slot{{"1", -time.Hour}, {"2", -time.Hour}}}}); err != nil {
		t.Fatal(err)
	}
	if got := takeSlot(t, s, "m", 3, 2); got.Wait < 50*time.Second || got.Wait > time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestBatchesAreSettledOnceForAll(t *testing.T) {
	server := redistest.Start(t)
	a, _ := open(t, server.URL())
	b, _ := open(t, server.URL())
	total := func() int64 {
		answer, err := b.step(t.Context(), Step{Ledgers: []Ledger{{Key: "day", Writer: "b", Kept: time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Sums[0].Total
	}
	say := func() {
		if _, err := a.step(t.Context(), Step{Ledgers: []Ledger{{Key: "day", Writer: "a", Version: 1, Own: 1000, Kept: time.Hour}}}); err != nil {
			t.Fatal(err)
		}
	}
	say()
	a.KeepBatch("batch-1", map[string]int64{"day": 400, "over": 400})
	redistest.Eventually(t, "the batch is kept", func() bool {
		fields, err := b.client.HGetAll(t.Context(), b.key("batch:batch-1")).Result()
		return err == nil && len(fields) == 2
	})
	if first, known := b.SettleBatch(t.Context(), "batch-1", 100, 0.25); !first || !known || total() != 1000-400+100+100 {
		t.Errorf("settled: %v %v, total %d", first, known, total())
	}
	if first, known := a.SettleBatch(t.Context(), "batch-1", 100, 0); first || !known || total() != 800 {
		t.Errorf("settled again: %v %v, total %d", first, known, total())
	}
	if first, known := b.SettleBatch(t.Context(), "unknown", 1, 0); first || known {
		t.Errorf("an unknown batch: %v %v", first, known)
	}
	if say(); total() != 800 {
		t.Errorf("after a part was said again: %d", total())
	}
}

func TestCooldownsReachAllReplicas(t *testing.T) {
	server := redistest.Start(t)
	a, _ := open(t, server.URL())
	b, _ := open(t, server.URL())
	cooling := func() bool { _, is := b.Since("m"); return is }
	a.Fail("m")
	redistest.Eventually(t, "the other replica knows the failure", cooling)
	b.Succeed("m")
	if cooling() {
		t.Error("a success did not end it here")
	}
	redistest.Eventually(t, "the other replica knows the success", func() bool { _, is := a.Since("m"); return !is })
}

func TestAwayIsAnError(t *testing.T) {
	s, _ := open(t, "redis://"+redistest.FreeAddress(t))
	if _, err := s.Take(t.Context(), Step{}); !errors.Is(err, ErrAway) {
		t.Errorf("got %v", err)
	}
	if n, up := s.Replicas(); n != unknownReplicas || up {
		t.Errorf("%d replicas, up %v", n, up)
	}
	if first, known := s.SettleBatch(t.Context(), "b", 1, 0); first || known {
		t.Error("settled without a server")
	}
}
