package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// batchOutcome is what `call --json batch` prints.
type batchOutcome struct {
	ID      string
	Status  string
	Done    int
	Results []struct {
		Index   int
		Content string
	}
	Cost struct{ Amount float64 }
}

// A batch is the service's: whoever has its id goes on with it, and it is charged once,
// whoever fetches its results and how often.
func TestABatchOutlivesItsProcess(t *testing.T) {
	upstream, cache := startEmulator(t, "--batch-time", "0s"), t.TempDir()
	t.Setenv("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "a-key-of-the-emulator")
	call := func(arguments ...string) (got batchOutcome) {
		t.Helper()
		command := exec.CommandContext(testContext(t), binary, append([]string{"call", "--json", "batch", "--base-url", upstream.baseURL,
			"--catalog-url", upstream.catalogURL, "--cache-dir", cache, "--max-cost", "1"}, arguments...)...)
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		return got
	}
	submitted := call("mode=half_price", "prompt=Say {{input}}", "model=gpt-oss-20b", `inputs:=["one","two","three"]`)
	if submitted.ID == "" || len(submitted.Results) > 0 {
		t.Fatalf("submitted: %+v", submitted)
	}
	reserved := spending(t, cache)
	first := call("id=" + submitted.ID)
	settled := spending(t, cache)
	again := call("id=" + submitted.ID)
	if first.Status != "completed" || first.Done != 3 || len(first.Results) != 3 || !strings.Contains(first.Results[2].Content, "three") {
		t.Errorf("the results are %+v", first)
	}
	if first.Cost.Amount <= 0 || again.Cost.Amount != first.Cost.Amount {
		t.Errorf("the costs are %v and %v", first.Cost, again.Cost)
	}
	if reserved == settled || spending(t, cache) != settled {
		t.Errorf("the spending was %q, then %q, then %q", reserved, settled, spending(t, cache))
	}
}

// spending returns what is kept of the day's spending.
func spending(t *testing.T, cache string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cache, "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the spending is in %v, %v", files, err)
	}
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
