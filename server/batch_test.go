package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// batchAnswer is the structured content of batch.
type batchAnswer struct {
	Status  string `json:"status"`
	Total   int    `json:"total"`
	Done    int    `json:"done"`
	Failed  int    `json:"failed"`
	Saved   *saved `json:"saved"`
	Results []batchResult
	common
}

type batchResult struct {
	Index        int             `json:"index"`
	File         string          `json:"file"`
	Line         int             `json:"line"`
	Content      string          `json:"content"`
	Data         json.RawMessage `json:"data"`
	FinishReason string          `json:"finish_reason"`
	Error        *struct{ Code, Message string }
}

// code returns how an item ended.
func (r batchResult) code() string {
	if r.Error != nil {
		return r.Error.Code
	}
	return "ok"
}

// codes returns how the items ended, in order; what comes several times in a row once.
func (a batchAnswer) outcomes() string {
	var all []string
	for _, r := range a.Results {
		all = append(all, r.code())
	}
	return strings.Join(slices.Compact(all), " ")
}

// numbered returns n inputs as JSON.
func numbered(t testing.TB, n int) string {
	var inputs []string
	for i := range n {
		inputs = append(inputs, fmt.Sprintf("item%03d", i))
	}
	return quote(t, inputs)
}

const about = `{"model":"gpt-oss-20b","prompt":"About {{input}}.","inputs":`

func TestBatchAnswersInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, wrap: func(next http.Handler) http.Handler {
			var first atomic.Bool
			return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				if request.Method == http.MethodPost && first.CompareAndSwap(false, true) {
					<-time.After(time.Second) // the first is answered last
				}
				next.ServeHTTP(w, request)
			})
		}})
		var got batchAnswer
		answer, err := r.tryCall(t.Context(), "batch", about+numbered(t, 40)+`}`, "t")
		if err != nil {
			t.Fatal(err)
		}
		answer.decode(&got)
		if got.Status != "completed" || got.Total != 40 || got.Done != 40 || got.Failed != 0 || len(got.Warnings) > 0 || got.Model != "gpt-oss-20b" {
			t.Errorf("got %+v", got)
		}
		for i, r := range got.Results {
			if name := fmt.Sprintf("item%03d", i); r.Index != i || !strings.Contains(r.Content, name) || r.FinishReason != "" || r.File != "" {
				t.Errorf("result %d is %+v", i, r)
			} else if !strings.Contains(answer.texts[0], fmt.Sprintf("[%d] %s", i, r.Content)) {
				t.Errorf("the text lacks item %d: %s", i, answer.texts[0])
			}
		}
		if answer.texts[1] != "40 of 40 items done with gpt-oss-20b." {
			t.Errorf("the summary is %q", answer.texts[1])
		}
		var one chatAnswer
		r.succeed("chat", `{"model":"gpt-oss-20b","prompt":"About item000."}`, &one)
		if got.Usage == nil || got.Usage.TotalTokens != 40*one.Usage.TotalTokens || got.Cost == nil || got.Cost.Amount < 39*one.Cost.Amount {
			t.Errorf("usage %+v and cost %+v of 40 times %+v and %+v", got.Usage, got.Cost, one.Usage, one.Cost)
		}
		notes := r.of("t")
		if last := notes[len(notes)-1]; last.message != "40 of 40 done" {
			t.Errorf("the last progress is %+v of %d", last, len(notes))
		}
	})
}

func TestBatchFailuresAreOfTheirItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{RequestedFaults: true}})
		var got batchAnswer
		answer := r.succeed("batch", about+`["a","[[fault: 400]]","[[fault: 500 times=1]] passes","[[fault: empty]]","[[fault: length]] cut","`+
			strings.Repeat("much ", 150_000)+`","b"]}`, &got)
		var codes []string
		for _, r := range got.Results {
			codes = append(codes, r.code())
		}
		want := []string{"ok", "upstream_rejected", "ok", "upstream_unavailable", "ok", "context_too_long", "ok"}
		if !slices.Equal(codes, want) || got.Status != "completed" || got.Done != 4 || got.Failed != 3 {
			t.Errorf("got %q, %s, %d done, %d failed", codes, got.Status, got.Done, got.Failed)
		}
		if got.Results[4].FinishReason != "length" {
			t.Errorf("the cut one is %+v", got.Results[4])
		}
		if codes := slices.Sorted(slices.Values(got.codes())); !slices.Equal(codes, []string{"empty_response", "truncated", "usage_missing"}) {
			t.Errorf("the warnings are %v", got.Warnings)
		}
		for _, w := range got.Warnings {
			if w.Code == "truncated" && !strings.HasPrefix(w.Message, "item 4: ") {
				t.Errorf("the warning is %q", w.Message)
			}
		}
		if !strings.Contains(answer.texts[0], "\n[1] failed: upstream_rejected: ") || !strings.Contains(answer.texts[1], "4 of 7 items done with gpt-oss-20b, 3 failed.") {
			t.Errorf("the texts are %.900q", answer.texts)
		}
	})
}

func TestBatchOfWhichNothingIsDone(t *testing.T) {
	for _, test := range []struct{ name, inputs, code, says string }{
		{"one", `["[[fault: 400]]"]`, "upstream_rejected", ""},
		{"several", `["[[fault: 400]]","[[fault: empty]]"]`, "upstream_rejected", "none of 2 items is done; inputs[0]: "},
		{"refused key", `["[[fault: 401]]","[[fault: 401]]","[[fault: 401]]"]`, "auth_failed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, upstream: emulator.Options{RequestedFaults: true}})
				got := r.call("batch", about+test.inputs+`}`).failure()
				if got.Code != test.code || !strings.HasPrefix(got.Message, test.says) {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// A wrong key is not tried 2,000 times.
func TestBatchStopsAtWhatConcernsAllItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, provider: provider.Options{MaxInFlight: 2, APIKey: "wrong"}, upstream: emulator.Options{Key: "right"}})
		if got := r.call("batch", about+numbered(t, 500)+`}`).failure(); got.Code != "auth_failed" || len(r.posts()) > 2 {
			t.Errorf("got %+v after %d requests", got, len(r.posts()))
		}
	})
}

const nameSchema = `"schema":{"type":"object","properties":{"word":{"type":"string"}},"required":["word"],"additionalProperties":false}`

func TestBatchExtractsItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true})
		bad := emulator.Fault{RawEvents: []string{piece(`{\"word\":7}`), stopped, used, done}, Times: 1}
		r.Script(bad) // is repaired
		var got batchAnswer
		answer := r.succeed("batch", `{"prompt":"word: {{input}}","system":"Be exact about {{input}}.","model":"gpt-oss-120b",`+nameSchema+`,"inputs":["red","blue"]}`, &got)
		if got.Done != 2 || len(r.posts()) != 3 {
			t.Errorf("got %+v after %d requests", got, len(r.posts()))
		}
		var list []batchResult
		if err := json.Unmarshal([]byte(answer.texts[0]), &list); err != nil || len(list) != 2 {
			t.Fatalf("%v in %s", err, answer.texts[0])
		}
		for i, r := range got.Results {
			var data struct{ Word string }
			if json.Unmarshal(r.Data, &data) != nil || data.Word == "" || r.Content != "" || string(list[i].Data) != string(r.Data) {
				t.Errorf("result %d is %+v", i, r)
			}
		}
		sent := strings.Join(r.posts(), "\n")
		if strings.Contains(sent, "do not follow orders") || !strings.Contains(sent, "Be exact about red.") || !strings.Contains(sent, "Be exact about blue.") ||
			!strings.Contains(sent, `"word: blue"`) || !strings.Contains(sent, `"response_format"`) {
			t.Errorf("sent %s", sent)
		}
	})
}

func TestBatchSettings(t *testing.T) {
	r := connect(t, setup{})
	for _, extra := range []string{"", nameSchema + ","} {
		r.succeed("batch", `{"prompt":"{{input}}","inputs":["a"],`+extra+`"max_tokens":500,"temperature":0.3,"system":"Be brief."}`, nil)
		var sent struct {
			MaxTokens   int `json:"max_tokens"`
			Temperature float64
			Messages    []struct{ Role, Content string }
		}
		r.lastPost(&sent)
		if sent.MaxTokens != 500 || sent.Temperature != 0.3 || sent.Messages[0].Role != "system" || !strings.HasSuffix(sent.Messages[0].Content, "Be brief.") {
			t.Errorf("%s: sent %+v", extra, sent)
		}
	}
}

// A query is one model for all items: the service might choose another one meanwhile.
func TestBatchResolvesItsModelOnce(t *testing.T) {
	r := connect(t, setup{})
	var got batchAnswer
	r.succeed("batch", `{"prompt":"{{input}}","model":"llama@latest","inputs":["a","b"]}`, &got)
	for _, body := range r.posts() {
		if !strings.Contains(body, `"model":"`+got.Model+`"`) || strings.Contains(body, "llama@latest") {
			t.Errorf("sent %s", body)
		}
	}
	if got.ResolvedBy != "catalog" || got.RequestedModel != "llama@latest" {
		t.Errorf("resolved %q by %q", got.RequestedModel, got.ResolvedBy)
	}
	if failed := r.call("batch", `{"prompt":"{{input}}","model":"bge-m3","inputs":["a","b"]}`).failure(); failed.Code != "unsupported" {
		t.Errorf("got %+v", failed)
	}
}
