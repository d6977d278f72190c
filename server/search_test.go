package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// The questions were written before the search was tried. The same are asked with the
// vectors of a model by `make engine`; the emulator only knows words, so that it
// need not find all of them.
func TestTheDocumentationIsSearched(t *testing.T) {
	var questions []struct{ Question, File, Says string }
	data, err := os.ReadFile("../testdata/search/questions.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &questions); err != nil {
		t.Fatal(err)
	}
	r := connect(t, setup{provider: provider.Options{AllowDirs: []string{".."}, VectorFolder: t.TempDir()}})
	answered := 0
	for _, q := range questions {
		var got embedAnswer
		r.succeed("embed", fmt.Sprintf(`{"files":["docs/*.md"],"query":%s,"top_k":5}`, quote(t, q.Question)), &got)
		place := slices.IndexFunc(got.Ranking, func(passage ranked) bool {
			return passage.File == q.File && strings.Contains(strings.ToLower(passage.Text), strings.ToLower(q.Says))
		})
		if t.Logf("place %d: %s", place+1, q.Question); place >= 0 {
			answered++
		}
	}
	if answered < 7 {
		t.Errorf("%d of %d questions have their passage among the first five", answered, len(questions))
	}
}
