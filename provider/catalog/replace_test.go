package catalog_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// figures returns a payload of so many models with every figure and ability, of which the
// first poor ones have change made to them.
func figures(models, poor int, change ...string) string {
	entries := make([]string, models)
	for i := range entries {
		entry := strings.Replace(regular, `"42"`, fmt.Sprintf(`"model-%d"`, i+1), 1)
		entry = strings.NewReplacer(`"slug"`, fmt.Sprintf(`"slug-%d"`, i+1), `"alias"`, fmt.Sprintf(`"alias-%d"`, i+1)).Replace(entry)
		if i < poor {
			entry = strings.NewReplacer(change...).Replace(entry)
		}
		entries[i] = entry
	}
	return "[" + strings.Join(entries, ",") + "]"
}

func goodService(body string) *service { return &service{status: http.StatusOK, body: body} }

// refresh waits until the catalogue is due, and for the fetch.
func refresh(t *testing.T, live *catalog.Live) *catalog.Catalog {
	t.Helper()
	<-time.After(live.TTL())
	live.Get(t.Context())
	synctest.Wait()
	return live.Get(t.Context())
}

// TestPoorerPayloads: a payload in which a third of the models that had a figure or an
// ability lost it does not replace the catalogue.
func TestPoorerPayloads(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		reason string // "" is taken
	}{
		{"the same", figures(9, 0), ""},
		{"more models", figures(20, 0), ""},
		{"prices as text", figures(9, 9, "0.08", `"0.08"`), ""},
		{"new prices", figures(9, 9, "0.08", `7`), ""},
		{"prices of 0", figures(9, 9, "0.08", `0`), ""},
		{"input prices null", figures(9, 9, "0.08", "null"), "9 of 9 lost their input price"},
		{"a third without input price", figures(9, 3, "0.08", "null"), "3 of 9 lost their input price"},
		{"less than a third without input price", figures(9, 2, "0.08", "null"), ""},
		{"output prices null", figures(9, 9, ":0,", `:"?",`), "9 of 9 lost their output price"},
		{"no prices", figures(9, 9, `"pricing":[`, `"pricing":[],"was":[`), "lost their input price, 9 of 9 lost their output price"},
		{"no context", figures(9, 9, ":131", ":null"), "lost their context size"},
		{"no output limit", figures(9, 9, ":16", ":null"), "lost their output limit"},
		{"no image limit", figures(9, 9, ":5", ":null"), "lost their number of images"},
		{"no input", figures(9, 9, `"input_modality"`, `"was"`), "lost their input modalities"},
		{"no output", figures(9, 9, `"output_modality":["text"]`, `"output_modality":null`), "lost their output modalities"},
		{"no tool calls", figures(9, 9, `calling":true`, `calling":"?"`), "lost their tool calls"},
		{"no formats", figures(9, 9, `["json_schema"]`, "[]"), "lost their response formats"},
		{"no JSON Schema", figures(9, 9, `["json_schema"]`, `["raw_text"]`), "lost their JSON Schema"},
		{"no tags", figures(9, 9, `["chatting"]`, "null"), "lost their tags"},
		{"no series", figures(9, 9, `"S"`, `""`), "lost their series"},
		{"no publisher", figures(9, 9, `"P"`, `""`), "lost their publisher"},
		{"no size", figures(9, 9, ":120", ":null"), "lost their size"},
		{"no speed", figures(9, 9, `throughtput":2`, `throughtput":null`), "lost their speed"},
		{"no dates", figures(9, 9, "12/08/2025", "None"), "lost their publication date"},
		{"no limits with a key", figures(9, 9, `"rate_limit_api":`, `"was":`), "lost their rate limit with a key"},
		{"no limits without a key", figures(9, 9, `"rate_limit_api_anonymous":`, `"was":`), "lost their rate limit without a key"},
		{"not available", figures(9, 9, `"available":true`, `"available":false`), "lost their availability"},
		{"no aliases", figures(9, 3, `"aliases"`, `"was"`), "3 of 9 lost their aliases"},
		{"no metadata", figures(9, 9, `"metadata"`, `"was"`), "more figures or abilities are gone"},
		{"other models", strings.ReplaceAll(figures(9, 0), "model-", "other-"), "it lists 0 of the 9 models"},
		{"half of the models are others", strings.NewReplacer("model-1", "x-1", "model-2", "x-2", "model-3", "x-3", "model-4", "x-4").
			Replace(figures(9, 0)), ""},
		{"more than half are others", strings.NewReplacer("model-1", "x-1", "model-2", "x-2", "model-3", "x-3", "model-4", "x-4",
			"model-5", "x-5").Replace(figures(9, 0)), "it lists 4 of the 9 models"},
		{"half of the models", figures(5, 0), ""},
		{"less than half of the models", figures(4, 0), "it lists 4 models, and the last one listed 9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := goodService(figures(9, 0))
				live := open(t, s, "", io.Discard)
				live.Get(t.Context())
				s.set(func(s *service) { s.body = tt.body })
				got := refresh(t, live)
				taken := got.Problem == ""
				if taken != (tt.reason == "") || !strings.Contains(got.Problem, tt.reason) {
					t.Errorf("the problem is %q, want %q", got.Problem, tt.reason)
				}
				if m, _, ok := got.Lookup("model-9"); !taken && (!ok || m.InputPrice == nil || got.Complete()) {
					t.Errorf("the last catalogue is gone: %+v", m)
				}
			})
		})
	}
}

// TestPoorerCapture: the real catalogue without what only some of its models have.
func TestPoorerCapture(t *testing.T) {
	listed, _ := catalog.SnapshotPayloads()
	for name, tt := range map[string]struct{ before, after, reason string }{
		"as it is":             {"", "", ""},
		"no image input":       {`"image"`, `"picture"`, "4 of 4 lost their image input"},
		"no reasoning":         {`"reasoning"`, `"was"`, "lost their reasoning"},
		"no embedding size":    {`"output_dimension"`, `"was"`, "3 of 3 lost their embedding size"},
		"no JSON Schema":       {`"json_schema"`, `"json"`, "lost their JSON Schema"},
		"prices of other kind": {`"per_image"`, `"per_picture"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := goodService(string(listed))
				live := open(t, s, "", io.Discard)
				live.Get(t.Context())
				s.set(func(s *service) { s.body = strings.ReplaceAll(s.body, tt.before, tt.after) })
				if got := refresh(t, live).Problem; (got == "") != (tt.reason == "") || !strings.Contains(got, tt.reason) {
					t.Errorf("the problem is %q, want %q", got, tt.reason)
				}
			})
		})
	}
}

// TestPoorerForADay: what the service has had for a day is what it means.
func TestPoorerForADay(t *testing.T) {
	poor, poorer := figures(9, 9, "0.08", "null"), figures(9, 9, "0.08", "null", ":131", ":null")
	type step struct {
		after time.Duration
		body  string
		taken bool // the catalogue has no problem, and is what the service has
	}
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"taken after a day", []step{{0, poor, false}, {day - 2*time.Hour, poor, false}, {2 * time.Hour, poor, true}}},
		{"not a minute before", []step{{0, poor, false}, {day - time.Minute, poor, false}, {time.Hour, poor, true}}},
		{"a good one begins anew", []step{
			{0, poor, false}, {day / 2, figures(9, 0), true}, {day / 2, poor, false}, {day - time.Hour, poor, false}, {time.Hour, poor, true},
		}},
		{"one that is poorer still begins anew", []step{
			{0, poor, false}, {day - time.Hour, poorer, false}, {2 * time.Hour, poorer, false}, {day - 2*time.Hour, poorer, true},
		}},
		{"one that is less poor does not", []step{{0, poorer, false}, {day / 2, poor, false}, {day / 2, poor, true}}},
		{"a failure in between does not", []step{{0, poor, false}, {day / 2, "<html>", false}, {day / 2, poor, true}}},
		{"fewer models", []step{{0, figures(2, 0), false}, {day / 2, figures(3, 0), false}, {day / 2, figures(3, 0), true}}},
		{"fewer again", []step{{0, figures(4, 0), false}, {day, figures(1, 0), false}, {day, figures(1, 0), true}}},
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarts %t", tt.name, restarts), func(t *testing.T) {
				dir := ""
				if restarts {
					dir = t.TempDir()
				}
				synctest.Test(t, func(t *testing.T) {
					s := goodService(figures(9, 0))
					live := open(t, s, dir, io.Discard)
					live.Get(t.Context())
					<-time.After(live.TTL())
					for i, step := range tt.steps {
						<-time.After(step.after)
						if restarts {
							synctest.Wait()
							live.Close()
							live = open(t, s, dir, io.Discard)
						}
						s.set(func(s *service) { s.body = step.body })
						live.Get(t.Context())
						synctest.Wait()
						if got := live.Get(t.Context()); (got.Problem == "") != step.taken {
							t.Fatalf("step %d: the problem is %q, want taken %t", i+1, got.Problem, step.taken)
						}
					}
				})
			})
		}
	}
}

// TestTheSameIsLoggedOnce: failures and issues, until they are others.
func TestTheSameIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := goodService(figures(9, 0))
		live := open(t, s, "", &log)
		live.Get(t.Context())
		counts := func(failed, issues int) {
			t.Helper()
			for range 3 {
				refresh(t, live)
			}
			got := [2]int{strings.Count(log.String(), "reading the catalogue failed"), strings.Count(log.String(), "is left out")}
			if got != [2]int{failed, issues} {
				t.Errorf("%v lines of failures and issues, want %d and %d:\n%s", got, failed, issues, log.String())
			}
		}
		counts(0, 0)
		s.set(func(s *service) { s.body = figures(9, 1, ":120", `:"?"`) })
		counts(0, 1)
		s.set(func(s *service) { s.body = figures(9, 2, ":120", `:"?"`) })
		counts(0, 2)
		s.set(func(s *service) { s.body = figures(9, 9, "0.08", "null") })
		counts(1, 2)
		s.set(func(s *service) { s.body = figures(9, 0) })
		counts(1, 2)
		s.set(func(s *service) { s.body = figures(9, 9, "0.08", `"?"`) })
		counts(2, 3)
		live.Close()
	})
}

// TestBrokenRefusalInTheCache: the catalogue beside it is still good.
func TestBrokenRefusalInTheCache(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := goodService(figures(9, 0))
		live := open(t, s, dir, io.Discard)
		live.Get(t.Context())
		s.set(func(s *service) { s.body = figures(2, 0) })
		refresh(t, live)
		live.Close()
		files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		content, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		before, after, found := bytes.Cut(content, []byte(`"refused":{`))
		if !found {
			t.Fatalf("no refusal in the cache: %s", content)
		}
		content = slices.Concat(before, []byte(`"refused":{"was":{`), after, []byte("}"))
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		second := open(t, s, dir, io.Discard)
		if got := second.Get(t.Context()); got.Source != catalog.SourceCache || countListed(got) != 9 {
			t.Errorf("got source %s with %d models", got.Source, countListed(got))
		}
	})
}
