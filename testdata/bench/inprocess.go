package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// measureInProcess measures parts of the program in this process, where allocations can
// be counted.
func (r *run) measureInProcess(ctx context.Context) error {
	models, query := catalog.Snapshot().Models(), "text_generation@biggest?input_cost<0.2&context_size>=32k"
	parsed, err := virtual.Parse(query)
	if err != nil {
		return err
	}
	listed, _ := catalog.SnapshotPayloads()
	compiled, err := schema.Compile(ctx, json.RawMessage(invoiceSchema))
	if err != nil {
		return err
	}
	answer := invoice(100_000)
	for _, part := range []struct {
		measure string
		work    func() error
	}{
		{"model query parsed", func() error { _, err := virtual.Parse(query); return err }},
		{"model query resolved", func() error { _, err := virtual.Resolve(models, parsed, nil); return err }},
		{"catalogue decoded", func() error { _, _, err := catalog.Decode(ctx, listed); return err }},
		{"answer of 100 kB validated", func() error {
			if _, wrong := compiled.Read(ctx, answer); wrong != nil {
				return fmt.Errorf("not valid: %v", wrong)
			}
			return nil
		}},
	} {
		if err := r.measureWork(part.measure, r.rounds, part.work); err != nil {
			return err
		}
	}
	return r.measureEmbedWork(ctx)
}

// measureEmbedWork measures embeddings without a network.
func (r *run) measureEmbedWork(ctx context.Context) error {
	listed, served := catalog.SnapshotPayloads()
	for _, floats := range []bool{true, false} {
		r.upstream.embeddings.onlyFloats.Store(floats)
		p, err := provider.New(provider.Options{
			BaseURL: "http://upstream.test/v1", CatalogURL: "http://upstream.test/catalog",
			HTTPClient: &http.Client{Transport: inMemory{listed, served, r.upstream.embeddings}},
		})
		if err != nil {
			return err
		}
		defer p.Close()
		p.Catalog(ctx) // so that no call waits for it
		for _, count := range []int{1, 25, 1000, 10_000} {
			rounds := r.rounds
			if count > 1000 {
				rounds = 2 // they take seconds
			}
			request := provider.EmbedRequest{Model: embedModel, Input: embedTexts(count)}
			measure := fmt.Sprintf("%s embedded, as %s", thousands(count), encodingName(floats))
			if err := r.measureWork(measure, rounds, func() error { _, err := p.Embed(ctx, request); return err }); err != nil {
				return err
			}
		}
	}
	return nil
}

// measureWork adds what a call takes, and what it allocates.
func (r *run) measureWork(measure string, rounds int, work func() error) error {
	const enough = 50 * time.Millisecond
	for range rounds {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun, n := time.Now(), 0
		for ; n == 0 || time.Since(begun) < enough; n++ {
			if err := work(); err != nil {
				return fmt.Errorf("%s: %w", measure, err)
			}
		}
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		measure := "in process: " + measure
		r.add(measure, "µs", oursColumn, 1e3*milliseconds(took)/float64(n))
		r.add(measure, "allocations", oursColumn, float64(after.Mallocs-before.Mallocs)/float64(n))
		r.add(measure, "kB allocated", oursColumn, float64(after.TotalAlloc-before.TotalAlloc)/1e3/float64(n))
	}
	return nil
}

// inMemory answers requests without a network.
type inMemory struct {
	listed, served []byte
	embeddings     *embeddings
}

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := m.listed
	switch r.URL.Path {
	case "/v1/models":
		answer = m.served
	case "/v1/embeddings":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		answer = m.embeddings.find(body)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(answer)),
	}, nil
}
