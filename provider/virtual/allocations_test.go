package virtual_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// Each call whose model is a query parses and resolves it, so that neither may allocate
// more than the result: conditions, candidates, rejections. The bounds are about an eighth
// above what that takes.
func TestAllocationsOfAQueryAreBounded(t *testing.T) {
	const query = "text_generation@biggest?input_cost<0.2&context_size>=32k"
	models := catalog.Snapshot().Models()
	parsed, err := virtual.Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		work          func() error
		allocs, bytes int64
	}{
		{"parse", func() error { _, err := virtual.Parse(query); return err }, 3, 230},
		{"resolve", func() error { _, err := virtual.Resolve(models, parsed, nil); return err }, 52, 5_600},
	} {
		got := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := test.work(); err != nil {
					b.Fatal(err)
				}
			}
		})
		if got.N == 0 {
			t.Fatal("the work failed")
		}
		t.Logf("%s: %d allocations, %d bytes", test.name, got.AllocsPerOp(), got.AllocedBytesPerOp())
		if got.AllocsPerOp() > test.allocs || got.AllocedBytesPerOp() > test.bytes {
			t.Errorf("%s: %d allocations of %d bytes, more than %d of %d",
				test.name, got.AllocsPerOp(), got.AllocedBytesPerOp(), test.allocs, test.bytes)
		}
	}
}
