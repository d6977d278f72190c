package provider_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/google/go-cmp/cmp"
)

func TestRefusalOfEncodingFormatIsRemembered(t *testing.T) {
	t.Parallel()
	refusals := map[string]string{
		"as an unknown field": `{"message":"feature 'extra arguments' is not currently supported"}`,
		"by its name":         `{"error":{"message":"encoding_format: unknown variant base64, expected float"}}`,
	}
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var formats []string
			p := connect(t, embedding(func(b embedBody) (int, string) {
				mu.Lock()
				defer mu.Unlock()
				formats = append(formats, b.EncodingFormat)
				if b.EncodingFormat != "" {
					return 400, refusal
				}
				return 200, list(vectors(b)...)
			}))
			for _, want := range [][]provider.Code{{provider.CodeUpstreamRejected, ""}, {""}} {
				result, err := p.Embed(t.Context(), provider.EmbedRequest{Input: texts(3)})
				if err != nil {
					t.Fatal(err)
				}
				wantOrdered(t, result, 3)
				var made []provider.Code
				for _, attempt := range result.Attempts {
					made = append(made, attempt.Code)
				}
				if diff := cmp.Diff(want, made); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff([]string{"base64", "", ""}, formats); diff != "" {
				t.Errorf("formats asked for (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnotherRefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: embedPath, Status: 400, Body: `{"message":"no"}`, Times: -1})
	_, err := connect(t, e).Embed(t.Context(), provider.EmbedRequest{Input: texts(3)})
	got := wantCode(t, err, provider.CodeUpstreamRejected)
	if n := len(e.Calls(embedPath)); n != 1 || len(got.Attempts) != 1 {
		t.Errorf("%d requests were sent, attempts %+v", n, got.Attempts)
	}
}

func TestFailedBatchSaysWhatWasDone(t *testing.T) {
	t.Parallel()
	p := connect(t, embedding(func(b embedBody) (int, string) {
		if slices.Contains(b.Input, "30") {
			return 503, `{"message":"the engine is gone"}`
		}
		return 200, list(vectors(b)...)
	}))
	_, err := p.Embed(t.Context(), provider.EmbedRequest{Input: texts(60)})
	got := wantCode(t, err, provider.CodeUpstreamUnavailable)
	if got.Status != 503 || !got.Retryable || !strings.Contains(got.Message, "the engine is gone") {
		t.Errorf("got %+v", got)
	}
	done := regexp.MustCompile(`batch 2 of 3 failed; (\d+) of 60 inputs had been embedded`).FindStringSubmatch(got.Message)
	if done == nil || !slices.Contains([]string{"0", "10", "25", "35"}, done[1]) {
		t.Fatalf("%q does not say what was done", got.Message)
	}
	made := map[provider.Code]int{}
	for _, attempt := range got.Attempts {
		made[attempt.Code]++
	}
	answered := map[string]int{"0": 0, "10": 1, "25": 1, "35": 2}[done[1]]
	if made[""] != answered || made[provider.CodeUpstreamUnavailable] != 1 {
		t.Errorf("of %s inputs that were embedded the attempts are %v", done[1], made)
	}
}
