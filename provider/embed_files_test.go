package provider_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// filesUpstream embeds texts of a folder. It counts what it is asked.
type filesUpstream struct {
	mu     sync.Mutex
	asked  int
	length int             // of the vectors
	fails  map[string]bool // what is in a text whose batch fails
}

func (u *filesUpstream) answer(b embedBody) (int, string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var entries []string
	for i, text := range b.Input {
		for failing := range u.fails {
			if strings.Contains(text, failing) {
				return 400, `{"message":"this text is refused"}`
			}
		}
		entries = append(entries, fmt.Sprintf(`{"index":%d,"embedding":[%d%s]}`, i, len(text), strings.Repeat(",1", u.length-1)))
	}
	u.asked += len(b.Input)
	return 200, list(entries...)
}

// readingFiles returns a provider with a folder of n files.
func readingFiles(t *testing.T, u *filesUpstream, n int) *provider.Provider {
	t.Helper()
	folder := t.TempDir()
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%03d.md", i)), fmt.Appendf(nil, "Text %03d", i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	upstream := httptest.NewServer(embedding(u.answer))
	t.Cleanup(upstream.Close)
	p, err := provider.New(provider.Options{BaseURL: upstream.URL + "/v1", AllowDirs: []string{folder}, VectorFolder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestAFailedSearchGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	u := &filesUpstream{length: 3, fails: map[string]bool{"Text 055": true}}
	p := readingFiles(t, u, 60)
	search := provider.EmbedRequest{Model: "bge-m3", Files: []string{"*.md"}, Query: "text", RankOnly: true}
	_, err := p.Embed(t.Context(), search)
	got := wantCode(t, err, provider.CodeUpstreamRejected)
	if !strings.Contains(got.Message, "of 61 inputs had been embedded") || !strings.Contains(got.Hint, "the same call goes on from there") {
		t.Errorf("got %+v", got)
	}
	u.mu.Lock() // a batch that was cancelled may still be there
	u.fails = nil
	u.mu.Unlock()
	result, err := p.Embed(t.Context(), search)
	if err != nil {
		t.Fatal(err)
	}
	if result.Count != 60 || len(result.Ranking) != 60 || result.Vectors != nil || result.Dimensions != 3 {
		t.Errorf("%d texts, %d ranked, %d dimensions", result.Count, len(result.Ranking), result.Dimensions)
	}
	if len(result.Attempts) > 2 {
		t.Errorf("%d requests were made although the first batch of three was kept", len(result.Attempts))
	}
}

// The model behind a name may change: its vectors do not compare with those on disk.
func TestVectorsOfAnotherLengthAreAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"text", ""} {
		u := &filesUpstream{length: 3}
		p := readingFiles(t, u, 30)
		request := provider.EmbedRequest{Model: "bge-m3", Files: []string{"f00*.md"}, Query: query}
		if _, err := p.Embed(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		u.length = 5
		request.Files = []string{"*.md"}
		for range 2 {
			result, err := p.Embed(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			for i, vector := range result.Vectors {
				if len(vector) != 5 || int(vector[0]) != len("Text 000") {
					t.Errorf("query %q: vector %d is %v", query, i, vector)
				}
			}
		}
		asked := u.asked
		if _, err := p.Embed(t.Context(), request); err != nil || u.asked-asked > 1 {
			t.Errorf("query %q: %d texts were asked for although all are kept, %v", query, u.asked-asked, err)
		}
	}
}
