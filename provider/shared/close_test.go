package shared

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

// What a source has said once to a store that is closed meanwhile arrives.
func TestCloseLosesNothing(t *testing.T) {
	server := redistest.Start(t)
	reader, _ := open(t, server.URL())
	for round := range 30 {
		s, _ := open(t, server.URL())
		var own, said atomic.Int64
		s.AddSource(func(all bool) []Step {
			if version := own.Load(); all || said.Swap(version) != version {
				return []Step{{Ledgers: []Ledger{{Key: "day", Writer: s.id, Version: version, Own: version, Kept: time.Hour}}}}
			}
			return nil
		})
		for range 20 {
			own.Add(1)
			s.Changed()
		}
		s.Close()
		answer, err := reader.step(t.Context(), Step{Ledgers: []Ledger{{Key: "day", Writer: "reader", Kept: time.Hour}}})
		if want := int64(20 * (round + 1)); err != nil || answer.Sums[0].Total != want {
			t.Fatalf("round %d: %+v, %v, want %d", round, answer, err, want)
		}
	}
}
