package catalog_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The catalogue is decoded at the start and every hour: what it allocates is most of what
// an idle process holds. The bounds are about an eighth above what it takes.
func TestAllocationsOfDecodingAreBounded(t *testing.T) {
	const mostAllocations, mostBytes = 10_400, 980_000
	listed, _ := catalog.SnapshotPayloads()
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := catalog.Decode(b.Context(), listed); err != nil {
				b.Fatal(err)
			}
		}
	})
	if got.N == 0 {
		t.Fatal("the work failed")
	}
	t.Logf("%d allocations, %d bytes", got.AllocsPerOp(), got.AllocedBytesPerOp())
	if got.AllocsPerOp() > mostAllocations || got.AllocedBytesPerOp() > mostBytes {
		t.Errorf("%d allocations of %d bytes, more than %d of %d", got.AllocsPerOp(), got.AllocedBytesPerOp(), mostAllocations, mostBytes)
	}
}
