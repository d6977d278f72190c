package provider_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Embeddings come in thousands, so what a text costs is bounded besides what a call does:
// its vector of 1,024 numbers has 4 kB, its answer 5.5 kB in base64 and about 11 kB as
// numbers. The bounds are about an eighth above what it takes.
func TestAllocationsOfATextAreBounded(t *testing.T) {
	for _, test := range []struct {
		format        string
		allocs, bytes float64 // of a text
	}{
		{"base64", 5.9, 33_000},
		{"float", 3.4, 10_700},
	} {
		t.Run(test.format, func(t *testing.T) {
			const few, many = 1, 25 // one request each
			allocs, size := embedAllocations(t, test.format, few)
			moreAllocs, moreSize := embedAllocations(t, test.format, many)
			allocs, size = (moreAllocs-allocs)/(many-few), (moreSize-size)/(many-few)
			t.Logf("%.1f allocations, %.0f bytes", allocs, size)
			if allocs > test.allocs || size > test.bytes {
				t.Errorf("%.1f allocations of %.0f bytes, more than %.1f of %.0f", allocs, size, test.allocs, test.bytes)
			}
		})
	}
}

func embedAllocations(t *testing.T, format string, count int) (allocs, size float64) {
	t.Helper()
	input := texts(count)
	upstream := fixedEmbeddings{embeddingAnswer(t, emulator.New(emulator.Options{}), format, input)}
	p := newProvider(t, "http://upstream.test", &http.Client{Transport: upstream})
	p.Catalog(t.Context())
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Embed(b.Context(), provider.EmbedRequest{Model: "bge-m3", Input: input}); err != nil {
				b.Fatal(err)
			}
		}
	})
	if got.N == 0 {
		t.Fatal("the work failed")
	}
	return float64(got.AllocsPerOp()), float64(got.AllocedBytesPerOp())
}

// fixedEmbeddings answers with the same bytes, and allocates little for it.
type fixedEmbeddings struct{ answer []byte }

func (u fixedEmbeddings) RoundTrip(r *http.Request) (*http.Response, error) {
	listed, served := catalog.SnapshotPayloads()
	body := listed
	switch r.URL.Path {
	case "/v1/models":
		body = served
	case "/v1" + embedPath:
		body = u.answer
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
